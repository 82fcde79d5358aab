--- What a configuration calls: `require("natscreds").setup{…}`. Without it everything works with the defaults.
local M = { version = "0.1.0" }

--- Sets options; those left out get their defaults. Help: |natscreds-options|.
--- @param options table|nil program, args, region, project_id, folder: strings (args: a list of them); page_size: 1…100 rows;
---   max_pages: pages of a window; timeout_ms: milliseconds, 1…600000
--- An unknown option or a wrong value is an error that names it. A bridge that runs ends when it has answered what it was asked.
function M.setup(options)
  require("natscreds.config").set(options or {})
  require("natscreds.bridge").retire()
end

-- Each of the following sends one request, or for a list as many as it has windows, and returns at once: a handle, whose `cancel()` asks to cancel
-- it. The callback is called once, later, on the main loop, so that it may call everything: with a failure {kind, message, outcome, data}, or nil
-- and the result. Params are those of the program's methods. Help: |natscreds-lua|.
-- Loaded at the first call: whoever only sets options does not need the rest.
local function api(name)
  return function(...)
    return require("natscreds.api")[name](...)
  end
end

--- list(params|nil, callback, on_rows|nil): every credential, however many there are. With `on_rows` they go there, some at a time, and the result
--- is their number.
M.list = api("list")

--- accounts(params|nil, callback, on_rows|nil): every account, as above.
M.accounts = api("accounts")

--- create(params, callback): a new credential, saved in `save_to`, a file or a folder, or as `:NatsCreds create` saves it.
M.create = api("create")

--- get(params, callback): the credential `nats_credentials_id`.
M.get = api("get")

--- delete(params, callback): deletes the credential `nats_credentials_id`, without a question.
M.delete = api("delete")

--- call(method, params|nil, callback): any other method of the program's, such as accounts.create.
M.call = api("call")

--- cancel(): asks to cancel everything that is running, also what commands have begun.
--- @return number of requests
function M.cancel()
  return require("natscreds.bridge").cancel()
end

return M
