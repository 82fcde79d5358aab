import Credentials

/// The paths of the API below its region. Ids went through their types, so that nothing can leave its place in a path.
enum Endpoint {
  case credentials
  case credential(CredentialID)
  case accounts
  case account(AccountID)

  /// What they all begin with.
  static func root(of region: Region) -> String { "/mnq/v1beta1/regions/\(region.name)/" }

  /// Behind the root.
  var path: String {
    switch self {
    case .credentials: "nats-credentials"
    case .credential(let id): "nats-credentials/" + id.text
    case .accounts: "nats-accounts"
    case .account(let id): "nats-accounts/" + id.text
    }
  }
}
