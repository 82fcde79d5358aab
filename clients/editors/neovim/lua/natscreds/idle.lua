--- When the user can be spoken to. Answers come at any time; what is shown or asked then must not take keys that were meant for a text.
local uv = vim.uv or vim.loop

local M = {}

local TICK_MS = 20
local waiting, timer, is_scheduled = {}, nil, false

--- No prompt and no command line is open. May be called in a callback of the loop, as the next one.
function M.is_without_prompt()
  local now = vim.api.nvim_get_mode()
  return not (now.blocking or now.mode == "c" or now.mode:find("^c?r"))
end

--- Normal mode, with nothing begun.
function M.is_at_rest()
  local now = vim.api.nvim_get_mode()
  return not now.blocking and (now.mode == "n" or now.mode == "nt")
end

-- In their order. `use` may wait for keys, and this be called meanwhile.
local function look()
  is_scheduled = false
  local index = 1
  while waiting[index] do
    if waiting[index].is_time() then
      table.remove(waiting, index).use()
      index = 1
    else
      index = index + 1
    end
  end
end

-- A timer, because no event tells of the end of every prompt. It looks by itself, so that it disturbs nothing while it is not yet time.
local function tick()
  if #waiting == 0 then
    timer:stop()
  end
  for _, one in ipairs(waiting) do
    if not is_scheduled and one.is_time() then
      is_scheduled = true
      vim.schedule(look)
    end
  end
end

--- Calls `use` when it is time: now, or as soon as it is.
--- @param is_time function which may also be called in a callback of the loop
function M.when(is_time, use)
  waiting[#waiting + 1] = { is_time = is_time, use = use }
  timer = timer or uv.new_timer()
  -- Before looking, which may raise what the user's own functions raise.
  timer:start(TICK_MS, TICK_MS, tick)
  look()
end

return M
