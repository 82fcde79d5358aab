import Credentials
import JSON
import JSONRPC

/// Runs a deletion and answers it; what is not there is an error, or with `missing_ok` only not deleted. `resource` is the thing's own word:
/// that a credential's account is not found says nothing about the credential. `delete` returns what more the result says of a deletion.
func deletion(
  _ member: String, _ id: String, of resource: String, missingOK: Bool, _ request: RoutedRequest<BridgeContext>,
  _ delete: (any CredentialsBackend) async throws(CredentialsError) -> [JSONMember]
) async throws(RPCError) -> Reply {
  var isDeleted = true
  var more: [JSONMember] = []
  do throws(RPCError) {
    more = try await request.onBackend(delete)
  } catch {
    guard missingOK, error.isNotFound(resource) else { throw error }
    isDeleted = false
  }
  var writer = JSONWriter()
  writer.beginObject()
  writer.member(member, id)
  writer.member("deleted", JSONText(isDeleted))
  for member in more { writer.member(member.name, JSONText(member.value)) }
  writer.member("region", request.region.name)
  writer.endObject()
  return Reply(JSONText(validated: writer.bytes))
}

extension RPCError {
  func isNotFound(_ resource: String) -> Bool {
    kind == .notFound && details.contains(JSONMember("resource", .string(resource)))
  }
}
