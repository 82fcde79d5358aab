import Credentials
import HTTP
import JSON

/// Every status but success: what it means, by the status and the `type` in the body.
extension ResponseReader {
  func problem(of call: Call) -> ServiceProblem {
    let isChange = call.isChange
    let body = errorBody
    let type = body?["type"]?.string
    switch response.status {
    case 300..<400: return bad("it is a redirect, and redirects are not followed; is api_url right?", isChange)
    case 400, 422:
      return body == nil ? bad("status \(response.status) without a reason", false) : final(.invalidParams, refusal, fields)
    case 401: return final(.unauthenticated, "the service does not know the key of \(keySource)" + reason, more(["reason"]))
    case 403 where type == "quotas_exceeded": return final(.quotaExceeded, says("a quota is reached"), more(["details"]))
    case 403: return failed(.notPermitted, .permissionDenied, says("the key of \(keySource) may not do this"), more(["details"]))
    case 404: return notFound(type, of: call)
    case 409 where type == "already_exists": return final(.alreadyExists, says("\(thing) exists already"), resource)
    case 409 where type == "transient_state":
      return failed(
        .passing(retryAfterMilliseconds: nil), .transientState, says("\(thing) is being changed"), resource + more(["current_state"]))
    case 409: return final(.conflict, says("the state of \(thing) does not allow this"), resource)
    case 410: return final(.resourceExpired, says("\(thing) has expired"), resource + more(["expired_since"]))
    case 412: return final(.preconditionFailed, says("a precondition does not hold"), more(["precondition"]))
    case 423: return failed(.passing(retryAfterMilliseconds: nil), .resourceLocked, says("\(thing) is locked"), resource)
    case 429: return rateLimited
    case 408, 500...599: return unavailable(isChange)
    default: return bad("status \(response.status)", isChange && response.status < 300)
    }
  }

  private func failed(
    _ cause: ServiceProblem.Cause, _ kind: CredentialsError.Kind, _ message: String, _ more: [JSONMember] = [], mayHaveActed: Bool = false
  ) -> ServiceProblem {
    ServiceProblem(cause, mayHaveActed: mayHaveActed, CredentialsError(kind, message, details: details + more))
  }

  private func final(_ kind: CredentialsError.Kind, _ message: String, _ more: [JSONMember]) -> ServiceProblem {
    failed(.final, kind, message, more)
  }

  func bad(_ what: String, _ mayHaveActed: Bool) -> ServiceProblem {
    abandonConnection()
    return ServiceProblem(.final, mayHaveActed: mayHaveActed, ResponseProblem(what).error(details))
  }

  private func unavailable(_ isChange: Bool) -> ServiceProblem {
    let cause: ServiceProblem.Cause = response.status == 501 ? .final : .passing(retryAfterMilliseconds: retryAfter)
    return failed(
      cause, .backendUnavailable, "the service is not available (status \(response.status))", retryMember, mayHaveActed: isChange)
  }

  private var rateLimited: ServiceProblem {
    failed(.passing(retryAfterMilliseconds: retryAfter), .rateLimited, "too many requests for the service", retryMember)
  }

  /// Only the API's own word that something is not there counts; a page of a gateway does not, least of all as a response to a deletion.
  private func notFound(_ type: String?, of call: Call) -> ServiceProblem {
    guard type == "not_found" || type == "unknown_resource" else {
      return bad("status 404 that is not the API's; is api_url right?", false)
    }
    let isAccount = errorBody?["resource"]?.string == "namespace"
    if let id = errorBody?["resource_id"]?.string, !call.canBeAbout(id, isAccount: isAccount) {
      return bad("status 404 is about something else", call.isChange)
    }
    return failed(isAccount ? .unknownAccount : .notFound, .notFound, "there is no such \(isAccount ? "account" : "thing")", resource)
  }

  private var retryAfter: Int? {
    let seconds = response.header("Retry-After").flatMap { Int($0) } ?? errorBody?["reset_seconds"]?.int
    guard let seconds, seconds >= 0 else { return nil }
    return min(seconds, RetryPolicy.longestNamed / 1000) * 1000
  }

  private var retryMember: [JSONMember] { retryAfter.flatMap { $0 > 0 ? [JSONMember("retry_after_ms", .int($0))] : nil } ?? [] }

  /// Our words, and then the service's own.
  private func says(_ words: String) -> String {
    let texts = ["message", "help_message"].compactMap { errorBody?[$0]?.string }.filter { !$0.isEmpty }
    return texts.isEmpty ? words : "\(words): \(cleaned(texts.joined(separator: "; ")))"
  }

  private func cleaned(_ text: String) -> String { ServiceText(text, without: key).text }

  /// What an error is about, as far as the service names it.
  private var thing: String {
    let known = resource.compactMap(\.value.string)
    return known.count == 2 ? known.joined(separator: " ") : "it"
  }

  private var refusal: String {
    let named = (fields.first?.value.array ?? []).map { field in
      let (name, help) = (field["name"]?.string ?? "", field["expected"]?.string ?? "")
      return (text: help.isEmpty ? "\(name) (\(field["reason"]?.string ?? ""))" : "\(name): \(help)", isHelpful: !help.isEmpty)
    }
    if named.isEmpty { return says("the service refuses a value") }
    let words = "the service refuses " + named.map(\.text).joined(separator: "; ")
    return cleaned(named.allSatisfy(\.isHelpful) ? words : says(words))
  }

  private var reason: String {
    switch errorBody?["reason"]?.string {
    case "expired": ": it has expired"
    case "invalid_argument": ": its form is wrong"
    default: ""
    }
  }

  private var resource: [JSONMember] {
    let word = errorBody?["resource"]?.string
    return (word.map { [JSONMember("resource", .string($0 == "namespace" ? "account" : cleaned($0)))] } ?? []) + more(["resource_id"])
  }

  /// Members of the body that go out as they are, as far as they are small and hold no secret.
  private func more(_ names: [String]) -> [JSONMember] {
    names.compactMap { name in
      guard let value = errorBody?[name] else { return nil }
      return ServiceText.cleaned(value, without: key).map { JSONMember(name, $0) }
    }
  }

  /// What the service refuses, parameter by parameter, in the bridge's own form.
  private var fields: [JSONMember] {
    let details = errorBody?["details"]?.array ?? []
    let fields = details.prefix(20).compactMap { detail -> JSONValue? in
      guard let name = detail["argument_name"]?.string else { return nil }
      let help = detail["help_message"]?.string ?? ""
      return [
        "name": .string(cleaned(name)), "reason": .string(cleaned(detail["reason"]?.string ?? "unknown")),
        "expected": .string(cleaned(help)),
      ]
    }
    return [JSONMember("fields", .array(fields)), JSONMember("source", "service")]
  }
}
