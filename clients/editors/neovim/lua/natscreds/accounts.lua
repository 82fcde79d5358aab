--- `:NatsCreds accounts`.
local columns = require("natscreds.columns")
local keys = require("natscreds.keys")
local View = require("natscreds.view")

local M = {}

local kind = {
  noun = "accounts",
  title = "NATS accounts · <CR> its credentials  R refresh  Y yank id  > more  <C-c> cancel  q close  g? help",
  method = "accounts.stream",
  member = "nats_accounts",
  columns = columns.accounts,
  keys = vim.list_extend({
    { "<CR>", "list the credentials of the account under the cursor", function()
      local row = View.row_at_cursor("accounts")
      if row then
        require("natscreds.credentials").open({ nats_account_id = row.id, region = row.region }, "")
      end
    end },
  }, keys.shared("accounts")),
}

function M.open(params, mods)
  View.open(kind, params, mods)
end

return M
