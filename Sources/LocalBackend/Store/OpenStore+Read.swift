import Credentials

extension OpenStore {
  func credential(_ id: CredentialID) throws(StoreProblem) -> Credential? { try rows.credential(id) { $0.credential } }

  func account(_ id: String) throws(StoreProblem) -> Account? { try rows.account(id) { $0.account(at: self.endpoint) } }

  func isClosing(_ account: String) throws(StoreProblem) -> Bool { try rows.isClosing(account) }
}
