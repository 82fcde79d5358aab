--- The rows of a list, in windows of a few pages: the next one is asked for by `fetch`, so that memory and other calls never wait for rows
--- that nobody looks at.
local bridge = require("natscreds.bridge")
local config = require("natscreds.config")

local Pages = {}
Pages.__index = Pages

--- `state`: ready (a window may be asked for), running, stopped (by a failure: `failure` says why; fetch goes on where it stopped), done.
--- @param method string such as credentials.stream
--- @param member string of the parts, such as nats_credentials
--- @param params table filters and order
--- @param events table on_rows(rows), on_state()
function Pages.new(method, member, params, events)
  return setmetatable({ method = method, member = member, params = params, events = events, state = "ready" }, Pages)
end

function Pages:fetch()
  if self.state == "running" or self.state == "done" then
    return
  end
  local options = config.get()
  -- A cursor is of a region; the option may be another one by now.
  local params = { max_pages = options.max_pages, region = self.params.region or self.region, cursor = self.cursor }
  if not self.cursor then
    params = vim.tbl_extend("keep", params, self.params, { page_size = options.page_size, project_id = options.project_id })
    self.has_project = params.project_id ~= nil
  end
  self.state, self.failure = "running", nil
  self.request = bridge.call(self.method, params, function(problem, sums)
    self:finish(problem, sums)
  end, {
    on_part = function(part)
      self:take(part)
    end,
  })
  self.events.on_state()
end

function Pages:take(part)
  if self.is_dropped then
    return
  end
  self.total = tonumber(part.total_count) or self.total
  self.cursor = part.cursor or self.cursor
  local rows = type(part[self.member]) == "table" and part[self.member] or {}
  self.region = type(rows[1]) == "table" and rows[1].region or self.region
  self.events.on_rows(rows)
end

function Pages:finish(problem, sums)
  if self.is_dropped then
    return
  end
  self.request = nil
  if problem then
    self.state, self.failure = "stopped", problem
    -- The newest cursor stands in the error, too: of the last page that went out whole.
    self.cursor = problem.data.cursor or self.cursor
  else
    self.total = tonumber(sums.total_count) or self.total
    self.cursor, self.region = sums.cursor, sums.region or self.region
    self.state = sums.cursor and "ready" or "done"
    self.is_incomplete = self.state == "done" and sums.complete == false
  end
  self.events.on_state()
end

--- Nothing comes any more, and what is under way is cancelled.
function Pages:drop()
  self.is_dropped = true
  if self.request then
    self.request.cancel()
  end
end

return Pages
