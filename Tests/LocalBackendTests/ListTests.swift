import Credentials
import JSON
import LocalBackend
import Testing

/// Lists and streams against a plain model: sort everything, filter, cut.
@Suite struct ListTests {
  private struct Model {
    let id: String
    let name: String
    let account: String
    let project: String
    let clock: Int64
    let createdAt: Int64
  }

  private let state: TemporaryState
  private let backend: LocalBackend
  private var accounts: [Account] = []
  private var rows: [Model] = []
  private let projects = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"]

  init() async throws {
    state = try TemporaryState()
    let clock = SetClock(1_700_000_000_000_000)
    backend = state.backend(now: clock.now)
    for index in 0..<3 {
      accounts.append(try await backend.createAccount(AccountDraft(name: "a\(index)", projectID: ProjectID(projects[index % 2]))))
    }
    let names = ["b", "a", "é", "\u{1F600}", "Z", "b", "e\u{301}", "aa"]
    for index in 0..<41 {
      // Some in the very same microsecond, some earlier than those before.
      let time = 1_700_000_000_000_000 + Int64(index * 7 % 11) * 1_000_000
      clock.set(time)
      let account = accounts[index % 3]
      let issued = try await backend.createCredential(CredentialDraft(accountID: account.id, name: names[index % names.count]))
      // Of several made in one microsecond each says the next one.
      let createdAt = time + Int64(rows.count { $0.clock == time })
      #expect(try issued.credential.value["created_at"]?.string == UTCTime(microseconds: createdAt).text)
      rows.append(
        Model(
          id: issued.credential.id.text, name: names[index % names.count], account: account.id.text, project: projects[index % 3 % 2],
          clock: time, createdAt: createdAt))
    }
  }

  private func expected(_ query: CredentialsQuery) -> [String] {
    let kept = rows.filter { row in
      query.accountID.map { $0.text == row.account } ?? true && query.projectID.map { $0.text == row.project } ?? true
    }
    let bytes = { (row: Model) in Array(row.name.utf8) + [0] + Array(row.id.utf8) }
    let ascending =
      switch query.order {
      case .nameAscending, .nameDescending: kept.sorted { bytes($0).lexicographicallyPrecedes(bytes($1)) }
      default: kept.sorted { $0.createdAt < $1.createdAt }
      }
    return (query.order.rawValue.hasSuffix("desc") ? ascending.reversed() : ascending).map(\.id)
  }

  private var queries: [CredentialsQuery] {
    ListOrder.allCases.flatMap { order in
      [nil, projects[0], projects[1]].flatMap { project in
        ([nil] + accounts.map(\.id)).map { account in
          CredentialsQuery(projectID: project.flatMap { ProjectID($0) }, accountID: account, order: order)
        }
      }
    }
  }

  @Test func pagesAreTheModels() async throws {
    for query in queries {
      let model = expected(query)
      for size in [1, 7, 100] {
        var seen: [String] = []
        for page in 1...(model.count / size + 2) {
          let answer = try await backend.listCredentials(query, page: page, size: size)
          // In place, byte for byte the same.
          let inPlace = try #require(backend.shortReads?.listCredentials(query, page: page, size: size))
          #expect(inPlace.rows.pieces == answer.rows.pieces && inPlace.totalCount == answer.totalCount && inPlace.isLast == answer.isLast)
          #expect(answer.totalCount == model.count)
          seen += try answer.rows.ids
          #expect(answer.rows.count == max(0, min(size, model.count - (page - 1) * size)))
        }
        #expect(seen == model)
      }
    }
  }

  @Test func streamsAreTheModels() async throws {
    for query in queries {
      let model = expected(query)
      for size in [1, 7, 100] {
        var seen: [String] = []
        var position: StreamPosition?
        while true {
          // As a cursor does it: only the text survives.
          let page = try await backend.nextCredentials(query, size: size, after: position.map { StreamPosition(text: $0.text) })
          seen += try page.rows.ids
          #expect(page.totalCount == model.count)
          position = page.next
          if page.isLast { break }
        }
        #expect(seen == model)
      }
    }
  }

  @Test func aStreamNeverShiftsWhileRowsComeIn() async throws {
    var seen: [String] = []
    var position: StreamPosition?
    while true {
      let page = try await backend.nextCredentials(CredentialsQuery(order: .nameAscending), size: 5, after: position)
      seen += try page.rows.ids
      position = page.next
      _ = try await backend.createCredential(CredentialDraft(accountID: accounts[0].id, name: "A before everything"))
      if page.isLast { break }
    }
    #expect(seen == expected(CredentialsQuery(order: .nameAscending)))
  }

  @Test(arguments: ["", ".", "x", "12", "12.", "-5.x", "1.2.3", "zz.11111111-1111-4111-8111-111111111111", "-zz.id", "-0g.id"])
  func foreignPlacesAreRefused(_ text: String) async throws {
    for order in [ListOrder.createdAtAscending, .nameAscending] {
      if order == .createdAtAscending, text == "-5.x" { continue }
      let error = await failure { () throws(CredentialsError) in
        try await backend.nextCredentials(CredentialsQuery(order: order), size: 5, after: StreamPosition(text: text))
      }
      #expect(error?.kind == .invalidParams && error?.message.contains("cursor") == true)
    }
  }

  @Test func accountsAreListedToo() async throws {
    for order in ListOrder.allCases {
      let all = try await backend.listAccounts(AccountsQuery(order: order), page: 1, size: 100)
      #expect(all.totalCount == 3 && all.rows.count == 3)
      let inPlace = try #require(backend.shortReads?.listAccounts(AccountsQuery(order: order), page: 1, size: 100))
      #expect(inPlace.rows.pieces == all.rows.pieces && inPlace.totalCount == 3 && inPlace.isLast)
      var seen: [String] = []
      var position: StreamPosition?
      repeat {
        let page = try await backend.nextAccounts(AccountsQuery(order: order), size: 1, after: position)
        seen += try page.rows.ids
        position = page.isLast ? nil : page.next
      } while position != nil
      #expect(try seen == all.rows.ids)
    }
    let ofProject = try await backend.listAccounts(AccountsQuery(projectID: ProjectID(projects[1])), page: 1, size: 100)
    #expect(try ofProject.rows.names == ["a1"] && ofProject.totalCount == 1)
  }
}
