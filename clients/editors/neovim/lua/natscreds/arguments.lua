--- The words behind `:NatsCreds SUBCOMMAND`: one may stand alone, the others are key=value. A backslash keeps a space in a word.
local text = require("natscreds.text")

local M = {}

function M.words(line)
  local words, word = {}, nil
  local position = 1
  while position <= #line do
    local character = line:sub(position, position)
    local following = line:sub(position + 1, position + 1)
    if character == "\\" and (following == " " or following == "\\" or following == "\t") then
      word = (word or "") .. following
      position = position + 1
    elseif character == " " or character == "\t" then
      words[#words + 1] = word
      word = nil
    else
      word = (word or "") .. character
    end
    position = position + 1
  end
  words[#words + 1] = word
  return words
end

function M.escaped(word)
  return (word:gsub("[\\ \t]", "\\%0"))
end

--- @param form table keys: the names that may stand before =; alone: the key of the word that stands alone, or nil
--- @return table|nil arguments, string|nil problem
function M.parse(words, form)
  local arguments = {}
  for _, word in ipairs(words) do
    local key, value = word:match("^([%a_]+)=(.*)$")
    if key and not vim.tbl_contains(form.keys, key) then
      return nil, ("%s is no argument here; there are: %s"):format(text.shown(key), table.concat(form.keys, ", "))
    elseif not key and not form.alone then
      return nil, ("%s: arguments are %s="):format(text.shown(word), table.concat(form.keys, "=, "))
    end
    key, value = key or form.alone, value or word
    if arguments[key] then
      return nil, ("%s is given twice; write a backslash before a space that belongs to it"):format(key)
    elseif value == "" then
      return nil, key .. " has no value"
    end
    arguments[key] = value
  end
  return arguments
end

return M
