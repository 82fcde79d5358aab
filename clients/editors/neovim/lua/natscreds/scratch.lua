--- Buffers that show something and hold nothing: no file, no swap, no undo, gone with their last window.
local notice = require("natscreds.notice")

local M = {}

local ours = {}

local function find(name)
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    -- One that is not loaded gives its name away.
    if vim.api.nvim_buf_is_loaded(buffer) and vim.api.nvim_buf_get_name(buffer) == name then
      return buffer
    end
  end
end

local function dress_window()
  vim.cmd("setlocal nowrap nonumber norelativenumber nolist nospell nofoldenable cursorline signcolumn=no colorcolumn=")
end

local function show(buffer, mods)
  for _, window in ipairs(vim.api.nvim_tabpage_list_wins(0)) do
    if vim.api.nvim_win_get_buf(window) == buffer then
      return vim.api.nvim_set_current_win(window)
    end
  end
  vim.cmd(mods .. " split")
  vim.api.nvim_win_set_buf(0, buffer)
  dress_window()
end

--- Goes to the window of this tab page that shows the buffer, or opens one. Where no window can be opened, as in the command-line window,
--- the user is told.
--- @param mods string as |<mods>|, such as `vertical`
--- @return boolean whether it is shown
function M.show(buffer, mods)
  local is_shown, problem = pcall(show, buffer, mods)
  if not is_shown then
    notice.error("no window can be opened: " .. (tostring(problem):match("E%d+: .*") or tostring(problem)))
    -- Newer editors refuse this, too, in the command-line window. Then the buffer stays hidden, and is shown the next time.
    pcall(vim.api.nvim_buf_delete, buffer, { force = true })
  end
  return is_shown
end

--- The buffer of this name. One that is there and not ours, as a session or `:edit` makes it, becomes ours where it is shown.
function M.take(name)
  local buffer = find(name)
  if not buffer then
    buffer = vim.api.nvim_create_buf(false, true)
    vim.api.nvim_buf_set_name(buffer, name)
  elseif not ours[buffer] then
    for _, window in ipairs(vim.fn.win_findbuf(buffer)) do
      vim.api.nvim_win_call(window, dress_window)
    end
  end
  ours[buffer] = true
  for option, value in pairs({
    buflisted = false,
    buftype = "nofile",
    bufhidden = "wipe",
    swapfile = false,
    undolevels = -1,
    modeline = false,
    modifiable = false,
  }) do
    vim.bo[buffer][option] = value
  end
  return buffer
end

--- Replaces lines; the buffer is not modifiable for anybody else.
function M.set_lines(buffer, first, last, lines)
  vim.bo[buffer].modifiable = true
  vim.api.nvim_buf_set_lines(buffer, first, last, false, lines)
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].modified = false
end

--- A key of this buffer.
function M.key(buffer, keys, use, description)
  -- Without waiting: mappings of the user's that begin with the same keys must not delay these.
  vim.keymap.set("n", keys, use, { buffer = buffer, nowait = true, silent = true, desc = description })
end

return M
