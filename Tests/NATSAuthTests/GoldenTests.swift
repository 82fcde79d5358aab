import Foundation
import NATSAuth
import Testing

@Suite struct GoldenTests {
  private let golden: Golden

  init() throws { golden = try Golden.load() }

  @Test func keysAreTheSame() throws {
    for vector in golden.nkeys {
      let raw = stride(from: 0, to: 64, by: 2).compactMap { UInt8(vector.rawSeedHex.dropFirst($0).prefix(2), radix: 16) }
      let kind = try #require(NKeyKind.allCases.first { "\($0)" == vector.kind })
      let pair = try KeyPair(kind, random: raw)
      #expect(pair.seed == vector.seed)
      #expect(pair.publicKey.text == vector.public)
      #expect(try KeyPair(seed: vector.seed)?.publicKey == PublicKey(vector.public))
    }
  }

  @Test func signaturesAreTheSame() throws {
    for vector in golden.nonceSignatures {
      let signature = try golden.key(vector.kind).sign(Array(vector.nonce.utf8))
      let text = Data(signature).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
      #expect(text == vector.sigBase64url)
    }
  }

  @Test func tokensAreTheSame() throws {
    let (operatorKey, accountKey, userKey) = (try golden.key("operator"), try golden.key("account"), try golden.key("user"))
    let system = try golden.subject("system_account")
    let iat: Int64 = 1_700_000_000
    #expect(
      try OperatorClaims(name: "golden-op", issuedAt: iat, signingKeys: [], systemAccount: system).token(signedBy: operatorKey)
        == golden.jwt["operator"])
    #expect(
      try AccountClaims(account: system, name: "SYS", issuedAt: iat, signingKeys: [], hasJetStream: false).token(signedBy: operatorKey)
        == golden.jwt["system_account"])
    let revocations = ["*": 1_600_000_000, userKey.publicKey.text: 1_699_999_999] as [String: Int64]
    #expect(
      try AccountClaims(
        account: accountKey.publicKey, name: "golden & <acc>", issuedAt: iat, signingKeys: [], revocations: revocations, hasJetStream: true
      ).token(signedBy: operatorKey) == golden.jwt["account"])
    let user = try UserClaims(user: userKey.publicKey, name: "golden-user", issuedAt: iat, issuerAccount: nil).token(signedBy: accountKey)
    #expect(user == golden.jwt["user"])
    #expect(CredsText.make(token: user, seed: userKey.seed) == golden.creds)
  }

  @Test func credsAreReadBack() throws {
    let seed = try golden.key("user").seed
    for text in [golden.creds, golden.creds.replacing("\n", with: "\r\n"), "junk\n" + golden.creds] {
      let blocks = try #require(CredsText.read(text))
      #expect(blocks.token == golden.jwt["user"] && blocks.seed == seed)
    }
    #expect(CredsText.read("") == nil)
    #expect(CredsText.read(String(golden.creds.prefix(700))) == nil)
  }

  @Test func onlyTheSignersKeyVerifies() throws {
    let token = try #require(golden.jwt["account"])
    let key = try golden.key("operator").publicKey
    #expect(try isToken(token, signedBy: key))
    #expect(try !isToken(token, signedBy: golden.key("account").publicKey))
    for place in stride(from: 50, to: token.utf8.count, by: 37) {
      var bytes = Array(token.utf8)
      bytes[place] = bytes[place] == 0x41 ? 0x42 : 0x41
      #expect(try !isToken(String(decoding: bytes, as: UTF8.self), signedBy: key), "byte \(place)")
    }
    for broken in ["", ".", "..", token + ".", String(token.dropLast()), token.replacing(".", with: "")] {
      #expect(try !isToken(broken, signedBy: key))
    }
  }
}
