--- `:NatsCreds create`. The secret goes from the bridge into a file; it never comes into the editor.
local ask = require("natscreds.ask")
local bridge = require("natscreds.bridge")
local config = require("natscreds.config")
local failure = require("natscreds.failure")
local notice = require("natscreds.notice")
local text = require("natscreds.text")
local View = require("natscreds.view")

local M = {}

local ENDING = ".creds"
local LONGEST = 200 -- bytes; the bridge takes no longer name of a file

-- A name may hold what a file's may not, or what would be another folder, a hidden file, or an option of a program.
local function file_name(name)
  local safe = name:gsub("[%z\1-\31\127/]", "_"):gsub("^[.-]", "_")
  local longest = LONGEST - #ENDING
  if #safe > longest then
    local is_inside_character = safe:find("^[\128-\191]", longest + 1)
    safe = safe:sub(1, longest)
    safe = is_inside_character and safe:gsub("[\192-\255][\128-\191]*$", "") or safe
  end
  return safe .. ENDING
end

-- Absolute, because the bridge's working folder is that of its start, and the editor's may have changed since.
local function path_for(name, save_to)
  local path = vim.fn.fnamemodify(save_to or config.get().folder or ".", ":p")
  if save_to and vim.fn.isdirectory(path) == 0 then
    return path
  end
  return path:gsub("/+$", "") .. "/" .. file_name(name)
end

local function report(name, path, problem, made)
  if problem then
    if problem.kind == "save_failed" and problem.data.reason == "exists" then
      return notice.error(("%s exists and is not overwritten; nothing was made. Name another file with save_to="):format(path))
    end
    return notice.error(("create %s: %s"):format(text.brief(name), failure.text(problem)))
  end
  for _, view in ipairs(View.each("credentials")) do
    view:append(made)
  end
  local saved = made.saved or {}
  local message = ("created %s, saved in %s (%s)"):format(text.brief(made.name), saved.path, saved.mode)
  if made.pushed == false then
    return notice.warning(message .. "; not every nats-server has acknowledged its account yet")
  end
  notice.info(message)
end

local function create(name, arguments)
  if not text.is_utf8(name) then
    return notice.error("create: the name is not UTF-8")
  end
  local path = path_for(name, arguments.save_to)
  local params = { name = name, save_to = path, nats_account_id = arguments.nats_account_id, region = arguments.region }
  bridge.call("credentials.create", params, function(problem, made)
    report(name, path, problem, made)
  end)
end

--- @param arguments table name, save_to (a file, or a folder for NAME.creds), nats_account_id, region; all optional
function M.run(arguments)
  if arguments.name then
    return create(arguments.name, arguments)
  end
  ask.text("Name of the new credential: ", function(name)
    if not name or vim.trim(name) == "" then
      return notice.info("no name, so nothing was made")
    end
    create(name, arguments)
  end)
end

return M
