--- What `require("natscreds")` offers to other plugins and to configurations: requests with callbacks, which ask nothing and say nothing.
local bridge = require("natscreds.bridge")
local failure = require("natscreds.failure")
local Pages = require("natscreds.pages")
local place = require("natscreds.place")
local text = require("natscreds.text")

local M = {}

-- A wrong argument is an error where the function was called, and not in a callback later.
local function check(name, params, callback)
  if params ~= nil and type(params) ~= "table" then
    error(("natscreds.%s: the params must be a table or nil"):format(name), 3)
  elseif not vim.is_callable(callback) then
    error(("natscreds.%s: the callback must be a function"):format(name), 3)
  end
  local is_json, encoded = pcall(vim.json.encode, params or {})
  if not is_json or not text.is_utf8(encoded) then
    error(("natscreds.%s: the params cannot be written as JSON in UTF-8"):format(name), 3)
  end
end

local function refuse(message, callback)
  vim.schedule(function()
    callback(failure.new("invalid_params", message))
  end)
  return { cancel = function() end }
end

-- Every row of a list of any length, a window of pages after the other.
local function rows(method, member, params, callback, on_rows)
  local all, count, is_cancelled, pages = {}, 0, false, nil
  pages = Pages.new(method, member, params or {}, {
    on_rows = function(some)
      if is_cancelled then
        return
      end
      count = count + #some
      if on_rows then
        return on_rows(some)
      end
      vim.list_extend(all, some)
    end,
    on_state = function()
      if pages.state == "ready" and not is_cancelled then
        pages:fetch()
      elseif pages.state == "ready" then
        callback(failure.new("cancelled", "the request was cancelled"))
      elseif pages.state == "stopped" then
        callback(pages.failure)
      elseif pages.state == "done" and pages.is_incomplete then
        callback(failure.new("incomplete_list", "rows may be missing: the list changed while it was read"), on_rows and count or all)
      elseif pages.state == "done" then
        callback(nil, on_rows and count or all)
      end
    end,
  })
  pages:fetch()
  return {
    cancel = function()
      is_cancelled = true
      if pages.request then
        pages.request.cancel()
      end
    end,
  }
end

function M.list(params, callback, on_rows)
  check("list", params, callback)
  return rows("credentials.stream", "nats_credentials", params, callback, on_rows)
end

function M.accounts(params, callback, on_rows)
  check("accounts", params, callback)
  return rows("accounts.stream", "nats_accounts", params, callback, on_rows)
end

function M.create(params, callback)
  check("create", params, callback)
  params = params or {}
  if type(params.save_to or params.name) ~= "string" then
    return refuse("a name or save_to is needed: the secret is saved, and never comes into the editor", callback)
  end
  return bridge.call("credentials.create", vim.tbl_extend("force", params, { save_to = place.of(params.name, params.save_to) }), callback)
end

function M.get(params, callback)
  check("get", params, callback)
  return bridge.call("credentials.get", params or {}, callback)
end

function M.delete(params, callback)
  check("delete", params, callback)
  return bridge.call("credentials.delete", params or {}, callback)
end

function M.call(method, params, callback)
  if type(method) ~= "string" then
    error("natscreds.call: the method must be a string", 2)
  end
  check("call", params, callback)
  if method == "credentials.create" then
    return M.create(params, callback)
  elseif method:find("%.stream$") then
    return refuse("a stream is read by natscreds.list and natscreds.accounts", callback)
  end
  return bridge.call(method, params or {}, callback)
end

return M
