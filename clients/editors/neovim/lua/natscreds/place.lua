--- Where a new credential is saved.
local config = require("natscreds.config")

local M = {}

local ENDING = ".creds"
local LONGEST = 200 -- bytes; the bridge takes no longer name of a file

-- A name may hold what a file's may not, or what would be another folder, a hidden file, or an option of a program.
local function file_name(name)
  local safe = name:gsub("[%z\1-\31\127/]", "_"):gsub("^[.-]", "_")
  local longest = LONGEST - #ENDING
  if #safe > longest then
    local is_inside_character = safe:find("^[\128-\191]", longest + 1)
    safe = safe:sub(1, longest)
    safe = is_inside_character and safe:gsub("[\192-\255][\128-\191]*$", "") or safe
  end
  return safe .. ENDING
end

--- The path for a credential of this name. Absolute, because the bridge's working folder is that of its start, and the editor's may have changed
--- since.
--- @param name string|nil needed where `save_to` is no file
--- @param save_to string|nil a file, or a folder that is there; nil: the folder of the options, or the current one
function M.of(name, save_to)
  local path = vim.fn.fnamemodify(save_to or config.get().folder or ".", ":p")
  if save_to and (vim.fn.isdirectory(path) == 0 or not name) then
    return path
  end
  return path:gsub("/+$", "") .. "/" .. file_name(name)
end

return M
