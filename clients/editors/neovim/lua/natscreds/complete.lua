--- Completion of `:NatsCreds`. The command line cannot wait for the bridge, so names and ids are those of the open lists.
local arguments = require("natscreds.arguments")
local command = require("natscreds.command")
local text = require("natscreds.text")
local View = require("natscreds.view")

local M = {}

local orders = { "created_at_asc", "created_at_desc", "updated_at_asc", "updated_at_desc", "name_asc", "name_desc" }

local function members(noun, member)
  local found = {}
  for _, view in ipairs(View.each(noun)) do
    for _, row in ipairs(view.rows) do
      if type(row[member]) == "string" then
        found[row[member]] = true
      end
    end
  end
  return vim.tbl_keys(found)
end

local values = {
  order_by = function()
    return orders
  end,
  region = function()
    return { "local", "fr-par", "nl-ams" }
  end,
  nats_account_id = function()
    local ids = members("accounts", "id")
    return vim.list_extend(ids, members("credentials", "nats_account_id"))
  end,
  save_to = function(begun)
    return vim.fn.getcompletion(begun, "file")
  end,
  id = function()
    return members("credentials", "id")
  end,
  name = function()
    return members("credentials", "name")
  end,
}

-- Those that begin as typed, each once, sorted. What has control characters cannot be typed in one line.
local function matching(candidates, lead)
  local found = {}
  for _, candidate in ipairs(candidates) do
    local word = arguments.escaped(candidate)
    if vim.startswith(word, lead) and text.shown(word) == word then
      found[word] = true
    end
  end
  local words = vim.tbl_keys(found)
  table.sort(words)
  return words
end

-- The arguments of the command, whose name may be shortened and stand after modifiers.
local function after_name(line)
  for name, start in line:gmatch("%f[%w](%u%a*)!?%s+()") do
    if vim.startswith("NatsCreds", name) then
      return line:sub(start)
    end
  end
  return ""
end

--- @param lead string the word under the cursor so far; @param line string the command line up to the cursor
function M.complete(lead, line)
  local words = arguments.words(after_name(line:sub(1, #line - #lead)))
  local subcommand = command.subcommands[words[1]]
  if #words == 0 then
    return matching(command.names(), lead)
  elseif not subcommand then
    return {}
  end
  local key = lead:match("^([%a_]+)=")
  if key then
    if not values[key] or not vim.tbl_contains(subcommand.keys, key) then
      return {}
    end
    local begun = arguments.words(lead:sub(#key + 2))[1] or ""
    return matching(vim.tbl_map(function(value)
      return key .. "=" .. value
    end, values[key](begun)), lead)
  end
  local candidates = vim.tbl_map(function(name)
    return name .. "="
  end, subcommand.keys)
  if subcommand.alone == "credential" then
    vim.list_extend(candidates, vim.list_extend(members("credentials", "name"), members("credentials", "id")))
  end
  return matching(candidates, lead)
end

return M
