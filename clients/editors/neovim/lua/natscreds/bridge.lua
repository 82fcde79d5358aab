--- The bridge that all commands share. It starts with the first request and lives until the editor ends; after its death the next request
--- starts a new one.
local config = require("natscreds.config")
local Connection = require("natscreds.connection")
local failure = require("natscreds.failure")
local notice = require("natscreds.notice")
local program = require("natscreds.program")
local text = require("natscreds.text")

local M = {}

-- Later, because a vim.notify of the user's may raise, and a connection that fails has more to tell.
local warn_later = vim.schedule_wrap(notice.warning)

local current
-- Those that setup has let go live on until they have answered; the end of the editor ends them too.
local all = {}

local function is_change(method)
  return not (method:find("%.list$") or method:find("%.stream$") or method:find("%.get$") or method:find("^bridge%.") or method:find("^rpc%."))
end

-- Not at the head of the file: what follows changes shows lists, which ask the bridge.
local function changes()
  return require("natscreds.changes")
end

--- What the program is started with, before the name of a command.
function M.arguments(options)
  local arguments = {}
  if options.region then
    vim.list_extend(arguments, { "--region", options.region })
  end
  return vim.list_extend(arguments, options.args)
end

local function end_with_editor()
  vim.api.nvim_create_autocmd("VimLeavePre", {
    group = vim.api.nvim_create_augroup("natscreds", {}),
    callback = function()
      current = nil
      -- First all of them, then the waiting: they end beside each other.
      for connection in pairs(all) do
        if not connection:leave() then
          notice.warning(program.name .. " has not answered before the end of the editor, so nothing was made or deleted")
        end
      end
      for connection in pairs(all) do
        connection.process:close_and_wait()
      end
    end,
  })
end

local function start(options)
  local path, place = program.find(options.program)
  if not path then
    return nil, place
  end
  local connection, problem
  connection, problem = Connection.open(path, M.arguments(options), {
    on_failed = function(reason, is_awaited)
      if connection == current then
        current = nil
        -- With somebody waiting, the reason stands in each answer.
        if not is_awaited then
          warn_later(reason)
        end
        vim.schedule(function()
          changes().bridge_ended(reason)
        end)
      end
    end,
    on_gone = function()
      all[connection] = nil
    end,
    on_late = function(request, problem, result)
      warn_later(request.method .. ", which was given up, has been carried out after all")
      vim.schedule(function()
        changes().follow(request, problem, result)
      end)
    end,
  })
  if not connection then
    return nil, problem
  end
  connection.place = place
  all[connection] = true
  end_with_editor()
  return connection
end

local function has_only_utf8(params)
  for name, value in pairs(params) do
    if type(value) == "string" and not text.is_utf8(value) then
      return false, name
    end
  end
  return true
end

--- One request. The callback comes once, later, on the main loop.
--- @param callback function (failure|nil, result|nil)
--- @param more table|nil on_part: of a stream, takes the value of each part; name: of the credential that a deletion is about
--- @return table handle with cancel()
function M.call(method, params, callback, more)
  more = more or {}
  local function refuse(kind, message)
    vim.schedule(function()
      callback(failure.new(kind, message))
    end)
    return { cancel = function() end }
  end
  local is_well, member = has_only_utf8(params)
  if not is_well then
    return refuse("invalid_params", member .. " is not UTF-8")
  end
  local options, problem = config.get(), nil
  if not current then
    current, problem = start(options)
    if not current then
      return refuse("not_started", problem)
    end
  end
  if not (method:find("^bridge%.") or method:find("^rpc%.")) then
    params = vim.tbl_extend("keep", params, { timeout_ms = options.timeout_ms })
  end
  local connection = current
  local request = {
    method = method,
    params = params,
    name = more.name,
    on_part = more.on_part,
    is_change = is_change(method),
    timeout_ms = tonumber(params.timeout_ms) or options.timeout_ms,
  }
  function request.callback(problem, result)
    -- First what is shown, then what is said of it.
    if request.is_change then
      changes().follow(request, problem, result)
    end
    callback(problem, result)
  end
  local id = connection:call(request)
  return {
    cancel = function()
      connection:cancel(id)
    end,
  }
end

--- Cancels all that is under way; gives how many requests that are.
function M.cancel()
  local count = 0
  for connection in pairs(all) do
    for _, id in ipairs(connection:under_way()) do
      connection:cancel(id)
      count = count + 1
    end
  end
  return count
end

--- Lets the bridge end when it has answered; the next request starts another one, with the options of then.
function M.retire()
  if current then
    local connection = current
    current = nil
    connection:retire()
  end
end

--- The path of the program that runs, its process id and where it was found; nil if none runs.
function M.running()
  if current then
    return { path = current.path, pid = current.process.pid, place = current.place }
  end
end

return M
