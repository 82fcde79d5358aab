--- What a configuration calls: `require("natscreds").setup{…}`. Without it everything works with the defaults.
local M = {}

--- Sets options; those left out get their defaults. Help: |natscreds-options|.
--- @param options table|nil program, args, region, project_id, folder: strings (args: a list of them); page_size: 1…100 rows;
---   max_pages: pages of a window; timeout_ms: milliseconds, 1…600000
--- An unknown option or a wrong value is an error that names it. A bridge that runs ends when it has answered what it was asked.
function M.setup(options)
  require("natscreds.config").set(options or {})
  require("natscreds.bridge").retire()
end

return M
