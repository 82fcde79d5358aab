import Foundation
import NATSAuth
import Testing

/// Vectors made with independent implementations (Go's jwt and nkeys, PyPI's nkeys); compared byte by byte.
struct Golden: Decodable {
  struct Key: Decodable {
    let kind: String
    let rawSeedHex: String
    let seed: String
    let `public`: String

    enum CodingKeys: String, CodingKey {
      case kind, seed, `public`
      case rawSeedHex = "raw_seed_hex"
    }
  }

  struct Signature: Decodable {
    let kind: String
    let nonce: String
    let sigBase64url: String

    enum CodingKeys: String, CodingKey {
      case kind, nonce
      case sigBase64url = "sig_base64url"
    }
  }

  let nkeys: [Key]
  let nonceSignatures: [Signature]
  let jwt: [String: String]
  let creds: String

  enum CodingKeys: String, CodingKey {
    case nkeys, jwt, creds
    case nonceSignatures = "nonce_signatures"
  }

  static func load() throws -> Golden {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "golden-vectors.json")
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
  }

  func key(_ kind: String) throws -> KeyPair {
    let vector = try #require(nkeys.first { $0.kind == kind })
    return try #require(try KeyPair(seed: vector.seed))
  }

  func subject(_ token: String) throws -> PublicKey {
    let parts = try #require(jwt[token]).components(separatedBy: ".")
    let payload = parts[1].replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
    let padding = String(repeating: "=", count: (4 - payload.utf8.count % 4) % 4)
    let data = try #require(Data(base64Encoded: payload + padding))
    let claims = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let subject = try #require(claims["sub"] as? String)
    return try #require(PublicKey(subject))
  }
}
