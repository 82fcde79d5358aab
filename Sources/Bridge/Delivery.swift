import Credentials
import JSON
import JSONRPC

/// The way of a new secret to whoever asked for it. A credential whose secret reaches nobody is deleted again.
struct Delivery {
  let issued: IssuedCredential
  let ifExists: CredentialDraft.IfExists
  let request: RoutedRequest<BridgeContext>

  private var id: CredentialID { issued.credential.id }

  /// The secret in the response; if the response's line is not taken, undone.
  func inTheAnswer() -> Reply {
    let credentials: JSONValue = ["name": .string(issued.fileName), "content": .string(issued.content.revealed)]
    let told = "the response with the secret of credential \(id.text) was not delivered; "
    let late = told + "the time to delete the credential again was over before that was done; delete it"
    let undoing = Compensation(ifNoTime: late) { [self] in
      guard let problem = await undone() else { return told + "the credential was deleted again" }
      return told + "the credential could not be deleted again (\(problem.kind.name)); delete it"
    }
    return Reply(issued.credential.json(credentials: JSONText(credentials), more: pushed), compensation: undoing)
  }

  /// The secret in a file. If it cannot be written after all, undone; only once it is safe the credential it replaces is deleted.
  func saved(to targets: SaveTargets) async throws(RPCError) -> Reply {
    do {
      try await request.context.files.save(issued, to: targets)
    } catch {
      guard await undone() != nil else { throw error.rpcError(outcome: .none) }
      var failure = error.rpcError(outcome: .done)
      failure.details += [JSONMember("resource", "credentials"), JSONMember("resource_id", .string(id.text))]
      throw failure
    }
    let saved: JSONValue = [
      "path": .string(targets.creds.path), "mode": "0600", "bytes": .int(issued.content.revealed.utf8.count),
      "checksum": .string(issued.checksum),
    ]
    var more: [(name: String, value: JSONText)] = [("saved", JSONText(saved))]
    if let context = targets.context {
      more.append(("nats_context", JSONText(["name": .string(context.name), "path": .string(context.target.path)])))
    }
    return Reply(issued.credential.json(credentials: .null, more: more + pushed + (await replacement())))
  }

  private var pushed: [(name: String, value: JSONText)] { issued.pushed.map { [("pushed", JSONText($0))] } ?? [] }

  private func replacement() async -> [(name: String, value: JSONText)] {
    guard ifExists == .replace else { return [] }
    guard let old = issued.replaced else { return [("replaced", JSONText([]))] }
    do throws(RPCError) {
      try await request.onBackend { backend throws(CredentialsError) in try await backend.deleteCredential(old) }
    } catch {
      if !error.isNotFound("credentials") { return [("replaced", JSONText([])), ("not_deleted", JSONText([.string(old.text)]))] }
    }
    return [("replaced", JSONText([.string(old.text)]))]
  }

  /// Nil if the new credential is gone again.
  private func undone() async -> RPCError? {
    await request.sender.uncancelled { () -> RPCError? in
      do throws(RPCError) {
        try await request.onBackend { backend throws(CredentialsError) in try await backend.undoCreation(of: id) }
        return nil
      } catch { return error }
    }
  }
}
