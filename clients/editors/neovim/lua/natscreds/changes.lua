--- What a response says was changed, told to all whom it concerns: the open lists, and autocommands for the event |User|. It comes here whoever
--- asked for it, a command or a function of the Lua API, and also when it was given up long ago.
local notice = require("natscreds.notice")
local View = require("natscreds.view")

local M = {}

-- The deletions that some server has not acknowledged yet, by id.
local pending = {}

-- Each member by its name, so that what a response holds besides comes into no event.
local function tell(event, data)
  -- For Vimscript, and for Neovim 0.7, whose events have no data.
  vim.g.natscreds_event = data
  local options = { pattern = event, modeline = false }
  if vim.fn.has("nvim-0.8") == 1 then
    options.data = data
  end
  local is_well, problem = pcall(vim.api.nvim_exec_autocmds, "User", options)
  vim.g.natscreds_event = nil
  if not is_well then
    notice.error(("an autocommand for %s failed: %s"):format(event, tostring(problem)))
  end
end

local function each_list(use)
  for _, view in ipairs(View.each("credentials")) do
    use(view)
  end
end

-- That it did not exist is news only of one that was shown, or waited for its servers.
local function tell_deleted(id, name, region, is_news)
  is_news = is_news or pending[id]
  pending[id] = nil
  each_list(function(view)
    is_news = view:remove(id) or is_news
  end)
  if is_news then
    tell("NatsCredsDeleted", { id = id, name = name, region = region })
  end
end

local function tell_pending(id, name, region, data)
  pending[id] = true
  each_list(function(view)
    view:mark(id, "revoking")
  end)
  local servers = type(data.servers) == "table" and data.servers or {}
  tell("NatsCredsRevocationPending", { id = id, name = name, region = region, servers = servers, reason = data.reason })
end

local function created(made)
  each_list(function(view)
    view:append(made)
  end)
  local path = type(made.saved) == "table" and made.saved.path or nil
  tell("NatsCredsCreated", {
    id = made.id,
    name = made.name,
    nats_account_id = made.nats_account_id,
    region = made.region,
    created_at = made.created_at,
    path = path,
    pushed = made.pushed,
  })
  -- Of `if_exists = "replace"`: the credential whose place it takes.
  local left = made.not_deleted or {}
  for _, id in ipairs(made.replaced or {}) do
    if not vim.tbl_contains(left, id) then
      tell_deleted(id, made.name, made.region, true)
    end
  end
  for _, id in ipairs(left) do
    tell_pending(id, made.name, made.region, {})
  end
end

--- @param request table method and params as they were sent; name: of the credential that a deletion is about, if that is known
--- @param problem table|nil failure
--- @param result table|nil
function M.follow(request, problem, result)
  local params = request.params
  local id = params.nats_credentials_id
  if problem and problem.outcome == "unknown" then
    tell("NatsCredsOutcomeUnknown", { method = request.method, id = id, name = request.name or params.name, kind = problem.kind })
  elseif request.method == "credentials.create" and result then
    created(result)
  elseif request.method == "credentials.delete" and problem and problem.kind == "revocation_pending" then
    tell_pending(id, request.name, problem.data.region or params.region, problem.data)
  elseif request.method == "credentials.delete" and result then
    tell_deleted(id, request.name, result.region, result.deleted)
  end
end

--- @param reason string why it can be asked nothing more
function M.bridge_ended(reason)
  tell("NatsCredsBridgeEnded", { reason = reason })
end

return M
