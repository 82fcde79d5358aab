--- Texts that come from elsewhere, made fit for one line of the screen.
local M = {}

--- Control characters become \xNN, so that nothing breaks a line or rings. The rest Neovim shows by itself.
function M.shown(value)
  return (tostring(value):gsub("[%z\1-\31\127]", function(character)
    return ("\\x%02x"):format(character:byte())
  end))
end

function M.width(value)
  if not value:find("[\128-\255]") then
    return #value
  end
  return vim.fn.strdisplaywidth(value)
end

--- At most so many cells of the screen; what is cut off leaves an ellipsis.
function M.cut(value, cells)
  if M.width(value) <= cells then
    return value
  end
  -- By halves: names have up to 500 characters, and a list has thousands of names.
  local low, high = 0, vim.fn.strchars(value)
  while low < high do
    local middle = math.floor((low + high + 1) / 2)
    if M.width(vim.fn.strcharpart(value, 0, middle)) < cells then
      low = middle
    else
      high = middle - 1
    end
  end
  return vim.fn.strcharpart(value, 0, low) .. "…"
end

--- A name in a message: a message that is longer than the screen's last line makes the user press ENTER.
function M.brief(name)
  return M.cut(M.shown(name), 40)
end

function M.padded(value, cells)
  return value .. (" "):rep(cells - M.width(value))
end

-- The byte ranges of RFC 3629: what may follow a first byte, and how many bytes come after that.
local leads = {
  { "[\194-\223]", "[\128-\191]", 0 },
  { "\224", "[\160-\191]", 1 },
  { "[\225-\236\238\239]", "[\128-\191]", 1 },
  { "\237", "[\128-\159]", 1 },
  { "\240", "[\144-\191]", 2 },
  { "[\241-\243]", "[\128-\191]", 2 },
  { "\244", "[\128-\143]", 2 },
}

--- A line that is not UTF-8 would be answered with id null, which no waiter could be matched with; so it is not sent.
function M.is_utf8(value)
  local position = 1
  while true do
    position = value:find("[\128-\255]", position)
    if not position then
      return true
    end
    local stop
    for _, lead in ipairs(leads) do
      _, stop = value:find("^" .. lead[1] .. lead[2] .. ("[\128-\191]"):rep(lead[3]), position)
      if stop then
        break
      end
    end
    if not stop then
      return false
    end
    position = stop + 1
  end
end

--- 12345 as 12,345.
function M.number(count)
  local digits = tostring(count):reverse():gsub("(%d%d%d)", "%1,"):reverse()
  return (digits:gsub("^,", ""))
end

return M
