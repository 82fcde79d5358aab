import Credentials
package import JSON
package import JSONRPC

package enum CreateCredential: RoutedMethod {
  package typealias Context = BridgeContext
  package static let name = "credentials.create"
  package static let summary = "Creates a credential. Its secret is in this response only, or in the file of save_to or nats_context."
  package static let effect = Effect.mutation
  package struct Params: FieldList {
    let account = Field<AccountID>.accountID("If omitted, on local: the only account; if there is none, default is created.").optional
    let name = Field<String>.text("name", "Its name; generated if omitted.", scalars: 1...500).optional
    let saveTo = Field<String>.text(
      "save_to",
      "Write the .creds text to this file (0600) instead of the response. A relative path begins at the bridge's working directory.",
      scalars: 1...4096
    ).optional
    let overwrite = Field<Bool>.flag("overwrite", "Let save_to and nats_context replace regular files that the user owns.")
      .defaulting(to: false, written: false)
    let context = Field<String>.contextName.optional
    let ifExists = Field<CredentialDraft.IfExists>.choice(
      "if_exists",
      "If the account has a credential of this name: allow creates another, fail refuses (already_exists), replace deletes the old one once "
        + "the new file is safe (several: conflict). fail and replace need name; replace needs save_to or nats_context. On Scaleway's regions "
        + "this is a check, not a lock: it is not atomic."
    ).defaulting(to: .allow, written: "allow")
  }
  package static let params = Fields(Params())
  package static let result = Schemas.issuedCredential
  package static let errors: [ErrorKind] = [.saveFailed] + ErrorKind.backendKinds
  package static let examples = [
    Example(
      "A credential in a file", params: ["region": "local", "name": "app", "save_to": "app.creds"],
      result: [
        "id": "11111111-1111-4111-8111-111111111111", "name": "app",
        "nats_account_id": "AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C", "region": "local",
        "created_at": "2026-11-24T16:00:00.000000Z", "updated_at": "2026-11-24T16:00:00.000000Z",
        "checksum": "5b41756df64e04bdd5de25e28b8843cb2ad03570", "state": "active",
        "credentials": nil,
        "saved": [
          "path": "/home/me/app.creds", "mode": "0600", "bytes": 1073, "checksum": "5b41756df64e04bdd5de25e28b8843cb2ad03570",
        ], "pushed": true,
      ])
  ]

  /// Not where it looks at what others have made, and not where it writes files: two may name the same one.
  package static func joining(_ params: ParamValues<Params>) -> Joining {
    params.ifExists == .allow && params.saveTo == nil && params.context == nil ? .always : .never
  }

  package static func call(_ params: ParamValues<Params>, _ request: RoutedRequest<BridgeContext>) async throws(RPCError) -> Reply {
    let ifExists = params.ifExists
    let isSaved = params.saveTo != nil || params.context != nil
    if ifExists != .allow, params.name == nil { throw refusal("name", "is missing; if_exists needs it", "a text") }
    if ifExists == .replace, !isSaved { throw refusal("if_exists", "replace needs save_to or nats_context", "allow or fail") }
    if params.overwrite, !isSaved { throw refusal("overwrite", "needs save_to or nats_context", "save_to") }
    let draft = CredentialDraft(
      accountID: params.account, name: params.name ?? GeneratedName.make(), nameIsGenerated: params.name == nil, ifExists: ifExists,
      needsEndpoint: params.context != nil)
    var targets: SaveTargets?
    if isSaved {
      do {
        targets = try await request.context.files.check(saveTo: params.saveTo, context: params.context, overwrite: params.overwrite)
      } catch { throw error.rpcError(outcome: .none) }
    }
    let issued = try await request.onBackend { backend throws(CredentialsError) in try await backend.createCredential(draft) }
    let delivery = Delivery(issued: issued, ifExists: ifExists, request: request)
    guard let targets else { return delivery.inTheAnswer() }
    return try await delivery.saved(to: targets)
  }

  private static func refusal(_ name: String, _ reason: String, _ expected: String) -> RPCError {
    RPCError(ParamsProblem(fields: [FieldProblem(name: name, reason: reason, expected: expected)]))
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
