--- Lays rows of cells out in columns that are as wide as their widest cell.
local text = require("natscreds.text")

local Layout = {}
Layout.__index = Layout

function Layout.new(headings)
  local self = setmetatable({ headings = headings, widths = {} }, Layout)
  self:widen(headings)
  return self
end

--- Makes place for these cells; whether any column grew, and lines made before stand no longer under each other.
function Layout:widen(cells)
  local has_grown = false
  for index, cell in ipairs(cells) do
    local width = text.width(cell)
    if width > (self.widths[index] or 0) then
      self.widths[index] = width
      has_grown = true
    end
  end
  return has_grown
end

function Layout:line(cells)
  local padded = {}
  for index, cell in ipairs(cells) do
    padded[index] = index == #cells and cell or text.padded(cell, self.widths[index])
  end
  return table.concat(padded, "  ")
end

return Layout
