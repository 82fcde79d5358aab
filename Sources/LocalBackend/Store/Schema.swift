/// The tables, and the version they have. A store of an older version is read as it is, and migrated by the first change of it.
enum Schema {
  /// "NCB1": tells our file from another program's.
  static let applicationID: Int64 = 0x4E43_4231
  static let version: Int64 = 4

  /// How many credentials one signing key serves before the account gets another.
  static let credentialsPerKey: Int64 = 500

  /// So many revocations fit an account's claims safely (a token may have 1 MiB, one revocation takes 93 bytes of it).
  static let warnedRevocations: Int64 = 8_000
  static let mostRevocations: Int64 = 10_000
  /// Of keys that no credential in the store has: room is left for those that it has.
  static let mostUnlistedRevocations: Int64 = 2_000

  /// The tables of version 1. A new store begins with these, and is migrated at once: there is one way to every version.
  static let version1 = """
    -- What the whole state folder has once. Times are microseconds since 1970, `iat`s are Unix seconds.
    CREATE TABLE state (
      only INTEGER PRIMARY KEY CHECK (only = 1), server_name TEXT NOT NULL,
      operator_seed TEXT NOT NULL, operator_signing_seed TEXT NOT NULL, operator_iat INTEGER NOT NULL,
      system_seed TEXT NOT NULL, system_signing_seed TEXT NOT NULL, system_iat INTEGER NOT NULL) STRICT;

    CREATE TABLE accounts (
      id TEXT PRIMARY KEY, name TEXT NOT NULL, project_id TEXT NOT NULL, seed TEXT NOT NULL,
      created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
      -- Of the newest committed claims; grows strictly, whatever the clock does.
      claims_iat INTEGER NOT NULL,
      -- Committed claims whose file in resolver/ may be older.
      is_unwritten INTEGER NOT NULL DEFAULT 1,
      -- The claims that close it, once it is being deleted; every server must have heard of them before the row goes.
      closing_iat INTEGER) STRICT, WITHOUT ROWID;
    CREATE INDEX accounts_by_creation ON accounts (created_at, id);
    CREATE INDEX accounts_by_update ON accounts (updated_at, id);
    CREATE INDEX accounts_by_name ON accounts (name, id);
    CREATE INDEX accounts_of_project_by_creation ON accounts (project_id, created_at, id);
    CREATE INDEX accounts_of_project_by_update ON accounts (project_id, updated_at, id);
    CREATE INDEX accounts_of_project_by_name ON accounts (project_id, name, id);
    CREATE INDEX accounts_unwritten ON accounts (is_unwritten) WHERE is_unwritten = 1;

    -- Generations of signing keys: a key and the revocations of its users leave the claims together when none of them is alive. A key that
    -- was found in newer claims than this store's own has an empty seed: it stays in the claims and signs nothing here.
    CREATE TABLE signing_keys (
      public_key TEXT PRIMARY KEY, account_id TEXT NOT NULL REFERENCES accounts (id), generation INTEGER NOT NULL, seed TEXT NOT NULL,
      issued INTEGER NOT NULL DEFAULT 0, alive INTEGER NOT NULL DEFAULT 0, UNIQUE (account_id, generation)) STRICT, WITHOUT ROWID;

    CREATE TABLE credentials (
      id TEXT PRIMARY KEY, account_id TEXT NOT NULL REFERENCES accounts (id), project_id TEXT NOT NULL, name TEXT NOT NULL,
      user_key TEXT NOT NULL, signing_key TEXT NOT NULL, iat INTEGER NOT NULL,
      created_at INTEGER NOT NULL, checksum TEXT NOT NULL,
      state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'revoking')),
      -- Of the claims that revoke it, while some server has not heard of them.
      revoking_iat INTEGER) STRICT, WITHOUT ROWID;
    CREATE INDEX credentials_revoking ON credentials (account_id, revoking_iat) WHERE state = 'revoking';
    CREATE INDEX credentials_by_creation ON credentials (created_at, id);
    CREATE INDEX credentials_by_name ON credentials (name, id);
    CREATE INDEX credentials_of_account_by_creation ON credentials (account_id, created_at, id);
    CREATE INDEX credentials_of_account_by_name ON credentials (account_id, name, id);
    CREATE INDEX credentials_of_project_by_creation ON credentials (project_id, created_at, id);
    CREATE INDEX credentials_of_project_by_name ON credentials (project_id, name, id);

    CREATE TABLE revocations (
      account_id TEXT NOT NULL REFERENCES accounts (id), user_key TEXT NOT NULL, signing_key TEXT NOT NULL, revoked_at INTEGER NOT NULL,
      PRIMARY KEY (account_id, user_key)) STRICT, WITHOUT ROWID;
    CREATE INDEX revocations_of_key ON revocations (signing_key);

    -- Claims that running servers have not been told of, and which servers have acknowledged which.
    CREATE TABLE pending_pushes (
      account_id TEXT PRIMARY KEY REFERENCES accounts (id), claims_iat INTEGER NOT NULL, since INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    -- Claims that revoke something, told to nobody because nobody listened. A server that is down reads them from resolver/ at its start; one
    -- that was just starting had read the older ones, so they are told once more when somebody listens. The account itself may be gone.
    CREATE TABLE unheard (account_id TEXT PRIMARY KEY, claims_iat INTEGER NOT NULL, token TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE acknowledgements (
      account_id TEXT NOT NULL, server_name TEXT NOT NULL, claims_iat INTEGER NOT NULL,
      PRIMARY KEY (account_id, server_name)) STRICT, WITHOUT ROWID;

    -- How many rows a list has, so that a page need not count them: of `credentials` and `accounts`, by account, by project, and all ('').
    CREATE TABLE counts (
      list TEXT NOT NULL, scope TEXT NOT NULL, rows INTEGER NOT NULL, PRIMARY KEY (list, scope)) STRICT, WITHOUT ROWID;
    """
  /// What version 2 adds to version 1: where servers were heard, claims of closed accounts, and what an older store does not know.
  static let version2 = """
    -- The store's version that wrote the row. A bridge of version 1 that still runs says nothing here, so it errs and its change is undone.
    ALTER TABLE credentials ADD COLUMN version INTEGER;
    CREATE TRIGGER credentials_of_an_older_version BEFORE INSERT ON credentials WHEN new.version IS NULL
    BEGIN SELECT RAISE(ABORT, 'a newer version of this program has taken over the store; restart this one'); END;
    -- Set before the row goes: a bridge of version 1 decides by less than this one when a push is done, and must not take the row away. It
    -- cannot add one either, because it gives three values.
    ALTER TABLE pending_pushes ADD COLUMN is_done INTEGER;
    CREATE TRIGGER pending_pushes_of_an_older_version BEFORE DELETE ON pending_pushes WHEN old.is_done IS NULL
    BEGIN SELECT RAISE(ABORT, 'a newer version of this program has taken over the store; restart this one'); END;
    -- Never set, for the same: where newer claims are pending it takes that row for another's, and must not take away what it deems deleted.
    ALTER TABLE counts ADD COLUMN version INTEGER;

    -- A credential that is known by its key alone: revoked by it, or by claims that another copy of the store wrote.
    CREATE INDEX credentials_by_user_key ON credentials (user_key);

    -- When the newest claims were committed, by this machine's clock; `claims_iat` may have counted ahead of it.
    ALTER TABLE accounts ADD COLUMN committed_at INTEGER;
    -- An older copy of the store was put back: what was made between these two is unknown here and still works.
    ALTER TABLE accounts ADD COLUMN unknown_since INTEGER;
    ALTER TABLE accounts ADD COLUMN unknown_until INTEGER;

    -- nats-servers that once acknowledged claims, by `server_name`, or by address where none is configured.
    CREATE TABLE servers (
      name TEXT PRIMARY KEY, id TEXT NOT NULL,
      -- When it was first heard under this id.
      since INTEGER NOT NULL,
      -- Whether a live ports file of this state folder named the address at which it was heard last.
      is_local INTEGER NOT NULL,
      -- How far its clock is ahead of this machine's, in milliseconds.
      clock_difference INTEGER) STRICT, WITHOUT ROWID;
    CREATE TABLE server_addresses (
      server_name TEXT NOT NULL REFERENCES servers (name) ON DELETE CASCADE, address TEXT NOT NULL,
      PRIMARY KEY (server_name, address)) STRICT, WITHOUT ROWID;
    -- Ids that a server had before a restart. Its neighbours go on counting them for minutes.
    CREATE TABLE former_server_ids (
      id TEXT PRIMARY KEY, server_name TEXT NOT NULL REFERENCES servers (name) ON DELETE CASCADE,
      replaced_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE INDEX former_ids_of_server ON former_server_ids (server_name);

    -- Accounts that are deleted. Their last claims let nobody in and must stay in resolver/; `is_purging` while their streams are to go.
    CREATE TABLE closed_accounts (
      id TEXT PRIMARY KEY, claims_iat INTEGER NOT NULL, token TEXT NOT NULL, is_purging INTEGER NOT NULL,
      is_purged INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
    CREATE INDEX closed_accounts_purging ON closed_accounts (id) WHERE is_purging = 1;
    """

