--- Cuts a stream of chunks into lines, of any length. A chunk may end anywhere, inside a character too.
local Lines = {}
Lines.__index = Lines

function Lines.new(on_line)
  return setmetatable({ parts = {}, on_line = on_line }, Lines)
end

function Lines:add(chunk)
  local start = 1
  while true do
    local stop = chunk:find("\n", start, true)
    if not stop then
      break
    end
    -- Parts are joined once a line, not once a chunk: a long line comes in thousands of chunks.
    self.parts[#self.parts + 1] = chunk:sub(start, stop - 1)
    local line = table.concat(self.parts)
    self.parts = {}
    start = stop + 1
    self.on_line(line)
  end
  if start <= #chunk then
    self.parts[#self.parts + 1] = chunk:sub(start)
  end
end

return Lines
