import Credentials

/// The paths of the API below its region. Ids went through their types, so that nothing can leave its place in a path.
enum Endpoint {
  case credentials
  case credential(CredentialID)
  case accounts
  case account(AccountID)

  func path(in region: Region) -> String {
    let root = "/mnq/v1beta1/regions/\(region.name)/"
    return switch self {
    case .credentials: root + "nats-credentials"
    case .credential(let id): root + "nats-credentials/\(id.text)"
    case .accounts: root + "nats-accounts"
    case .account(let id): root + "nats-accounts/\(id.text)"
    }
  }
}
