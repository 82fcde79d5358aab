import Credentials
import Foundation
import Testing

@testable import LocalBackend

/// Holds every statement of the target to the way SQLite is meant to find its rows: no table is walked, nothing is sorted, and of several
/// indexes it is the right one that is used. What no test runs is held all the same: statements are read from the sources.
@Suite struct PlanTests {
  private let state: TemporaryState
  private let database: Database
  /// Of version 3, whose tables are read as they are until the first change.
  private let older: Database

  init() throws {
    state = try TemporaryState()
    database = try Database(path: state.path + "/plans.db", writable: true)
    older = try Database(path: state.path + "/older.db", writable: true)
    for database in [database, older] { try database.execute(Schema.version1) }
    try OpenStore.migrate(database, from: 1)
    try older.execute(Schema.version2)
    try older.execute(Schema.version3)
  }

  /// What the sources put into their statements.
  private static let values = [
    #"\(CredentialRow.columns)"#: [CredentialRow.columns], #"\(CredentialRow.state)"#: [CredentialRow.state],
    #"\(AccountRow.columns)"#: [AccountRow.columns], #"\(Self.isNewest)"#: [OpenStore.isNewest],
    #"\(Self.mostAccounts)"#: ["500"], #"\(created)"#: ["number", "created_at"], #"\(committed)"#: ["", ", committed_at = ?2"],
    #"\(purging)"#: ["", "UNION ALL SELECT 1 FROM closed_accounts WHERE is_purging = 1"],
    #"\(table)"#: ["signing_keys", "revocations", "acknowledgements", "pending_pushes", "written_claims"],
  ]

  /// How a statement is carried out, where it is otherwise than by the primary key.
  private static let meant: [String: [String]] = [
    "SELECT id FROM credentials WHERE account_id = ? AND name = ? AND state = 'active' LIMIT 100": ["credentials_of_account_by_name"],
    "SELECT user_key FROM credentials WHERE account_id = ? AND state = 'revoking' AND revoking_iat > 0 LIMIT 512": ["credentials_revoking"],
    "DELETE FROM credentials WHERE account_id = ? AND state = 'revoking' AND revoking_iat <= ?": ["credentials_revoking"],
    "DELETE FROM credentials WHERE id IN ( SELECT id FROM credentials WHERE account_id = ? AND state = 'revoking' AND revoking_iat > 0 AND "
      + "revoking_iat <= ? LIMIT 16)": ["credentials_revoking"],
    "DELETE FROM credentials WHERE id IN (SELECT id FROM credentials WHERE account_id = ? ORDER BY number LIMIT ?)": [
      "credentials_of_account_by_creation"
    ],
    "DELETE FROM credentials WHERE id IN (SELECT id FROM credentials WHERE account_id = ? ORDER BY created_at LIMIT ?)": [
      "credentials_of_account_by_creation"
    ],
    "SELECT max(number) FROM credentials WHERE account_id = ?": ["credentials_of_account_by_creation"],
    "SELECT max(created_at) FROM credentials WHERE account_id = ?": ["credentials_of_account_by_creation"],
    // Any sixteen of them.
    "SELECT user_key FROM credentials WHERE account_id = ? LIMIT 16": ["credentials_of_account_by_creation"],
    "DELETE FROM revocations WHERE signing_key = ?": ["revocations_of_key"],
    "SELECT 1 FROM accounts WHERE is_unwritten = 1 LIMIT 1": ["accounts_unwritten"],
    "SELECT id, claims_iat FROM accounts WHERE is_unwritten = 1": ["accounts_unwritten"],
    "SELECT id FROM closed_accounts WHERE is_purging = 1 ORDER BY id LIMIT 1000": ["closed_accounts_purging"],
    "SELECT id FROM credentials WHERE user_key = ? AND +account_id = ?": ["credentials_by_user_key"],
    "INSERT INTO revocations VALUES (?1, ?2, coalesce((SELECT signing_key FROM credentials WHERE user_key = ?2 AND +account_id = ?1), ''), ?3) "
      + "ON CONFLICT DO UPDATE SET revoked_at = max(revoked_at, excluded.revoked_at)": ["credentials_by_user_key"],
    "SELECT count(*) FROM revocations WHERE signing_key = '' AND account_id = ?": ["revocations_of_key"],
    "INSERT INTO written_claims SELECT id, coalesce(?2, claims_iat), (SELECT coalesce(max(generation), 0) FROM signing_keys WHERE account_id = ?1), "
      + "coalesce(committed_at, created_at) FROM accounts WHERE id = ?1 ON CONFLICT DO NOTHING": [generations],
    "UPDATE written_claims SET generation = (SELECT coalesce(max(generation), 0) FROM signing_keys WHERE account_id = ?1) "
      + "WHERE account_id = ?1 AND claims_iat = ?2": [generations],
    "UPDATE accounts SET unknown_until = ?2, unknown_since = min(coalesce(unknown_since, ?2), coalesce(?3, ?2), max( created_at, "
      + "coalesce(committed_at, 0), coalesce((SELECT max(number) FROM credentials WHERE account_id = ?1), 0))) WHERE id = ?1": [
        "credentials_of_account_by_creation"
      ],
    "UPDATE accounts SET unknown_until = ?2, unknown_since = min(coalesce(unknown_since, ?2), coalesce(?3, ?2), max( created_at, "
      + "coalesce(committed_at, 0), coalesce((SELECT max(created_at) FROM credentials WHERE account_id = ?1), 0))) WHERE id = ?1": [
        "credentials_of_account_by_creation"
      ],
    "SELECT public_key FROM signing_keys WHERE account_id = ?": [generations],
    "SELECT public_key, generation FROM signing_keys WHERE account_id = ?": [generations],
    "SELECT public_key FROM signing_keys WHERE account_id = ? AND seed <> ''": [generations],
    "SELECT count(*) FROM credentials WHERE account_id = ? AND state = 'revoking' AND revoking_iat = ?": ["credentials_revoking"],
    "DELETE FROM signing_keys WHERE account_id = ?": [generations],
    "SELECT seed, issued, generation FROM signing_keys WHERE account_id = ? ORDER BY generation DESC LIMIT 1": [generations],
    "SELECT seed FROM signing_keys WHERE account_id = ? AND seed <> '' ORDER BY generation DESC LIMIT 1": [generations],
    "INSERT INTO signing_keys (public_key, account_id, generation, seed, issued, alive) SELECT ?, ?, coalesce(max(generation), 0) + 1, '', ?, 1 "
      + "FROM signing_keys WHERE account_id = ?": [generations],
  ]
  /// All credentials of an account, or any of them: in an older store there is an index by name that is read instead.
  private static let otherwiseInOlder = known.filter {
    $0.value == ["credentials_of_account_by_creation"] && !$0.key.contains("created_at") && !$0.key.contains("number")
  }.keys
  private static let known = meant.merging(exceptions) { first, _ in first }
  private static let generations = "sqlite_autoindex_signing_keys_2"

