if vim.g.loaded_natscreds then
  return
end
vim.g.loaded_natscreds = true

if vim.fn.has("nvim-0.7") == 0 then
  vim.notify("natscreds: Neovim 0.7 or newer is needed", vim.log.levels.ERROR)
  return
end

vim.api.nvim_create_user_command("NatsCreds", function(call)
  require("natscreds.command").run(call.args, call.mods)
end, {
  nargs = "*",
  complete = function(lead, line, position)
    return require("natscreds.complete").complete(lead, line:sub(1, position))
  end,
  desc = "Credentials for NATS: list, create, delete, accounts, info, cancel",
})

local group = vim.api.nvim_create_augroup("natscreds_names", {})
vim.api.nvim_create_autocmd("BufReadCmd", {
  group = group,
  pattern = "natscreds://*",
  callback = function(event)
    require("natscreds.address").read(event.buf)
  end,
})
vim.api.nvim_create_autocmd("SessionLoadPost", {
  group = group,
  callback = function()
    require("natscreds.address").read_all()
  end,
})
