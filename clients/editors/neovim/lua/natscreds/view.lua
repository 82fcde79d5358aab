--- A list in a buffer: title, headings, one row per line, and a footer that says how far it is. It asks for more rows when a window that shows it
--- comes near the end of those it has.
local address = require("natscreds.address")
local columns = require("natscreds.columns")
local failure = require("natscreds.failure")
local highlights = require("natscreds.highlights")
local Layout = require("natscreds.table_layout")
local notice = require("natscreds.notice")
local Pages = require("natscreds.pages")
local scratch = require("natscreds.scratch")
local text = require("natscreds.text")

local View = {}
View.__index = View

local ABOVE = 2 -- title and headings
local open = {}
local marks = vim.api.nvim_create_namespace("natscreds")
highlights.define()

-- On the first row, or where it will be; not where a window stands on a row already.
local function to_first_row(buffer)
  for _, window in ipairs(vim.fn.win_findbuf(buffer)) do
    if vim.api.nvim_win_get_cursor(window)[1] <= ABOVE then
      vim.api.nvim_win_set_cursor(window, { ABOVE + 1, 0 })
    end
  end
end

--- @param kind table name (of the buffer), title, noun, method, member, columns, keys: a list of {keys, description, function (view)}
--- @param params table region, filters and order of the stream
--- @param mods string|nil where its window opens; nil: its buffer has one
function View.open(kind, params, mods)
  local buffer = scratch.take(address.of(kind.noun, params))
  local self = open[buffer]
  if not self then
    self = setmetatable({ buffer = buffer, kind = kind, params = params }, View)
    open[buffer] = self
    self:listen()
  end
  self:reset()
  if mods and not scratch.show(buffer, mods) then
    return
  end
  to_first_row(buffer)
  if not mods then
    -- What named the buffer, `:edit` or a session, puts the cursor somewhere after this.
    vim.schedule(function()
      to_first_row(buffer)
    end)
  end
  self.pages:fetch()
  -- Last, so that a user's own settings for this filetype win.
  vim.bo[buffer].filetype = "natscreds"
end

--- All open lists of a kind.
function View.each(noun)
  return vim.tbl_filter(function(view)
    return view:is_open() and view.kind.noun == noun
  end, vim.tbl_values(open))
end

--- The row under the cursor; nil where there is none, or no list.
function View.row_at_cursor(noun)
  local view = open[vim.api.nvim_get_current_buf()]
  if view and view.kind.noun == noun then
    return view.rows[vim.api.nvim_win_get_cursor(0)[1] - ABOVE]
  end
end

function View:listen()
  local group = vim.api.nvim_create_augroup("natscreds_" .. self.buffer, {})
  local function on(events, use)
    vim.api.nvim_create_autocmd(events, { group = group, buffer = self.buffer, callback = use })
  end
  on({ "WinScrolled", "CursorMoved", "BufWinEnter", "WinEnter" }, function()
    self:look()
  end)
  on("BufWipeout", function()
    self:close()
    vim.api.nvim_del_augroup_by_id(group)
  end)
  for _, key in ipairs(self.kind.keys) do
    scratch.key(self.buffer, key[1], function()
      key[3](self)
    end, key[2])
  end
end

function View:close()
  open[self.buffer] = nil
  self.is_closed = true
  self.pages:drop()
end

-- Not every end of a buffer is told: |:noautocmd|.
function View:is_open()
  if not self.is_closed and not vim.api.nvim_buf_is_valid(self.buffer) then
    self:close()
  end
  return not self.is_closed
end

--- From the beginning.
function View:refresh()
  self:reset()
  self.pages:fetch()
end

function View:reset()
  if self.pages then
    self.pages:drop()
  end
  self.rows, self.seen, self.is_outdated = {}, {}, false
  self.layout = Layout.new(vim.tbl_map(function(column)
    return column[1]
  end, self.kind.columns))
  self.pages = Pages.new(self.kind.method, self.kind.member, self.params, {
    on_rows = function(rows)
      self:add(rows)
    end,
    on_state = function()
      self:tell_state()
    end,
  })
  self:draw_all()
end

--- Goes on, also after a failure.
function View:more()
  self.pages:fetch()
end