  /// Statements that walk or sort a table, each with why that may be.
  private static let exceptions: [String: [String]] = [
    // A handful of tables.
    "SELECT count(*) FROM sqlite_schema": ["walk of sqlite_master"],
    // Stops at the second account that is not being deleted.
    "SELECT id FROM accounts WHERE closing_iat IS NULL LIMIT 2": ["walk of accounts"],
    // Stops at the first row.
    "SELECT 1 FROM pending_pushes UNION ALL SELECT 1 FROM unheard  LIMIT 1": ["walk of pending_pushes", "walk of unheard"],
    "SELECT 1 FROM pending_pushes UNION ALL SELECT 1 FROM unheard UNION ALL SELECT 1 FROM closed_accounts WHERE is_purging = 1 LIMIT 1": [
      "walk of pending_pushes", "walk of unheard", "closed_accounts_purging",
    ],
    // Work to do, of which all is told: as long as the list of accounts with a deletion that some server has not heard of.
    "SELECT account_id FROM pending_pushes ORDER BY since LIMIT 1000": ["walk of pending_pushes", "USE TEMP B-TREE FOR ORDER BY"],
    "SELECT account_id FROM unheard u WHERE \(OpenStore.isNewest) LIMIT 1000": ["walk of u"],
    "SELECT count(*) FROM pending_pushes": ["walk of pending_pushes"],
    "SELECT a.server_name FROM pending_pushes p CROSS JOIN acknowledgements a ON a.account_id = p.account_id WHERE a.claims_iat < p.claims_iat":
      [
        "walk of p"
      ],
    // Every file of resolver/ is looked at: by doctor, and once beside the first request that is served.
    "SELECT id FROM accounts ORDER BY id": ["walk of accounts"],
    "SELECT id, token FROM closed_accounts WHERE token <> ''": ["walk of closed_accounts"],
    "SELECT id, claims_iat FROM accounts a WHERE NOT EXISTS (SELECT 1 FROM pending_pushes p WHERE p.account_id = a.id) ORDER BY id LIMIT 500":
      [
        "walk of a"
      ],
    // As many as there are servers.
    "SELECT clock_difference FROM servers WHERE clock_difference IS NOT NULL ORDER BY abs(clock_difference) DESC LIMIT 1": [
      "walk of servers", "USE TEMP B-TREE FOR ORDER BY",
    ],
    "SELECT id, replaced_at FROM former_server_ids WHERE replaced_at > ?": ["walk of former_server_ids"],
    "DELETE FROM former_server_ids WHERE replaced_at <= ?": ["walk of former_server_ids"],
    // All credentials of an account may have to go, or are looked at because the store was an older copy.
    "SELECT signing_key FROM credentials WHERE account_id = ? AND state = 'active'": ["credentials_of_account_by_creation"],
    "UPDATE credentials SET state = 'revoking', revoking_iat = ? WHERE account_id = ? AND state = 'active' AND iat <= ?": [
      "credentials_of_account_by_creation"
    ],
    "UPDATE credentials AS c SET state = 'revoking', revoking_iat = ?2 WHERE account_id = ?1 AND state = 'active' AND ( EXISTS (SELECT 1 FROM "
      + "revocations r WHERE r.account_id = ?1 AND r.user_key IN (c.user_key, '*') AND r.revoked_at >= c.iat) OR NOT EXISTS (SELECT 1 FROM "
      + "signing_keys k WHERE k.public_key = c.signing_key))": ["credentials_of_account_by_creation"],
    // On a thread and a connection of its own. Needs a partial index.
    "SELECT min(unknown_since) FROM accounts WHERE unknown_since IS NOT NULL HAVING count(*) > 0": ["walk of accounts"],
    // By doctor alone, beside a check that reads the whole file.
    "SELECT id, unknown_since, unknown_until FROM accounts WHERE unknown_since IS NOT NULL ORDER BY id LIMIT 20": ["walk of accounts"],
    "SELECT max(committed_at) FROM accounts": ["walk of accounts"],
    "SELECT max(claims_iat) FROM accounts": ["walk of accounts"],
    "DELETE FROM acknowledgements WHERE server_name = ?": ["walk of acknowledgements"],
    // On a thread and a connection of its own. Needs a counter.
    "SELECT count(*) FROM revocations GROUP BY account_id ORDER BY 1 DESC LIMIT 1": [
      "walk of revocations", "USE TEMP B-TREE FOR ORDER BY",
    ],
  ]

