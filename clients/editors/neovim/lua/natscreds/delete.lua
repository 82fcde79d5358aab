--- `:NatsCreds delete`, and the key for it: asks first, and says afterwards whether connections were cut.
local ask = require("natscreds.ask")
local bridge = require("natscreds.bridge")
local failure = require("natscreds.failure")
local lookup = require("natscreds.lookup")
local notice = require("natscreds.notice")
local text = require("natscreds.text")
local View = require("natscreds.view")

local M = {}

local function report_pending(row, problem)
  local servers = type(problem.data.servers) == "table" and problem.data.servers or {}
  local where = #servers > 0 and " at " .. table.concat(servers, ", ") or ""
  notice.warning(
    ("deleted %s, but NOT YET CUT OFF%s (reason: %s). It may still be connected. "):format(
      text.brief(row.name),
      where,
      problem.data.reason or "unknown"
    ) .. "The bridge goes on trying; delete it again to wait for that"
  )
end

local function report(row, problem, result)
  if problem and problem.kind == "revocation_pending" then
    return report_pending(row, problem)
  elseif problem then
    return notice.error(("delete %s: %s"):format(text.brief(row.name), failure.text(problem)))
  end
  if result.deleted == false then
    return notice.info(("%s is gone: every server has acknowledged its deletion"):format(text.brief(row.name)))
  end
  -- Only the embedded backend knows that; a service's response says no more than that it is deleted.
  local cut = result.region == "local" and "connections cut off, new logins refused"
    or ("whether open connections were cut, the region %s does not say"):format(result.region)
  notice.info(("deleted %s: %s"):format(text.brief(row.name), cut))
end

local function confirm(row)
  -- A word and not a choice: keys that were meant for a text, or a habit, must not delete.
  ask.text(("Type yes to delete %s (%s): "):format(text.brief(row.name), row.id), function(answer)
    if not answer or vim.trim(answer):lower() ~= "yes" then
      return notice.info("nothing was deleted")
    end
    -- One that waited for its servers may have come to its end since this row was read.
    local params = { nats_credentials_id = row.id, region = row.region, missing_ok = row.state == "revoking" or nil }
    bridge.call("credentials.delete", params, function(problem, result)
      report(row, problem, result)
    end, { name = row.name })
  end)
end

function M.at_cursor()
  local row = View.row_at_cursor("credentials")
  if not row then
    return notice.error("delete: there is no credential under the cursor; name one: :NatsCreds delete ID or NAME")
  end
  confirm(row)
end

local function choose(name, rows)
  if #rows == 1 then
    return ask.later(function()
      confirm(rows[1])
    end)
  elseif #rows == 0 then
    return notice.error(("delete: there is no credential with the name %s"):format(text.brief(name)))
  end
  local prompt = ("%d credentials have the name %s. Which one?"):format(#rows, text.brief(name))
  local function shown(row)
    return text.shown(("%s, created %s"):format(row.id, row.created_at or "at an unknown time"))
  end
  ask.later(function()
    ask.choice(rows, prompt, shown, function(row)
      if not row then
        return notice.info("nothing was deleted")
      end
      ask.later(function()
        confirm(row)
      end)
    end)
  end)
end

--- @param arguments table credential (an id or a name), or id, or name; region. Without any: the one under the cursor
function M.run(arguments)
  local id, name = arguments.id, arguments.name
  if #vim.tbl_filter(function(key)
    return arguments[key] ~= nil
  end, { "credential", "id", "name" }) > 1 then
    return notice.error("delete: more than one credential is named; give one of ID, NAME, id=, name=")
  elseif arguments.credential then
    local is_id = arguments.credential:match("^%x%x%x%x%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$")
    id, name = is_id or id, not is_id and arguments.credential or name
  end
  if not id and not name then
    return M.at_cursor()
  end
  local function continue(problem, rows)
    if problem then
      return notice.error(("delete: %s"):format(failure.text(problem)))
    end
    choose(name or id, rows)
  end
  if id then
    lookup.by_id(id, arguments.region, continue)
  else
    lookup.by_name(name, arguments.region, continue)
  end
end

return M
