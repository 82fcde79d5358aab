--- The columns of the two lists. A column that is wide stands last, so that the others are seen without scrolling sideways.
local text = require("natscreds.text")

local M = {}

-- 2026-01-31T12:00:00.123456Z without what nobody compares by eye; another form stays as it came.
local function moment(value)
  local whole, zone = value:match("^(%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d)%.?%d*([Z+-].*)$")
  return whole and whole .. zone or value
end

-- Of each column: its heading, the member of the row, how many cells it may take, and how its text is made.
M.credentials = {
  { "NAME", "name", 40 },
  { "STATE", "state", 12 },
  { "CREATED", "created_at", 32, moment },
  { "ID", "id", 36 },
  { "ACCOUNT", "nats_account_id", 56 },
}

M.accounts = {
  { "NAME", "name", 40 },
  { "STATE", "state", 12 },
  { "CREATED", "created_at", 32, moment },
  { "ENDPOINT", "endpoint", 60 },
  { "ID", "id", 56 },
}

--- The cells of a row. A member that is not there, as `state` on Scaleway's regions, is a dash.
function M.cells(columns, row)
  local cells = {}
  for index, column in ipairs(columns) do
    local value = row[column[2]]
    local shown = value == nil and "-" or text.shown(value)
    cells[index] = text.cut(column[4] and column[4](shown) or shown, column[3])
  end
  return cells
end

return M
