--- One running bridge: requests out, answers in, matched by id. Every request ends exactly once: by its response, its time limit, or the
--- end of the process.
local failure = require("natscreds.failure")
local Lines = require("natscreds.lines")
local Process = require("natscreds.process")
local program = require("natscreds.program")
local Tail = require("natscreds.tail")
local text = require("natscreds.text")
local uv = vim.uv or vim.loop

-- No callback runs in the middle of reading: it may raise, or open a prompt, during which more is read.
local function later(callback, ...)
  local values = { ... }
  vim.schedule(function()
    callback(unpack(values, 1, 2))
  end)
end

local Connection = {}
Connection.__index = Connection

local PROTOCOL = "1"
local HELLO, HELLO_MS = "hello", 15000
-- How long the editor's end waits for the hello when a change waits for it.
local LEAVE_MS = 5000
-- How long the response may come after the time that the bridge itself keeps. A change that was sent is not aborted.
local READ_GRACE_MS, CHANGE_GRACE_MS = 5000, 15000

--- @param events table on_failed(reason, is_awaited): no request of this connection can succeed any more; on_gone(): the process has ended;
---   on_late(request, failure, result): a change that was given up has been made
--- @return table|nil connection, string|nil problem
function Connection.open(path, arguments, events)
  local self = setmetatable({ events = events, waiters = {}, given_up = {}, last = 0, path = path, errors = Tail.new() }, Connection)
  local lines = Lines.new(function(line)
    self:take(line)
  end)
  local process, problem = Process.start(path, arguments, {
    on_output = function(chunk)
      lines:add(chunk)
    end,
    on_errors = function(chunk)
      self.errors:add(chunk)
    end,
    on_end = function(code, signal)
      self:fail(self:obituary(code, signal))
      events.on_gone()
    end,
  })
  if not process then
    return nil, ("%s cannot be started: %s"):format(text.shown(path), problem)
  end
  self.process, self.held = process, {}
  self:hello()
  return self
end

-- Nothing else is written before the program has said what it is: a line of ours is no business of another program.
function Connection:hello()
  self.waiters[HELLO] = { method = "bridge.info", params = { protocol = PROTOCOL }, limit = HELLO_MS }
  self:send(HELLO)
end

function Connection:take_hello(problem, info)
  if problem and problem.kind == "unsupported_protocol" then
    return self:fail(("%s does not speak protocol %s, which this plugin needs"):format(program.name, PROTOCOL))
  elseif problem or info.name ~= program.name then
    return self:fail(self:stranger())
  elseif info.protocol ~= PROTOCOL then
    return self:fail(("%s speaks protocol %s, this plugin %s"):format(program.name, text.shown(info.protocol), PROTOCOL))
  end
  local held = self.held
  self.held = nil
  for _, id in ipairs(held) do
    if self.waiters[id] then
      self:send(id)
    end
  end
end