  /// What the plan of a statement uses besides primary keys: indexes by name, tables that are walked, sorting.
  private func uses(_ sql: String, in database: Database) throws -> [String] {
    var uses: [String] = []
    try database.run("EXPLAIN QUERY PLAN \(sql)") { row in
      let step = row.text(3)
      // What is a primary key in every other table.
      if step.hasSuffix("INDEX credentials_by_id (id=?)") { return }
      if let index = step.firstMatch(of: #/ USING (?:COVERING )?INDEX (\S+)/#) {
        uses.append(String(index.1))
      } else if step.hasPrefix("USE TEMP") || step.contains("AUTOMATIC") {
        uses.append(step)
      } else if let walk = step.firstMatch(of: /^(?:SCAN|SEARCH) (\S+)/), !step.contains(#/\ USING (?:INTEGER )?PRIMARY KEY \(/#) {
        // Of the state there is one row, and of a pragma that is asked as a table. `SEARCH` without a condition is the whole table too.
        if walk.1 != "state", walk.1 != "CONSTANT", !walk.1.hasPrefix("pragma_") { uses.append("walk of \(walk.1)") }
      }
    }
    return uses
  }

  @Test func everyStatementFindsItsRows() throws {
    let statements = try SourceStatement.all().flatMap { statement in
      statement.filled(Self.values).map { (statement.file, $0) }
    }
    let known = Self.known
    for (file, sql) in statements {
      #expect(!sql.contains(#"\("#), "\(file) puts something into its statement that this test does not know: \(sql)")
      let isOfOlder = sql.contains("max(created_at) FROM credentials") || sql.contains("ORDER BY created_at LIMIT")
      #expect(try uses(sql, in: isOfOlder ? older : database) == known[sql] ?? [], "\(file): \(sql)")
      // Before its first change an older store is read, and where that has no room deletions are made in it, by the same statements.
      if sql.contains("number") { continue }
      let expected = Self.otherwiseInOlder.contains(sql) ? ["credentials_of_account_by_name"] : known[sql] ?? []
      #expect(try uses(sql, in: older) == expected, "\(file), in version 3: \(sql)")
    }
    // What stands here and nowhere else would excuse a statement of another day.
    for sql in known.keys { #expect(statements.contains { $0.1 == sql }, "no such statement: \(sql)") }
  }

  /// So that none is built in a way that the test above does not see.
  @Test func everyStatementIsALiteral() throws {
    let elsewhere = [
      "query.sql", "Schema.version1", "Schema.version2", "Schema.version3", "Schema.version4", "Schema.version4Indexes",
      "Schema.numbering", "Schema.unnumbered", "Self.modes",
    ]
    var count = 0
    for (name, text) in try SourceStatement.sources() where name != "Database.swift" {
      for call in text.matches(of: /(?:database|Database)\.(?:run|first|runUnsynced|execute)\(\s*([^,)\s]+)/) {
        count += 1
        #expect(call.1.hasPrefix("\"") || elsewhere.contains(String(call.1)), "\(name): \(call.0)")
      }
      #expect(name == "ListSQL.swift" || !text.contains(/"\s*\+\s*"(?:FROM|WHERE)/), "\(name) puts a statement together")
    }
    #expect(count > 50)
  }

  @Test func everyListIsReadFromTheIndexOfItsOrder() throws {
    let account = try #require(AccountID("AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C"))
    let project = try #require(ProjectID("11111111-1111-4111-8111-111111111111"))
    for order in ListOrder.allCases {
      let key = order.rawValue.split(separator: "_")[0]
      for (filter, query) in [
        ("", CredentialsQuery(order: order)), ("of_account_", CredentialsQuery(accountID: account, order: order)),
        ("of_project_", CredentialsQuery(projectID: project, order: order)),
        ("of_account_", CredentialsQuery(projectID: project, accountID: account, order: order)),
      ] {
        // A credential's update is its creation. Without a filter these are the table itself, in its order.
        let index = "credentials_\(filter)by_\(key == "name" ? "name" : "creation")"
        let isTable = index == "credentials_by_creation"
        try hold(
          ListSQL(query, in: 4), to: [isTable ? "walk of credentials" : index], then: isTable ? [] : [index], sorting: key == "name",
          in: database)
        try hold(ListSQL(query, in: 3), to: [index], sorting: true, in: older)
      }
      for (filter, query) in [("", AccountsQuery(order: order)), ("of_project_", AccountsQuery(projectID: project, order: order))] {
        let index = "accounts_\(filter)by_\(key == "name" ? "name" : key == "updated" ? "update" : "creation")"
        try hold(ListSQL(query), to: [index], sorting: true, in: database)
      }
    }
    // A page with one inside, what comes after a place, and the total: another would have to be held here too.
    let statements = try SourceStatement.sources().filter { $0.name == "ListSQL.swift" }.flatMap { $0.text.matches(of: #/SELECT\s/#) }
    #expect(statements.count == 4)
  }

  /// `sorting`: the rows of one page, a hundred at most, are put in order once they are fetched.
  private func hold(_ list: ListSQL, to index: [String], then rest: [String]? = nil, sorting: Bool, in database: Database) throws {
    for page in [1, 3, 9] {
      #expect(try uses(list.page(page, size: 100, of: 900).sql, in: database) == index + (sorting ? ["USE TEMP B-TREE FOR ORDER BY"] : []))
    }
    #expect(try uses(list.after(nil, limit: 100).sql, in: database) == index)
    let place = KeyPosition(value: list.keyIsText ? .text("n") : .int(1), id: "x", isNumber: list.isByNumber)
    #expect(try uses(list.after(place, limit: 100).sql, in: database) == rest ?? index)
    // From a place of an older version, going down, all that came later is walked through.
    let older = KeyPosition(value: place.value, id: "x")
    #expect([rest ?? index, index].contains(try uses(list.after(older, limit: 100).sql, in: database)))
    #expect(try uses(list.total.sql, in: database) == [])
  }

  /// Deleting a row looks for those that refer to it, and no plan tells how.
  @Test func everyReferenceHasAnIndex() throws {
    var tables: [String] = []
    try database.run("SELECT name FROM sqlite_schema WHERE type = 'table'") { tables.append($0.text(0)) }
    var references: [(table: String, column: String)] = []
    for table in tables {
      try database.run("PRAGMA foreign_key_list(\(table))") { references.append((table, $0.text(3))) }
    }
    #expect(references.count >= 4)
    for (table, column) in references {
      let uses = try uses("SELECT 1 FROM \(table) WHERE \(column) = ?", in: database)
      #expect(!uses.contains { $0.hasPrefix("walk") }, "\(table).\(column)")
    }
  }
}
