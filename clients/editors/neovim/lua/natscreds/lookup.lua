--- Finds credentials. No backend searches by name, so a name is compared with every row, window after window.
local bridge = require("natscreds.bridge")
local failure = require("natscreds.failure")
local Pages = require("natscreds.pages")

local M = {}

--- @param callback function (failure|nil, list of one row)
function M.by_id(id, region, callback)
  bridge.call("credentials.get", { nats_credentials_id = id, region = region }, function(problem, row)
    callback(problem, row and { row })
  end)
end

--- @param callback function (failure|nil, list of all rows of exactly this name)
function M.by_name(name, region, callback)
  local found, pages = {}, nil
  pages = Pages.new("credentials.stream", "nats_credentials", { region = region }, {
    on_rows = function(rows)
      for _, row in ipairs(rows) do
        if row.name == name then
          found[#found + 1] = row
        end
      end
    end,
    on_state = function()
      if pages.state == "ready" then
        pages:fetch()
      elseif pages.state == "stopped" then
        callback(pages.failure)
      elseif pages.state == "done" and pages.is_incomplete and #found == 0 then
        callback(failure.new("incomplete", "the list changed while it was read; try again"))
      elseif pages.state == "done" then
        callback(nil, found)
      end
    end,
  })
  pages:fetch()
end

return M
