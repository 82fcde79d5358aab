--- The names of the buffers: natscreds://credentials?region=local. By them a session, or `:edit`, opens a list again.
local arguments = require("natscreds.arguments")
local command = require("natscreds.command")
local notice = require("natscreds.notice")
local text = require("natscreds.text")

local M = {}

local SCHEME = "natscreds://"
local subcommands = { credentials = "list", accounts = "accounts", info = "info" }

--- The filters are part of the name: two lists with other filters are two buffers.
function M.of(noun, params)
  local parts = {}
  for name, value in pairs(params) do
    parts[#parts + 1] = name .. "=" .. value:gsub("[%%&]", { ["%"] = "%25", ["&"] = "%26" })
  end
  table.sort(parts)
  return SCHEME .. noun .. (#parts == 0 and "" or "?" .. table.concat(parts, "&"))
end

local function parse(name)
  local noun, query = name:sub(#SCHEME + 1):match("^([^?]*)%??(.*)$")
  local subcommand = command.subcommands[subcommands[noun]]
  if not subcommand then
    return nil, "there are: natscreds://accounts, natscreds://credentials, natscreds://info"
  elseif #subcommand.keys == 0 and query ~= "" then
    return nil, "it takes no arguments"
  end
  local words = {}
  for part in query:gmatch("[^&]+") do
    words[#words + 1] = part:gsub("%%2([56])", { ["5"] = "%", ["6"] = "&" })
  end
  local given, problem = arguments.parse(words, { keys = subcommand.keys })
  return given and subcommand, given or problem
end

--- Fills a buffer with what its name says.
function M.read(buffer)
  local name = vim.api.nvim_buf_get_name(buffer)
  local subcommand, given = parse(name)
  if not subcommand then
    -- Later, because Neovim has a line of its own to say about the buffer, and two lines make the user press ENTER.
    return vim.schedule(function()
      notice.error(("%s cannot be opened: %s"):format(text.shown(name), given))
    end)
  end
  subcommand.run(given, nil)
end

--- A session names its buffers without reading them.
function M.read_all()
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(buffer) and vim.startswith(vim.api.nvim_buf_get_name(buffer), SCHEME) then
      M.read(buffer)
    end
  end
end

return M