function View:add(rows)
  if not self:is_open() then
    return
  end
  local lines, has_grown = {}, false
  for _, row in ipairs(rows) do
    -- A window that is asked for again after a failure may begin with rows that came before it.
    if type(row) == "table" and row.id and not self.seen[row.id] then
      self.seen[row.id] = true
      self.rows[#self.rows + 1] = row
      local cells = columns.cells(self.kind.columns, row)
      has_grown = self.layout:widen(cells) or has_grown
      lines[#lines + 1] = cells
    end
  end
  if has_grown then
    return self:draw_all()
  end
  local first = ABOVE + #self.rows - #lines
  lines = vim.tbl_map(function(cells)
    return self.layout:line(cells)
  end, lines)
  -- The footer is replaced together with the rows, not pushed down by them: a cursor on it would go along, to the end of the whole list.
  lines[#lines + 1] = self:footer()
  scratch.set_lines(self.buffer, first, -1, lines)
  self:colour()
end

--- Takes a row out, because it is no more; whether it was here.
function View:remove(id)
  for index, row in ipairs(self.rows) do
    if row.id == id then
      table.remove(self.rows, index)
      scratch.set_lines(self.buffer, ABOVE + index - 1, ABOVE + index, {})
      self.pages.total = self.pages.total and self.pages.total - 1
      self:draw_footer()
      self:look()
      return true
    end
  end
  return false
end

--- Shows another state of a row.
function View:mark(id, state)
  for _, row in ipairs(self.rows) do
    if row.id == id then
      row.state = state
      self.layout:widen(columns.cells(self.kind.columns, row))
      return self:draw_all()
    end
  end
end

--- A row that was just made. It is shown if this list has all others, and is known to end with it.
function View:append(row)
  local account, region = self.params.nats_account_id, self.params.region or self.pages.region
  if account and account ~= row.nats_account_id or region and region ~= row.region or self.pages.state ~= "done" then
    return
  end
  local is_last = (self.params.order_by or "created_at_asc") == "created_at_asc"
  -- What project a row is of, it does not say.
  if not is_last or self.pages.has_project then
    self.is_outdated = true
    return self:draw_footer()
  end
  self.pages.total = self.pages.total and self.pages.total + 1
  self:add({ row })
end

function View:draw_all()
  local views = {}
  for _, window in ipairs(vim.fn.win_findbuf(self.buffer)) do
    views[window] = vim.api.nvim_win_call(window, vim.fn.winsaveview)
  end
  local lines = { self.kind.title, self.layout:line(self.layout.headings) }
  for _, row in ipairs(self.rows) do
    lines[#lines + 1] = self.layout:line(columns.cells(self.kind.columns, row))
  end
  lines[#lines + 1] = self:footer()
  scratch.set_lines(self.buffer, 0, -1, lines)
  for window, view in pairs(views) do
    vim.api.nvim_win_call(window, function()
      vim.fn.winrestview(view)
    end)
  end
  self:colour()
end

function View:draw_footer()
  scratch.set_lines(self.buffer, ABOVE + #self.rows, -1, { self:footer() })
  self:colour()
end

function View:colour()
  local function mark(line, group)
    vim.api.nvim_buf_set_extmark(self.buffer, marks, line, 0, { end_row = line + 1, hl_group = group, hl_eol = true, strict = false })
  end
  vim.api.nvim_buf_clear_namespace(self.buffer, marks, 0, -1)
  mark(0, "NatsCredsKeys")
  mark(1, "NatsCredsHeading")
  for index, row in ipairs(self.rows) do
    if row.state == "revoking" then
      mark(ABOVE + index - 1, "NatsCredsRevoking")
    end
  end
  mark(ABOVE + #self.rows, "NatsCredsFooter")
end

function View:footer()
  local pages, noun = self.pages, #self.rows == 1 and self.pages.state == "done" and self.kind.noun:sub(1, -2) or self.kind.noun
  local count = text.number(#self.rows)
  local of_total = ("%s of %s %s"):format(count, pages.total and text.number(pages.total) or "?", noun)
  if pages.state == "running" then
    return of_total .. " · fetching… <C-c> cancels"
  elseif pages.state == "stopped" then
    return of_total .. " · stopped: " .. failure.text(pages.failure) .. " · > goes on"
  elseif pages.state == "done" then
    local changed = pages.is_incomplete and " · some may be missing: the list changed meanwhile, R reads it anew"
      or self.is_outdated and " · one was made since, R reads the list anew"
    return ("%s %s"):format(count, noun) .. (changed or "")
  end
  return of_total .. " · scroll down for more"
end

function View:tell_state()
  if not self:is_open() then
    return
  end
  self:draw_footer()
  if self.pages.state == "stopped" and self.pages.failure.kind ~= "cancelled" then
    notice.error(("%s: %s"):format(self.kind.method, failure.text(self.pages.failure)))
  end
  -- A window of rows may be shorter than the screen.
  self:look()
end

--- Asks for more if a window comes within its own height of the last row.
function View:look()
  if not self:is_open() or self.pages.state ~= "ready" then
    return
  end
  for _, window in ipairs(vim.fn.win_findbuf(self.buffer)) do
    if vim.fn.line("w$", window) + vim.api.nvim_win_get_height(window) >= ABOVE + #self.rows then
      return self.pages:fetch()
    end
  end
end

return View
