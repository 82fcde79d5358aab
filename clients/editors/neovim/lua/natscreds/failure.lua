--- What a callback gets when a request has no result: {kind, message, outcome, data}. `outcome` says what became of the world: none, done
--- or unknown, as in the bridge's own errors.
local text = require("natscreds.text")

local M = {}

-- So that `print(problem)` of somebody else's callback says what people read here.
local shown = {
  __tostring = function(failure)
    return M.text(failure)
  end,
}

function M.new(kind, message, outcome, data)
  return setmetatable({ kind = kind, message = message, outcome = outcome or "none", data = data or {} }, shown)
end

--- From the error of a response.
function M.from_answer(answered)
  local data = type(answered.data) == "table" and answered.data or {}
  return M.new(tostring(data.kind or answered.code), tostring(answered.message), data.outcome, data)
end

local outcomes = {
  done = "the change was made",
  unknown = "the change may have been made: check before you retry it",
}

--- One line for people.
function M.text(failure)
  local line = failure.kind .. ": " .. failure.message
  if outcomes[failure.outcome] then
    line = line .. " (" .. outcomes[failure.outcome] .. ")"
  end
  return text.shown(line)
end

return M
