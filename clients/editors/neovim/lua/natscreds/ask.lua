--- Questions, through vim.ui so that the user's own prompts are used.
local M = {}

-- CTRL-C at Neovim's own prompt is a Lua error there; to the user it is a no.
local function asked(ask, use)
  local function answer(value)
    -- Later, when the prompt is gone from the screen.
    vim.schedule(function()
      use(value)
    end)
  end
  local is_well, problem = pcall(ask, answer)
  if not is_well and tostring(problem):find("Keyboard interrupt", 1, true) then
    answer(nil)
  elseif not is_well then
    error(problem, 0)
  end
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

return M
