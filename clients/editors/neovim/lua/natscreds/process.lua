--- One child process on three pipes. Its events come on the main loop, in their order, so that whoever hears them may call everything.
local uv = vim.uv or vim.loop

local Process = {}
Process.__index = Process

-- After the end of input, and after SIGTERM: by then the bridge has finished what it can.
local PATIENCE_MS, TERM_MS = 2000, 6000
-- How long a process that is gone may still be read from. A child of its own may hold the pipes for ever.
local LINGER_TICKS, TICK_MS = 4, 50

local function close(handle)
  if handle and not handle:is_closing() then
    handle:close()
  end
end

--- Starts a program; gives nil and the reason if that cannot be done.
--- @param events table on_output(chunk), on_errors(chunk), on_end(code|nil, signal|nil); nil: it lives, but has closed its output
function Process.start(program, arguments, events)
  local self = setmetatable({ events = events, open = 2 }, Process)
  self.stdin, self.stdout, self.stderr = uv.new_pipe(false), uv.new_pipe(false), uv.new_pipe(false)
  local handle, pid = uv.spawn(program, {
    args = arguments,
    stdio = { self.stdin, self.stdout, self.stderr },
    -- A process group of its own: Ctrl-C in the terminal is the editor's, and a signal of ours reaches what a wrapper has started, as long as
    -- the wrapper lives. After that the number may be somebody else's, so a process that it has left behind is its own affair.
    detached = true,
  }, function(code, signal)
    self.code, self.signal, self.has_exited = code, signal, true
    close(self.handle)
    close(self.deadline)
    self:look()
  end)
  if not handle then
    for _, pipe in ipairs({ self.stdin, self.stdout, self.stderr }) do
      close(pipe)
    end
    return nil, pid
  end
  self.handle, self.pid = handle, pid
  self:read(self.stdout, events.on_output)
  self:read(self.stderr, events.on_errors)
  return self
end

function Process:read(pipe, use)
  pipe:read_start(function(_, chunk)
    if chunk then
      vim.schedule(function()
        use(chunk)
      end)
    else
      close(pipe)
      self.open = self.open - 1
      self.output_ended = self.output_ended or pipe == self.stdout
      self:look()
    end
  end)
end

-- Called when something has ended.
function Process:look()
  if self.has_exited and self.open == 0 then
    self:finish()
  elseif (self.has_exited or self.output_ended) and not self.linger then
    -- Ticks and not one wait: after the editor was busy a timer is served before the pipes are, and the last answers would be lost.
    local ticks = 0
    self.linger = uv.new_timer()
    self.linger:start(TICK_MS, TICK_MS, function()
      ticks = ticks + 1
      if ticks == LINGER_TICKS then
        self:finish()
      end
    end)
  end
end

function Process:finish()
  close(self.linger)
  if self.finished then
    return
  end
  self.finished = true
  close(self.stdout)
  close(self.stderr)
  self:close()
  vim.schedule(function()
    self.events.on_end(self.code, self.signal)
  end)
end

function Process:write(data)
  if not self.closing then
    -- A write to a process that is gone fails; its end is told by on_end.
    self.stdin:write(data, function() end)
  end
end

function Process:kill(signal)
  if not self.has_exited then
    uv.kill(-self.pid, signal)
  end
end

--- Ends it in order: the end of input, then SIGTERM, then SIGKILL. Returns at once.
function Process:close()
  if self.closing then
    return
  end
  self.closing = true
  self.stdin:shutdown(function()
    close(self.stdin)
  end)
  if self.has_exited then
    close(self.stdin)
    return
  end
  self.deadline = uv.new_timer()
  self.deadline:start(PATIENCE_MS, 0, function()
    self:kill("sigterm")
    self.deadline:start(TERM_MS, 0, function()
      self:kill("sigkill")
    end)
  end)
end

--- Ends it, and waits for that: for the editor's own end, which must leave nothing behind.
function Process:close_and_wait()
  self:close()
  vim.wait(PATIENCE_MS + TERM_MS + 1000, function()
    return self.has_exited
  end, 10, true)
end

return Process
