--- Messages to the user, one line each.
local text = require("natscreds.text")

local M = {}

local function say(level)
  return function(message)
    -- A prompt that was just answered still stands in the line of messages.
    vim.cmd("redraw")
    vim.notify("natscreds: " .. text.shown(message), level)
  end
end

M.info = say(vim.log.levels.INFO)
M.warning = say(vim.log.levels.WARN)
M.error = say(vim.log.levels.ERROR)

return M
