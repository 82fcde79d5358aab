import Dispatch
import Testing

@testable import HTTP

/// libcurl on its thread, against a real server on loopback.
@Suite struct HTTPClientTests {
  private let client = HTTPClient(HTTPSettings(bodyLimit: 100_000, headerLimit: 10_000))

  private func get(_ server: LoopbackServer, milliseconds: Int = 10_000) async -> Result<HTTPResponse, HTTPError> {
    await result(HTTPRequest(.get, server.url, timeoutMilliseconds: milliseconds))
  }

  private func result(_ request: HTTPRequest) async -> Result<HTTPResponse, HTTPError> {
    do throws(HTTPError) { return .success(try await client.send(request)) } catch { return .failure(error) }
  }

  private func failure(_ result: Result<HTTPResponse, HTTPError>) -> HTTPError? {
    if case .failure(let error) = result { error } else { nil }
  }

  @Test func aResponseIsGivenAsItCame() async throws {
    let server = try LoopbackServer { _ in ok("hello", "X-A: 1\r\nX-B:  two words \r\n", status: "404 Not Found") }
    let response = try await get(server).get()
    #expect(response.status == 404)
    #expect(response.header("x-b") == "two words")
    #expect(response.body == Array("hello".utf8))
  }

  @Test func aRequestIsSentAsItIs() async throws {
    let server = try LoopbackServer { _ in ok("") }
    let headers = [HTTPHeader("X-Key", "k"), HTTPHeader("Content-Type", "text/x")]
    for method in [HTTPRequest.Method.get, .post, .patch, .delete] {
      let body = method == .post || method == .patch ? Array("{\"a\":1}".utf8) : nil
      _ = try await client.send(HTTPRequest(method, server.url + "p?q=1", headers: headers, body: body, timeoutMilliseconds: 10_000))
    }
    for (request, method) in zip(server.requests, ["GET", "POST", "PATCH", "DELETE"]) {
      #expect(request.hasPrefix("\(method) /p?q=1 HTTP/1.1\r\n"))
      #expect(request.contains("\r\nX-Key: k\r\n"))
      #expect(request.hasSuffix(method == "POST" || method == "PATCH" ? "\r\n\r\n{\"a\":1}" : "\r\n\r\n"))
      #expect(request.matches(of: /Content-Type/).count == 1)
    }
    #expect(server.requests.count == 4)
  }

  @Test func interimResponsesAndTheirHeadersAreLeftOut() async throws {
    let server = try LoopbackServer { _ in "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n" + ok("x", "X-Late: 1\r\n") }
    let response = try await get(server).get()
    #expect(response.header("X-Early") == nil)
    #expect(response.header("X-Late") == "1")
  }

  @Test func redirectsAreNotFollowed() async throws {
    let server = try LoopbackServer { _ in ok("", "Location: /elsewhere\r\n", status: "302 Found") }
    #expect(try await get(server).get().status == 302)
    #expect(server.requests.count == 1)
  }

  @Test func whatIsTooLargeEnds() async throws {
    let body = try LoopbackServer { _ in ok(String(repeating: "x", count: 100_001)) }
    #expect(failure(await get(body))?.reason == .tooLarge)
    let header = try LoopbackServer { _ in ok("", "X: \(String(repeating: "x", count: 10_001))\r\n") }
    #expect(failure(await get(header))?.reason == .tooLarge)
    let fits = try LoopbackServer { _ in ok(String(repeating: "x", count: 100_000)) }
    #expect(try await get(fits).get().body.count == 100_000)
  }

  /// So large that libcurl reads the first answer to its end and no further.
  @Test func whatLiesUnreadInAKeptConnectionIsNobodysAnswer() async throws {
    let long = String(repeating: "x", count: 50_000)
    let server = try LoopbackServer { $0.contains("/first") ? ok(long) + ok("stale") : ok("right") }
    for _ in 0..<10 {
      let first = try await client.send(HTTPRequest(.get, server.url + "first", timeoutMilliseconds: 10_000))
      #expect(first.body.count == long.count)
      #expect(try await get(server).get().body == Array("right".utf8))
    }
  }

  @Test func aRefusalKeepsItsStatusHoweverLongItIs() async throws {
    let brief = HTTPClient(HTTPSettings(refusalLimit: 1_000))
    for status in ["503 Service Unavailable", "404 Not Found", "302 Found"] {
      let server = try LoopbackServer { _ in ok(String(repeating: "x", count: 1 << 20), status: status) }
      let response = try await brief.send(HTTPRequest(.get, server.url, timeoutMilliseconds: 10_000))
      #expect(response.status == Int(status.prefix(3)))
      #expect(response.body.count <= 1_000)
    }
  }

