--- The end of a stream of text, such as stderr: of any amount only the last bytes are kept.
local Tail = {}
Tail.__index = Tail

local KEPT = 4096

function Tail.new()
  return setmetatable({ bytes = "" }, Tail)
end

function Tail:add(chunk)
  self.bytes = (self.bytes .. chunk:sub(-KEPT)):sub(-KEPT)
end

--- The last lines, the newest last.
function Tail:lines(count)
  local all = vim.split(vim.trim(self.bytes), "\n", { plain = true })
  local last = {}
  for index = math.max(1, #all - count + 1), #all do
    if all[index] ~= "" then
      last[#last + 1] = all[index]
    end
  end
  return last
end

return Tail
