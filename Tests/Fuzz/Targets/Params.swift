import Bridge
import Credentials
import Foundation
import JSON
import System

@testable import JSONRPC

/// Params of every method: the gate takes what the method's own schema takes, and its refusal names fields and repeats no value.
extension FuzzTarget {
  private static let methods = PollLoop().map { AllMethods.methods(in: Stage.context(on: $0)) } ?? []

  /// The first byte chooses the method; the rest is the text of its params.
  static let params = FuzzTarget(name: "params") { input in
    guard let choice = input.first, let slice = JSONSlice(parsing: Array(input.dropFirst())) else { return }
    guard slice.kind == .object || slice.kind == .array else { return }
    let method = methods[Int(choice) % methods.count]
    let plain = try PlainJSON(Array(input.dropFirst()))
    guard let error = refusal(of: Array(input.dropFirst()), isList: slice.kind == .array, by: method) else {
      return try fits(plain, method, isTaken: true)
    }
    try isFine(error)
    // Keys have a checksum, times a calendar, and a value may be too long: no schema can tell.
    let untold = ["nats_account_id", "user_key", "issued_before", "longer"]
    return untold.contains { error.message.contains($0) } ? () : try fits(plain, method, isTaken: false)
  }

  /// What the gate says; nil if it takes the params.
  private static func refusal(of text: [UInt8], isList: Bool, by method: Method) -> RPCError? {
    text.withUnsafeBytes { bytes in
      var scanner = JSONScanner(bytes)
      do {
        let members = isList ? JSONMemberRanges() : try scanner.members()
        let isEmptyList = isList && text.filter { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == Array("[]".utf8)
        _ = try method.prepare(ParamsText(bytes, members: members, isList: isList && !isEmptyList))
        return nil
      } catch {
        return error as? RPCError
      }
    }
  }

  private static func fits(_ plain: PlainJSON, _ method: Method, isTaken: Bool) throws(Broken) {
    var fits = true
    switch plain {
    case .object(let members):
      let names = members.compactMap { String(validating: $0.name, as: UTF16.self) }
      fits = Set(names.map { Array($0.utf8) }).count == members.count
      for (name, member) in zip(names, members) {
        guard let known = method.params.first(where: { sameScalars($0.name, name) }) else {
          fits = false
          continue
        }
        // Whether a cursor is one is judged where it is used.
        if isTaken, name == "cursor" { continue }
        if try !SchemaCheck(known.schema).takes(member.value) { fits = false }
      }
      for required in method.params where required.isRequired && !names.contains(required.name) { fits = false }
    case .array(let elements): fits = elements.isEmpty && !method.params.contains { $0.isRequired }
    default: fits = false
    }
    try promise(fits == isTaken, "\(method.name) \(isTaken ? "takes what its schema refuses" : "refuses what its schema takes")")
  }

  private static func isFine(_ error: RPCError) throws(Broken) {
    try promise(error.kind == .invalidParams, "params are refused as \(error.kind.name)")
    try promise(!JSONText(error.json).text.contains(canary), "a refusal repeats what came in")
    try promise(error.json["data"]?["fields"]?.array?.isEmpty == false, "a refusal names no field")
  }
}
