package import JSON
package import JSONRPC

/// The list of methods: the dispatch table, the schemas, the documents and the command line all begin here.
package enum AllMethods {
  package static func methods(in context: BridgeContext) -> [Method] {
    [
      Method(ListCredentials.self, in: context),
      Method(StreamCredentials.self, in: context),
      Method(CreateCredential.self, in: context),
      Method(GetCredential.self, in: context),
      Method(DeleteCredential.self, in: context),
      Method(RevokeCredentials.self, in: context),
      Method(ListAccounts.self, in: context),
      Method(StreamAccounts.self, in: context),
      Method(CreateAccount.self, in: context),
      Method(GetAccount.self, in: context),
      Method(UpdateAccount.self, in: context),
      Method(DeleteAccount.self, in: context),
      Method(Ping.self, in: context),
      Method(Info.self, in: context),
      Method(Discover.self, in: context),
    ]
  }

  package static func table(in context: BridgeContext) -> MethodTable { MethodTable(methods(in: context)) }

  /// The OpenRPC document of these methods.
  package static func document(of methods: [Method]) -> JSONValue {
    OpenRPC.document(
      of: methods, title: BridgeVersion.program, version: BridgeVersion.text,
      description: "NATS credentials over newline-delimited JSON-RPC 2.0 on stdin and stdout.")
  }
}
