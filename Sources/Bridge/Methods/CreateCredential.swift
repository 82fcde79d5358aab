package import Credentials
package import JSON
package import JSONRPC

package enum CreateCredential: RoutedMethod {
  package typealias Context = BridgeContext
  package typealias Parameters = (
    account: AccountID?, name: String?, saveTo: String?, overwrite: Bool, context: String?, ifExists: IfExists
  )
  package static let name = "credentials.create"
  package static let summary = "Makes a credential. Its secret is in this answer only, or in the file of save_to or nats_context."
  package static let effect = Effect.mutation
  package static let params = Fields(
    Field<AccountID>.accountID("Left out, on local: the only account; with none, default is made.").optional,
    Field<String>.text("name", "Its name; made up if left out.", scalars: 1...500).optional,
    Field<String>.text(
      "save_to", "Write the .creds text to this file (0600) instead of the answer. A relative path begins at the bridge's working folder.",
      scalars: 1...4096
    ).optional,
    Field<Bool>.flag("overwrite", "Let save_to and nats_context replace regular files of ours.").defaulting(to: false, written: false),
    Field<String>.contextName.optional,
    Field<IfExists>.choice(
      "if_exists", "allow, or fail with already_exists if the account has a credential of this name; needs name."
    ).defaulting(to: .allow, written: "allow"))
  package static let result = Schemas.issuedCredential
  package static let errors: [ErrorKind] =
    [.notFound, .alreadyExists, .quotaExceeded, .saveFailed, .unauthenticated, .permissionDenied] + ErrorKind.ofTheStore
  package static let examples: [Example] = []

  package static func call(
    _ params: (AccountID?, String?, String?, Bool, String?, IfExists), _ request: RoutedRequest<BridgeContext>
  ) async throws(RPCError) -> Reply {
    let (account, name, saveTo, overwrite, context, ifExists) = params
    if ifExists == .fail, name == nil {
      throw RPCError(ParamsProblem(fields: [FieldProblem(name: "name", reason: "is missing; if_exists needs it", expected: "a text")]))
    }
    let draft = CredentialDraft(
      accountID: account, name: name ?? MadeUpName.make(), nameIsGenerated: name == nil, mustBeNew: ifExists == .fail)
    let targets = try await saveTargets(saveTo, context, overwrite, request.context.files)
    let issued = try await request.onBackend { backend throws(CredentialsError) in try await backend.createCredential(draft) }
    guard let targets else { return inTheAnswer(issued) }
    return try await saved(issued, targets, request.context.files)
  }

  private static func saveTargets(
    _ saveTo: String?, _ context: String?, _ overwrite: Bool, _ files: Files
  ) async throws(RPCError) -> SaveTargets? {
    guard saveTo != nil || context != nil else {
      guard !overwrite else {
        throw RPCError(
          ParamsProblem(fields: [FieldProblem(name: "overwrite", reason: "needs save_to or nats_context", expected: "save_to")]))
      }
      return nil
    }
    do { return try await files.check(saveTo: saveTo, context: context, overwrite: overwrite) } catch {
      throw error.rpcError(outcome: .none)
    }
  }

  private static func inTheAnswer(_ issued: IssuedCredential) -> Reply {
    let credentials: JSONValue = ["name": .string(issued.fileName), "content": .string(issued.content.revealed)]
    let id = issued.credential.id.text
    return Reply(issued.credential.json(credentials: JSONText(credentials))) {
      "the answer with the secret of credential \(id) was not delivered; the credential exists and nobody holds it"
    }
  }

  private static func saved(_ issued: IssuedCredential, _ targets: SaveTargets, _ files: Files) async throws(RPCError) -> Reply {
    do {
      try await files.save(issued, to: targets)
    } catch {
      var failure = error.rpcError(outcome: .done)
      failure.details += [JSONMember("resource", "credentials"), JSONMember("resource_id", .string(issued.credential.id.text))]
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
    return Reply(issued.credential.json(credentials: .null, more: more))
  }
}

extension Field where Value == String {
  fileprivate static var contextName: Field {
    Field(
      "nats_context", "Also write a context of this name for the nats command line.",
      schema: ["type": "string", "pattern": "^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$"],
      expected: "1 to 100 letters, digits, dots, dashes and underscores that do not begin with a dot"
    ) { slice in
      guard let name = slice.string, (1...100).contains(name.utf8.count), name.first != "." else { return nil }
      let allowed = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-".utf8)
      return name.utf8.allSatisfy { allowed.contains($0) } ? name : nil
    }
  }
}
