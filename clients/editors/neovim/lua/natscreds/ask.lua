--- Questions, through vim.ui so that the user's own prompts are used.
local idle = require("natscreds.idle")
local notice = require("natscreds.notice")

local M = {}

local function asked(ask, use)
  local is_answered = false
  local function answer(value)
    -- Some prompts call back a second time when they close.
    if is_answered then
      return
    end
    is_answered = true
    -- Later, when the prompt is gone from the screen.
    vim.schedule(function()
      use(value)
    end)
  end
  local is_well, problem = pcall(ask, answer)
  if is_well then
    return
  end
  -- CTRL-C at Neovim's own prompt is a Lua error there; to the user it is a no.
  if not tostring(problem):find("Keyboard interrupt", 1, true) then
    notice.error("the question failed: " .. tostring(problem))
  end
  answer(nil)
end

--- @param use function (text|nil)
function M.text(prompt, use)
  asked(function(answer)
    vim.ui.input({ prompt = prompt }, answer)
  end, use)
end

--- @param use function (item|nil)
function M.choice(items, prompt, format_item, use)
  asked(function(answer)
    -- The item alone: some callbacks get its index, too.
    vim.ui.select(items, { prompt = prompt, kind = "natscreds", format_item = format_item }, function(item)
      answer(item)
    end)
  end, use)
end

local function is_time()
  -- The loop's callbacks may not ask for the rest.
  return idle.is_at_rest() and (vim.in_fast_event() or vim.fn.getcmdwintype() == "" and vim.v.exiting == vim.NIL)
end

--- Asks what a response has made necessary: when the user is back in normal mode, and not with keys that were typed before.
--- @param ask function which calls one of the above
function M.later(ask)
  idle.when(is_time, function()
    while vim.fn.getchar(0) ~= 0 do
    end
    ask()
  end)
end

return M
