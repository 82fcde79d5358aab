--- `:NatsCreds SUBCOMMAND …`.
local arguments = require("natscreds.arguments")
local notice = require("natscreds.notice")
local text = require("natscreds.text")

local M = {}

local list_keys = { "nats_account_id", "order_by", "project_id", "region" }

--- Each subcommand: what it takes, and what it does with it.
M.subcommands = {
  list = { keys = list_keys, run = function(given, mods)
    require("natscreds.credentials").open(given, mods)
  end },
  create = { keys = { "name", "nats_account_id", "region", "save_to" }, alone = "name", run = function(given)
    require("natscreds.create").run(given)
  end },
  delete = { keys = { "id", "name", "region" }, alone = "credential", run = function(given)
    require("natscreds.delete").run(given)
  end },
  accounts = { keys = { "order_by", "project_id", "region" }, run = function(given, mods)
    require("natscreds.accounts").open(given, mods)
  end },
  info = { keys = {}, run = function(_, mods)
    require("natscreds.info").open(mods)
  end },
  cancel = { keys = {}, run = function()
    require("natscreds.keys").cancel()
  end },
}

function M.names()
  local names = vim.tbl_keys(M.subcommands)
  table.sort(names)
  return names
end

function M.run(line, mods)
  local words = arguments.words(line)
  local name = table.remove(words, 1)
  local subcommand = M.subcommands[name]
  if not subcommand then
    local what = name and text.shown(name) .. " is no subcommand" or "a subcommand is missing"
    return notice.error(what .. "; there are: " .. table.concat(M.names(), ", "))
  elseif #subcommand.keys == 0 and #words > 0 then
    return notice.error(name .. " takes no arguments")
  end
  local given, problem = arguments.parse(words, subcommand)
  if not given then
    return notice.error(name .. ": " .. problem)
  end
  subcommand.run(given, mods or "")
end

return M
