--- The keys that both lists have. Capitals, so that moving, searching and yanking text stay as they are.
local bridge = require("natscreds.bridge")
local notice = require("natscreds.notice")
local View = require("natscreds.view")

local M = {}

function M.cancel()
  local count = bridge.cancel()
  notice.info(count == 0 and "nothing is running" or ("cancelling: %d"):format(count))
end

--- @param noun string whose rows' ids are yanked
--- @return table list of {keys, description, function (view)}
function M.shared(noun)
  return {
    { "R", "refresh", View.refresh },
    { "Y", "yank the id under the cursor", function()
      local row = View.row_at_cursor(noun)
      if not row then
        return notice.error("there is nothing under the cursor")
      end
      vim.fn.setreg(vim.v.register, row.id)
      notice.info("yanked " .. row.id)
    end },
    { ">", "fetch more, also after a failure", View.more },
    { "<C-c>", "cancel what is running", M.cancel },
    { "q", "close", function(view)
      vim.api.nvim_buf_delete(view.buffer, { force = true })
    end },
    { "g?", "help", function()
      if not pcall(vim.cmd, "help natscreds-keys") then
        notice.error("the help file has no tags yet: run :helptags ALL")
      end
    end },
  }
end

return M
