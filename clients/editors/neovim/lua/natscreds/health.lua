--- `:checkhealth natscreds`.
local config = require("natscreds.config")
local program = require("natscreds.program")
local bridge = require("natscreds.bridge")
local Connection = require("natscreds.connection")
local Process = require("natscreds.process")
local failure = require("natscreds.failure")
local text = require("natscreds.text")

local M = {}

-- A report is one call that must have its responses when it returns, so this is the one place that waits.
local LIMIT_MS = 30000

-- The functions of the report got other names twice.
local function reporter()
  local health = vim.health or require("health")
  local function named(name)
    return health[name] or health["report_" .. name]
  end
  return { start = named("start"), ok = named("ok"), info = named("info"), warn = named("warn"), error = named("error") }
end

local function check_protocol(path, options, report)
  local problem, info
  local connection, not_started = Connection.open(path, bridge.arguments(options), {
    on_failed = function() end,
    on_gone = function() end,
    on_late = function() end,
  })
  if not connection then
    report.error(not_started)
    return false
  end
  connection:call({
    method = "bridge.info",
    params = {},
    timeout_ms = LIMIT_MS,
    callback = function(...)
      problem, info = ...
    end,
  })
  vim.wait(LIMIT_MS, function()
    return problem ~= nil or info ~= nil
  end, 10)
  connection.process:close()
  if not info then
    report.error(problem and failure.text(problem) or text.shown(path) .. " does not answer")
    return false
  end
  report.ok(text.shown(("%s %s answers, protocol %s"):format(info.name, info.version, info.protocol)))
  for _, warning in ipairs(info.warnings or {}) do
    report.warn(text.shown(warning))
  end
  return true
end

local function run_doctor(path, options)
  local output, code, has_ended = {}, nil, false
  local process, problem = Process.start(path, vim.list_extend(bridge.arguments(options), { "doctor" }), {
    on_output = function(chunk)
      output[#output + 1] = chunk
    end,
    on_errors = function(chunk)
      output[#output + 1] = chunk
    end,
    on_end = function(status)
      code, has_ended = status, true
    end,
  })
  if not process then
    return nil, problem
  end
  vim.wait(LIMIT_MS, function()
    return has_ended
  end, 10)
  process:close()
  return has_ended and table.concat(output), code
end

local function check_doctor(path, options, report)
  report.start("natscreds: what `" .. program.name .. " doctor` says")
  local output, code = run_doctor(path, options)
  if not output then
    return report.error(("doctor did not come to its end: %s"):format(text.shown(code or "out of time")))
  end
  for line in output:gmatch("[^\n]+") do
    local mark, rest = line:match("^(%S+)%s+(.*)$")
    if mark == "ok" then
      report.ok(text.shown(rest))
    elseif mark == "FAIL" then
      report.error(text.shown(rest))
    else
      report.info(text.shown(vim.trim(line)))
    end
  end
  report.info(("doctor ended with status %s: %s"):format(tostring(code), code == 0 and "every check passed" or "not every check passed"))
end

function M.check()
  local report, options = reporter(), config.get()
  report.start("natscreds: the program " .. program.name)
  local path, place = program.find(options.program)
  if not path then
    return report.error(place, {
      "Build or install it, and put it in PATH",
      "or name it: require('natscreds').setup{ program = '/…/" .. program.name .. "' }, or $NATS_CREDENTIALS_BRIDGE",
    })
  end
  report.ok(("found by %s: %s"):format(place, text.shown(path)))
  if check_protocol(path, options, report) then
    check_doctor(path, options, report)
  end
end

return M