  @Test func aRefusalThatIsCutOffKeepsItsStatus() async throws {
    let server = try LoopbackServer { _ in "HTTP/1.1 401 Unauthorized\r\nContent-Length: 100\r\n\r\nhalf" }
    let response = try await client.send(HTTPRequest(.get, server.url, timeoutMilliseconds: 500))
    #expect(response.status == 401)
    #expect(response.body == Array("half".utf8))
  }

  @Test func aDeadlineIsKept() async throws {
    let server = try LoopbackServer { _ in "" }
    let error = failure(await get(server, milliseconds: 50))
    #expect(error?.reason == .timeout)
    #expect(error?.mayHaveArrived == true)
  }

  @Test func aRefusedConnectionNeverArrived() async throws {
    let server = try LoopbackServer { _ in nil }
    server.close()
    let error = failure(await get(server))
    #expect(error?.reason == .network)
    #expect(error?.mayHaveArrived == false)
  }

  /// Mostly that is seen only when the request is out; now and then before, which is no response either.
  @Test func aConnectionThatIsClosedAtOnceIsLost() async throws {
    let server = try LoopbackServer()
    for _ in 0..<500 {
      let error = try #require(failure(await get(server)))
      #expect(error.reason == .network && error.phase == .request && error.message == "the connection was lost")
    }
  }

  /// libcurl repeats on its own what was lost on a kept connection; a creation would be made twice.
  @Test(arguments: [HTTPRequest.Method.get, .post, .delete]) func nothingIsRepeatedBehindOurBack(method: HTTPRequest.Method) async throws {
    let server = try LoopbackServer { $0.contains("/second") ? nil : ok("x") }
    _ = try await get(server).get()
    let body = method == .post ? Array("{}".utf8) : nil
    let error = failure(await result(HTTPRequest(method, server.url + "second", body: body, timeoutMilliseconds: 10_000)))
    #expect(error?.reason == .network)
    #expect(error?.mayHaveArrived == true)
    #expect(server.requests.count == 2)
  }

  @Test func whatIsCancelledBeforeItBeginsIsNotSent() async throws {
    let server = try LoopbackServer { _ in ok("") }
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await get(server)
    }
    #expect(failure(await task.value)?.reason == .cancelled)
    #expect(server.requests.isEmpty)
  }

  @Test func manyAtOnceAreEachAnswered() async throws {
    let server = try LoopbackServer { request in ok(String(request.prefix { $0 != "\r\n" })) }
    let bodies = await withTaskGroup(of: String.self) { group in
      for number in 0..<500 {
        group.addTask {
          let answer = await result(HTTPRequest(.get, server.url + "\(number)", timeoutMilliseconds: 30_000))
          if case .success(let response) = answer { return String(decoding: response.body, as: UTF8.self) }
          return "none"
        }
      }
      return await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    #expect(bodies == Set((0..<500).map { "GET /\($0) HTTP/1.1" }))
  }

  @Test func cancelsAtEveryMomentEndTheirRequests() async throws {
    let server = try LoopbackServer { $0.contains("/silent") ? "" : ok("x") }
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<1_000 {
        group.addTask {
          let path = number.isMultiple(of: 2) ? "silent" : "loud"
          let task = Task { await result(HTTPRequest(.get, server.url + path, timeoutMilliseconds: 60_000)) }
          for _ in 0..<(number % 7) * 20 { await Task.yield() }
          task.cancel()
          let answer = await task.value
          if path == "silent" { #expect(failure(answer)?.reason == .cancelled) }
        }
      }
    }
    #expect(try await get(server).get().status == 200)
  }

  @Test func aChangeOnItsWayHasPatience() async throws {
    let gate = DispatchSemaphore(value: 0)
    let server = try LoopbackServer { _ in
      gate.wait()
      return ok("done")
    }
    let request = HTTPRequest(.post, server.url, body: [], timeoutMilliseconds: 10_000, patienceMilliseconds: 5_000)
    let task = Task { await result(request) }
    while server.requests.isEmpty { await Task.yield() }
    task.cancel()
    gate.signal()
    #expect(try await task.value.get().body == Array("done".utf8))
  }
}
