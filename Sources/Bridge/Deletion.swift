import Credentials
import JSON
import JSONRPC

/// Runs a deletion and answers it; what is not there is an error, or with `missing_ok` only not deleted.
func deletion(
  _ member: String, _ id: String, missingOK: Bool, _ request: RoutedRequest<BridgeContext>,
  _ delete: (any CredentialsBackend) async throws(CredentialsError) -> Void
) async throws(RPCError) -> Reply {
  var isDeleted = true
  do throws(RPCError) {
    try await request.onBackend(delete)
  } catch {
    guard missingOK, error.kind == .notFound else { throw error }
    isDeleted = false
  }
  var writer = JSONWriter()
  writer.beginObject()
  writer.member(member, id)
  writer.member("deleted", JSONText(isDeleted))
  writer.endObject()
  return Reply(JSONText(validated: writer.bytes))
}
