--- The options: their defaults, and what they may be.
local M = {}

local function text(value)
  return type(value) == "string" and value ~= "" and not value:find("%z")
end

local function whole(low, high)
  return function(value)
    return type(value) == "number" and value % 1 == 0 and value >= low and value <= high
  end
end

local function texts(value)
  if type(value) ~= "table" then
    return false
  end
  for key, one in pairs(value) do
    if type(key) ~= "number" or type(one) ~= "string" then
      return false
    end
  end
  return true
end

local kinds = {
  program = { text, "a path, or a name that is looked for in PATH" },
  args = { texts, "a list of strings" },
  region = { text, "a region, such as local" },
  project_id = { text, "a UUID" },
  folder = { text, "a folder" },
  page_size = { whole(1, 100), "a whole number from 1 to 100" },
  max_pages = { whole(1, 1000000), "a whole number from 1" },
  timeout_ms = { whole(1, 600000), "a whole number of milliseconds from 1 to 600000" },
}

local defaults = { args = {}, page_size = 100, max_pages = 4, timeout_ms = 30000 }
local current = vim.deepcopy(defaults)

function M.get()
  return current
end

function M.set(options)
  if type(options) ~= "table" then
    error("natscreds: setup takes a table of options", 3)
  end
  for name, value in pairs(options) do
    local kind = kinds[name]
    if not kind then
      local known = vim.tbl_keys(kinds)
      table.sort(known)
      error(("natscreds: there is no option %s; there are: %s"):format(tostring(name), table.concat(known, ", ")), 3)
    end
    if not kind[1](value) then
      error(("natscreds: the option %s must be %s"):format(name, kind[2]), 3)
    end
  end
  current = vim.tbl_extend("force", vim.deepcopy(defaults), vim.deepcopy(options))
end

return M