--- @param request table method, params, on_part|nil (of a stream), is_change, timeout_ms (the bridge's own limit), callback(failure, result)
--- @return string id
function Connection:call(request)
  self.last = self.last + 1
  local id = "n" .. self.last
  request.limit = request.timeout_ms + (request.is_change and CHANGE_GRACE_MS or READ_GRACE_MS)
  self.waiters[id] = request
  if self.held then
    self.held[#self.held + 1] = id
  else
    self:send(id)
  end
  return id
end

function Connection:send(id)
  local waiter = self.waiters[id]
  waiter.is_sent = true
  local params = next(waiter.params) ~= nil and waiter.params or nil
  self:write({ jsonrpc = "2.0", id = id, method = waiter.method, params = params })
  waiter.timer = uv.new_timer()
  self:wait(id, waiter)
end

function Connection:write(message)
  self.process:write(vim.json.encode(message) .. "\n")
end

function Connection:wait(id, waiter)
  waiter.timer:start(waiter.limit, 0, vim.schedule_wrap(function()
    if self.waiters[id] == waiter then
      self:expire(id, waiter)
    end
  end))
end

function Connection:expire(id, waiter)
  if id == HELLO then
    return self:fail(self:stranger())
  end
  -- A stream's own clock begins with its first page, which waits for the changes before it.
  if waiter.on_part and self:has_change() then
    return self:wait(id, waiter)
  end
  self:write({ jsonrpc = "2.0", method = "$/cancelRequest", params = { id = id } })
  self.given_up[id] = waiter.is_change and waiter or nil
  local message = ("no response within %d s"):format(math.ceil(waiter.limit / 1000))
  self:settle(id, failure.new("timeout", message, waiter.is_change and "unknown" or "none"))
end

function Connection:has_change()
  for _, waiter in pairs(self.waiters) do
    if waiter.is_change then
      return true
    end
  end
  return false
end

function Connection:settle(id, problem, result)
  local waiter = self.waiters[id]
  self.waiters[id] = nil
  if waiter.timer then
    waiter.timer:stop()
    waiter.timer:close()
  end
  if waiter.callback then
    later(waiter.callback, problem, result)
  end
  self:end_if_retired()
end

--- Takes no more requests, and ends the process when those under way are answered.
function Connection:retire()
  self.is_retired = true
  self:end_if_retired()
end

function Connection:end_if_retired()
  if self.is_retired and next(self.waiters) == nil then
    self.process:close()
  end
end

--- Ends the process with the editor: nobody reads a list any more, but a change that was asked for is made.
--- @return boolean whether it could be
function Connection:leave()
  for _, id in ipairs(self:under_way()) do
    if not self.waiters[id].is_change then
      self:cancel(id)
    end
  end
  -- A change that was asked for a moment ago waits for the hello, and goes out after it.
  local is_held = self.held ~= nil and self:has_change()
  if is_held then
    vim.wait(LEAVE_MS, function()
      return not self.held or self.has_failed
    end, 10)
    is_held = self.held ~= nil
  end
  self.process:close()
  return not is_held
end

local function problem_of(message, waiter)
  if type(message.error) == "table" then
    return failure.from_answer(message.error)
  elseif type(message.result) ~= "table" then
    local outcome = waiter and waiter.is_change and "unknown" or "none"
    return failure.new("bad_answer", "the response has neither a result nor an error", outcome)
  end
end

function Connection:take(line)
  if self.has_failed or not line:find("%S") then
    return
  end
  -- Null is nil from here on: a member that is null and one that is not there are the same to this plugin.
  local is_json, message = pcall(vim.json.decode, line, { luanil = { object = true, array = true } })
  if not is_json or type(message) ~= "table" or message.jsonrpc ~= "2.0" then
    return self:fail(self.held and self:stranger() or self.path .. " wrote a line that is not JSON-RPC")
  end
  if message.method == "$/progress" then
    return self:take_part(type(message.params) == "table" and message.params or {})
  elseif message.method then
    -- The bridge sends no requests. Before the hello is answered this is an echo.
    return self.held and self:fail(self:stranger())
  end
  local id = message.id
  local problem = problem_of(message, id ~= nil and self.waiters[id])
  if id == HELLO and self.waiters[id] then
    self:settle(id)
    self:take_hello(problem, message.result)
  elseif id ~= nil and self.waiters[id] then
    self:settle(id, problem, message.result)
  elseif id ~= nil and self.given_up[id] then
    local waiter = self.given_up[id]
    self.given_up[id] = nil
    if not problem or problem.outcome == "done" then
      self.events.on_late(waiter, problem, message.result)
    end
  elseif id == nil and problem then
    -- Whose answer this is, nobody knows, and all lines of ours are valid.
    self:fail("a response without an id: " .. failure.text(problem))
  end
end

function Connection:take_part(params)
  local waiter = params.token ~= nil and self.waiters[params.token]
  if not waiter or not waiter.on_part or type(params.value) ~= "table" then
    return
  end
  self:wait(params.token, waiter)
  -- Other kinds are for clients that know them.
  if params.value.kind == "page" then
    later(waiter.on_part, params.value)
  end
end

--- Asks the bridge to cancel; the request's callback comes as always. One that was not sent yet ends here.
function Connection:cancel(id)
  local waiter = self.waiters[id]
  if not waiter then
    return
  elseif waiter.is_sent then
    self:write({ jsonrpc = "2.0", method = "$/cancelRequest", params = { id = id } })
  else
    self:settle(id, failure.new("cancelled", "the request was cancelled"))
  end
end

--- The ids of all requests under way, the oldest first.
function Connection:under_way()
  local ids = vim.tbl_filter(function(id)
    return id ~= HELLO
  end, vim.tbl_keys(self.waiters))
  table.sort(ids, function(a, b)
    return tonumber(a:sub(2)) < tonumber(b:sub(2))
  end)
  return ids
end

-- Ends everything: whoever waits hears why, at once.
function Connection:fail(reason)
  if self.has_failed then
    return
  end
  self.has_failed = true
  self.process:close()
  reason = reason .. ". The next command starts a new one"
  local ids = self:under_way()
  self.events.on_failed(reason, #ids > 0)
  if self.waiters[HELLO] then
    self.waiters[HELLO].callback = function() end
    self:settle(HELLO)
  end
  for _, id in ipairs(ids) do
    local waiter = self.waiters[id]
    if waiter then
      self:settle(id, failure.new("bridge_ended", reason, waiter.is_change and waiter.is_sent and "unknown" or "none"))
    end
  end
end

function Connection:stranger()
  return ("%s is not %s: it did not answer as that does"):format(text.shown(self.path), program.name) .. self:last_words()
end

function Connection:obituary(code, signal)
  if self.held then
    return self:stranger()
  end
  local how = "has closed its output"
  if signal and signal ~= 0 then
    how = ("was ended by signal %d"):format(signal)
  elseif code then
    how = ("has ended with status %d"):format(code)
  end
  return ("%s %s"):format(program.name, how) .. self:last_words()
end

function Connection:last_words()
  local lines = self.errors:lines(3)
  if #lines == 0 then
    return ""
  end
  return "; the last lines of its stderr: " .. text.shown(table.concat(lines, " | "))
end

return Connection
