--- `:NatsCreds info`: what the bridge is, and where its settings come from. What a setting is, the bridge never says.
local address = require("natscreds.address")
local bridge = require("natscreds.bridge")
local failure = require("natscreds.failure")
local keys = require("natscreds.keys")
local notice = require("natscreds.notice")
local scratch = require("natscreds.scratch")
local text = require("natscreds.text")

local M = {}

local NAME = address.of("info", {})
local HELP = "R refresh  q close  g? help"

local function lines_of(info, running)
  local lines = {
    ("%s %s, protocol %s"):format(info.name, info.version, info.protocol),
    "",
    "Program:        " .. (running and ("%s (found by %s), running as process %d"):format(running.path, running.place, running.pid) or "ended"),
    "Pending pushes: " .. (info.pending_pushes or "unknown: the store cannot be read"),
    "",
    "Backends:",
  }
  for _, backend in ipairs(info.backends or {}) do
    lines[#lines + 1] = ("  %s  %s"):format(text.padded(backend.region, 10), backend.kind or "")
  end
  vim.list_extend(lines, { "", "Settings, and where each comes from:" })
  for _, setting in ipairs(info.settings or {}) do
    lines[#lines + 1] = ("  %s  %s"):format(text.padded(setting.name, 16), setting.source)
  end
  vim.list_extend(lines, { "", "Warnings:" })
  for _, warning in ipairs(info.warnings or {}) do
    lines[#lines + 1] = "  " .. warning
  end
  if #(info.warnings or {}) == 0 then
    lines[#lines + 1] = "  none"
  end
  vim.list_extend(lines, { "", HELP })
  return vim.tbl_map(text.shown, lines)
end

local function set_keys(buffer)
  for _, key in ipairs(keys.shared("info")) do
    if key[1] == "q" or key[1] == "g?" or key[1] == "<C-c>" then
      scratch.key(buffer, key[1], function()
        key[3]({ buffer = buffer })
      end, key[2])
    end
  end
  scratch.key(buffer, "R", function()
    M.open("")
  end, "refresh")
end

--- @param mods string|nil where its window opens; nil: its buffer has one
function M.open(mods)
  local buffer = scratch.take(NAME)
  set_keys(buffer)
  -- The window opens now, under the user's hands, and not when the response comes.
  scratch.set_lines(buffer, 0, -1, { "asking the bridge…" })
  if mods and not scratch.show(buffer, mods) then
    return
  end
  vim.bo[buffer].filetype = "natscreds"
  bridge.call("bridge.info", {}, function(problem, info)
    if problem then
      notice.error("info: " .. failure.text(problem))
    end
    if vim.api.nvim_buf_is_valid(buffer) then
      scratch.set_lines(buffer, 0, -1, info and lines_of(info, bridge.running()) or { failure.text(problem), "", HELP })
    end
  end)
end

return M
