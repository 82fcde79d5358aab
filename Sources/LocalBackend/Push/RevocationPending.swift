import Credentials
import JSON

extension CredentialsError {
  /// Deleted and recorded; some server has not heard of it, and goes on being told.
  static func revocationPending(_ report: PushReport, _ resource: String, _ id: String) -> CredentialsError {
    let told = report.silent.map { "\($0.server): \($0.message)" }.joined(separator: "; ")
    return CredentialsError(
      .revocationPending, "deleted and recorded, but not yet enforced everywhere; pushing continues in the background (\(told))",
      outcome: .done,
      details: [
        JSONMember("servers", .array(report.silent.map { .string($0.server) })),
        JSONMember("reason", .string((report.silent.first?.reason ?? .silent).rawValue)), JSONMember("resource", .string(resource)),
        JSONMember("resource_id", .string(id)), JSONMember("retry_after_ms", 1_000),
      ])
  }
}
