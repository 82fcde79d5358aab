--- The groups that the lists are coloured with. Each is a default link, which a colour scheme, or `:highlight` before or after, replaces.
local M = {}

M.links = {
  NatsCredsKeys = "Comment",
  NatsCredsHeading = "Title",
  NatsCredsRevoking = "WarningMsg",
  NatsCredsFooter = "Comment",
}

function M.define()
  for group, target in pairs(M.links) do
    vim.api.nvim_set_hl(0, group, { link = target, default = true })
  end
end

return M
