import Credentials
import JSON

/// Makes one account.
struct AccountCreation {
  let service: Service
  let draft: AccountDraft
  /// Left out of the request if there is none: the service then decides.
  let project: ProjectID?

  func run() async throws(CredentialsError) -> Account {
    let began = service.clock.now()
    let projectMember = project.map { [JSONMember("project_id", .string($0.text))] } ?? []
    do throws(ServiceProblem) {
      let answer = try await service.send(.create(.accounts, .object([JSONMember("name", .string(draft.name))] + projectMember)))
      let account = try await service.read(answer, mayHaveActed: true) { [draft, project] reader throws(ResponseProblem) in
        try ListFilter(project: project).check(reader)
        let account = try reader.account()
        guard sameScalars(account.name, draft.name) else { throw ResponseProblem("the account has another name") }
        return account
      }
      service.recent.note(account.id, at: service.clock.now())
      return account
    } catch {
      guard error.mayHaveActed else { throw error.asChangeError }
      throw await lost(began).resolved(error)
    }
  }

  private func lost(_ began: Int) -> LostAnswer {
    LostAnswer(
      service: service, endpoint: .accounts, member: "nats_accounts", filter: ListFilter(project: project),
      name: draft.name, nameIsGenerated: draft.nameIsGenerated, began: began
    ) { [service] id in
      guard let id = AccountID(id) else { return false }
      return await service.undo(.account(id)) == nil
    }
  }
}
