/// What can be set, by its name in the file.
enum ScalewayKey: String, CaseIterable {
  case secretKey = "secret_key"
  case accessKey = "access_key"
  case projectID = "default_project_id"
  case organizationID = "default_organization_id"
  case region = "default_region"
  case zone = "default_zone"
  case apiURL = "api_url"
  case isInsecure = "insecure"
  case userAgent = "user_agent"

  /// The variable that sets it.
  var variable: String { "SCW_" + rawValue.uppercased() }

  /// Variables of years ago that set it still, strongest first.
  var oldVariables: [String] {
    switch self {
    case .secretKey: ["SCW_TOKEN", "SCALEWAY_TOKEN", Self.oldKey]
    case .accessKey: [Self.oldKey]
    case .organizationID: ["SCW_ORGANIZATION", "SCALEWAY_ORGANIZATION"]
    case .region: ["SCW_REGION", "SCALEWAY_REGION"]
    case .isInsecure: [Self.verification]
    case .projectID, .zone, .apiURL, .userAgent: []
    }
  }

  /// Terraform once kept either key in this one. Go takes it for both at once; here its form says which it is.
  static let oldKey = "SCALEWAY_ACCESS_KEY"
  /// Says the opposite of `insecure`.
  static let verification = "SCW_TLSVERIFY"
}
