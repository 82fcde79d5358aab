--- Messages to the user, one line each. They wait while a prompt is open: some editors end it when something is drawn.
local idle = require("natscreds.idle")
local text = require("natscreds.text")

local M = {}

-- A longer one makes the user press ENTER.
local function fits(line)
  return text.width(line) <= vim.v.echospace + (vim.o.cmdheight - 1) * vim.o.columns
end

local function say(level)
  return function(message)
    local line = "natscreds: " .. text.shown(message)
    local is_leaving = vim.v.exiting ~= vim.NIL
    idle.when((fits(line) or is_leaving) and idle.is_without_prompt or idle.is_at_rest, function()
      -- A prompt that was just answered still stands in the line of messages.
      vim.cmd("redraw")
      vim.notify(line, level)
    end)
  end
end

M.info = say(vim.log.levels.INFO)
M.warning = say(vim.log.levels.WARN)
M.error = say(vim.log.levels.ERROR)

return M