  /// What version 3 adds to version 2: which claims this copy of the store has written.
  static let version3 = """
    -- Claims that were committed and may stand on a server, back to the newest that every server has acknowledged. A server with newer claims than
    -- the first of these, and none of these, has them from another copy of the store. `generation` is that of the newest signing key then.
    CREATE TABLE written_claims (
      account_id TEXT NOT NULL, claims_iat INTEGER NOT NULL, generation INTEGER NOT NULL, committed_at INTEGER NOT NULL,
      PRIMARY KEY (account_id, claims_iat)) STRICT, WITHOUT ROWID;
    """

  /// What version 4 changes of version 3: credentials are kept in the order of their creation. It begins with this; then every row of
  /// `unnumbered` is copied by `numbering`; and it ends with `version4Indexes`, which are built faster over all rows than row by row.
  static let version4 = """
    DROP INDEX credentials_revoking;
    DROP INDEX credentials_by_name;
    DROP INDEX credentials_of_account_by_creation;
    DROP INDEX credentials_of_account_by_name;
    DROP INDEX credentials_of_project_by_creation;
    DROP INDEX credentials_of_project_by_name;
    DROP INDEX credentials_by_user_key;
    DROP TRIGGER credentials_of_an_older_version;
    ALTER TABLE credentials RENAME TO older_credentials;
    CREATE TABLE credentials (
      -- The place in the order of creation: `created_at`. Of an older version's several of one microsecond it is the next ones that are free.
      number INTEGER PRIMARY KEY,
      -- What a list needs comes first: what stands before a column is passed over to find it.
      id TEXT NOT NULL, account_id TEXT NOT NULL REFERENCES accounts (id), name TEXT NOT NULL, created_at INTEGER NOT NULL,
      checksum TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'revoking')),
      project_id TEXT NOT NULL, user_key TEXT NOT NULL, signing_key TEXT NOT NULL, iat INTEGER NOT NULL,
      -- Of the claims that revoke it, while some server has not heard of them.
      revoking_iat INTEGER,
      -- The store's version that wrote the row.
      version INTEGER) STRICT;
    """

