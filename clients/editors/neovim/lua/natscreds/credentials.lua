--- `:NatsCreds list`.
local columns = require("natscreds.columns")
local keys = require("natscreds.keys")
local View = require("natscreds.view")

local M = {}

local kind = {
  noun = "credentials",
  title = "NATS credentials · D delete  R refresh  Y yank id  > more  <C-c> cancel  q close  g? help",
  method = "credentials.stream",
  member = "nats_credentials",
  columns = columns.credentials,
  keys = vim.list_extend({
    { "D", "delete the credential under the cursor", function()
      require("natscreds.delete").at_cursor()
    end },
  }, keys.shared("credentials")),
}

function M.open(params, mods)
  View.open(kind, params, mods)
end

return M
