--- Where the program is.
local uv = vim.uv or vim.loop
local text = require("natscreds.text")

local M = { name = "nats-credentials-bridge" }

-- A word without a slash is looked for in PATH, as a shell does.
local function resolve(named)
  if not named:find("/", 1, true) then
    local path = vim.fn.exepath(named)
    if path == "" then
      return nil, "not in PATH"
    end
    return path
  end
  local path = vim.fn.fnamemodify(named, ":p")
  local found = uv.fs_stat(path)
  if not found then
    return nil, "no such file"
  elseif found.type ~= "file" then
    return nil, "not a file"
  elseif not uv.fs_access(path, "X") then
    return nil, "not executable"
  end
  return path
end

--- The first place that names a program is taken; that it is wrong there is an error, not a reason to start another one.
--- @return string|nil path, string place_or_error: where it was found, or why not, with all places that were looked at
function M.find(option)
  local variable = vim.env.NATS_CREDENTIALS_BRIDGE
  local places = {
    { "the option program", option },
    { "the variable NATS_CREDENTIALS_BRIDGE", variable ~= "" and variable or nil },
    { "PATH", M.name },
  }
  local said = {}
  for index, place in ipairs(places) do
    local where, named = place[1], place[2]
    if named then
      local path, problem = resolve(named)
      if path then
        return path, where
      end
      said[#said + 1] = ("%s (%s: %s)"):format(where, text.shown(named), problem)
      for later = index + 1, #places do
        said[#said + 1] = places[later][1] .. " (not looked at)"
      end
      break
    end
    said[#said + 1] = where .. " (not set)"
  end
  return nil, M.name .. " was not found. Looked at: " .. table.concat(said, ", ")
end

return M