  /// The credentials of an older version, in the order of their creation.
  static let unnumbered = "SELECT id, created_at FROM older_credentials ORDER BY created_at, id"
  static let numbering = """
    INSERT INTO credentials SELECT ?, id, account_id, name, created_at, checksum, state, project_id, user_key, signing_key, iat, revoking_iat, version
    FROM older_credentials WHERE id = ?
    """

  static let version4Indexes = """
    DROP TABLE older_credentials;
    CREATE UNIQUE INDEX credentials_by_id ON credentials (id);
    CREATE INDEX credentials_revoking ON credentials (account_id, revoking_iat) WHERE state = 'revoking';
    CREATE INDEX credentials_by_name ON credentials (name, id);
    CREATE INDEX credentials_by_user_key ON credentials (user_key);
    -- Each ends with the number, without being told.
    CREATE INDEX credentials_of_account_by_creation ON credentials (account_id);
    CREATE INDEX credentials_of_account_by_name ON credentials (account_id, name, id);
    CREATE INDEX credentials_of_project_by_creation ON credentials (project_id);
    CREATE INDEX credentials_of_project_by_name ON credentials (project_id, name, id);
    -- As of version 2: a bridge of version 1 that still runs says nothing of it, so it errs and its change is undone.
    CREATE TRIGGER credentials_of_an_older_version BEFORE INSERT ON credentials WHEN new.version IS NULL
    BEGIN SELECT RAISE(ABORT, 'a newer version of this program has taken over the store; restart this one'); END;
    """
}
