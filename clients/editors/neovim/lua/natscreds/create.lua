--- `:NatsCreds create`. The secret goes from the bridge into a file; it never comes into the editor.
local ask = require("natscreds.ask")
local bridge = require("natscreds.bridge")
local failure = require("natscreds.failure")
local notice = require("natscreds.notice")
local place = require("natscreds.place")
local text = require("natscreds.text")

local M = {}

local function report(name, path, problem, made)
  if problem then
    if problem.kind == "save_failed" and problem.data.reason == "exists" then
      return notice.error(("%s exists and is not overwritten; nothing was made. Name another file with save_to="):format(path))
    end
    return notice.error(("create %s: %s"):format(text.brief(name), failure.text(problem)))
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
  local path = place.of(name, arguments.save_to)
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
