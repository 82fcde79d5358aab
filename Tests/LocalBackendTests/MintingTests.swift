import Foundation
import Credentials
import JSON
import LocalBackend
import NATSAuth
import Testing

@Suite struct MintingTests {
  private let state: TemporaryState

  init() throws { state = try TemporaryState() }

  @Test func aCredentialIsSignedDownToTheOperator() async throws {
    let backend = state.backend()
    let issued = try await backend.createCredential(CredentialDraft(accountID: nil, name: "app"))
    let blocks = try #require(CredsText.read(issued.content.revealed))
    let user = try claims(blocks.token)
    let accountID = try #require(user["nats"]?["issuer_account"]?.string)
    let accountToken = try state.file("resolver/\(accountID).jwt")
    let account = try claims(accountToken)
    let operatorToken = try state.file("operator.jwt")
    let operatorClaims = try claims(operatorToken)
    let identity = try #require(PublicKey(operatorClaims["iss"]?.string ?? ""))
    let signer = try #require(PublicKey(account["iss"]?.string ?? ""))
    let userSigner = try #require(PublicKey(user["iss"]?.string ?? ""))
    #expect(try isToken(operatorToken, signedBy: identity))
    #expect(operatorClaims["nats"]?["signing_keys"]?.array == [.string(signer.text)])
    #expect(try isToken(accountToken, signedBy: signer))
    #expect(account["nats"]?["signing_keys"]?.array == [.string(userSigner.text)])
    #expect(try isToken(blocks.token, signedBy: userSigner))
    #expect(try KeyPair(seed: blocks.seed)?.publicKey.text == user["sub"]?.string)
    #expect(issued.checksum == (try credsChecksum(issued.content.revealed)))
    #expect(issued.checksum == (try await backend.getCredential(issued.credential.id).value)["checksum"]?.string)
    for limit in ["subs", "data", "payload", "conn", "leaf", "mem_storage", "disk_storage", "streams", "consumer"] {
      #expect(account["nats"]?["limits"]?[limit]?.int == -1, "\(limit)")
    }
    for limit in ["subs", "data", "payload"] { #expect(user["nats"]?[limit]?.int == -1, "\(limit)") }
  }

  @Test func neitherSeedNorTextIsStored() async throws {
    let issued = try await state.backend().createCredential(CredentialDraft(accountID: nil, name: "app"))
    let blocks = try #require(CredsText.read(issued.content.revealed))
    for name in ["store.db", "store.db-wal", "nats-server.conf", "operator.jwt"] {
      let bytes = try? Data(contentsOf: URL(filePath: state.path + "/" + name))
      for secret in [blocks.seed, blocks.token] { #expect(bytes?.range(of: Data(secret.utf8)) == nil, "in \(name)") }
    }
    #expect(!"\(issued)".contains(blocks.seed))
  }

  @Test func aSigningKeyServesFiveHundred() async throws {
    let clock = SetClock(1_800_000_000_000_000)
    let backend = state.backend(now: clock.now)
    var signers: [String: Int] = [:]
    var account = ""
    for number in 0..<502 {
      // The clock goes back in between: the claims must not.
      if number == 499 { clock.set(1_700_000_000_000_000) }
      let issued = try await backend.createCredential(CredentialDraft(accountID: nil, name: "c\(number)"))
      let blocks = try #require(CredsText.read(issued.content.revealed))
      let user = try claims(blocks.token)
      signers[try #require(user["iss"]?.string), default: 0] += 1
      account = try #require(user["nats"]?["issuer_account"]?.string)
    }
    #expect(signers.values.sorted() == [2, 500])
    let claims = try claims(state.file("resolver/\(account).jwt"))
    #expect(Set(claims["nats"]?["signing_keys"]?.array?.compactMap(\.string) ?? []) == Set(signers.keys))
    #expect(claims["iat"]?.int == 1_800_000_001)
  }

  @Test func theAccountIsTheOnlyOneOrNamed() async throws {
    let backend = state.backend()
    let first = try await backend.createAccount(AccountDraft(name: "one"))
    _ = try await backend.createCredential(CredentialDraft(accountID: nil, name: "a"))
    let second = try await backend.createAccount(AccountDraft(name: "two"))
    let error = await failure { () throws(CredentialsError) in
      try await backend.createCredential(CredentialDraft(accountID: nil, name: "b"))
    }
    #expect(error?.kind == .invalidParams && error?.message.contains("nats_account_id") == true)
    let issued = try await backend.createCredential(CredentialDraft(accountID: second.id, name: "b"))
    #expect(try issued.credential.value["nats_account_id"]?.string == second.id.text)
    #expect(try first.value["endpoint"]?.string == "nats://127.0.0.1:4222")
    let stranger = try #require(AccountID("AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C"))
    let missing = await failure { () throws(CredentialsError) in
      try await backend.createCredential(CredentialDraft(accountID: stranger, name: "b"))
    }
    #expect(missing?.kind == .notFound)
  }

  @Test func aNameMayBeRequiredToBeNew() async throws {
    let backend = state.backend()
    let first = try await backend.createCredential(CredentialDraft(accountID: nil, name: "app", ifExists: .fail))
    let error = await failure { () throws(CredentialsError) in
      try await backend.createCredential(CredentialDraft(accountID: nil, name: "app", ifExists: .fail))
    }
    #expect(error?.kind == .alreadyExists && error?.outcome == CredentialsError.Outcome.none)
    #expect(error?.details.first { $0.name == "candidates" }?.value == [.string(first.credential.id.text)])
    // NFC and NFD are two names.
    _ = try await backend.createCredential(CredentialDraft(accountID: nil, name: "\u{E9}", ifExists: .fail))
    _ = try await backend.createCredential(CredentialDraft(accountID: nil, name: "e\u{301}", ifExists: .fail))
    #expect(try await backend.listCredentials(CredentialsQuery(), page: 1, size: 100).totalCount == 3)
  }

  @Test func anotherURLChangesNothingAndListenChangesTheConfigurationAndEndpoints() async throws {
    let account = try await state.backend().createAccount(AccountDraft(name: "one"))
    let before = try state.file("nats-server.conf")
    let elsewhere = try await state.backend(url: "nats://localhost:5222").getAccount(account.id)
    #expect(try elsewhere.value["endpoint"]?.string == "nats://127.0.0.1:4222")
    #expect(try state.file("nats-server.conf") == before)
    let moved = try await state.backend(listen: "localhost:5222").getAccount(account.id)
    #expect(try moved.value["endpoint"]?.string == "nats://localhost:5222")
    #expect(try state.file("nats-server.conf").contains("listen: \"localhost:5222\""))
    for url in ["tls://x", "nats://u:p@x", "nats://a,b", "nats://", "nats://x:0", "nats://x:99999", "nats://x y", "nats://x\"\n"] {
      let error = await failure { () throws(CredentialsError) in try await state.backend(url: url).getAccount(account.id) }
      #expect(error?.kind == .notConfigured, "\(url)")
    }
  }
}
