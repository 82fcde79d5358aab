package import Credentials
import JSON
import System

/// Writes .creds and context files. An actor on a thread of its own, because syncing to disk blocks.
package actor Files {
  private let thread = DedicatedThread()
  package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  private let protectedFolder: String?
  private let contextFolder: String?

  /// Nothing may be saved inside `protectedFolder` (the state folder). `contextFolder` is `…/nats/context`; nil if there is no home.
  package init(protectedFolder: String?, contextFolder: String?) {
    self.protectedFolder = protectedFolder
    self.contextFolder = contextFolder
  }

  /// Looks whether both files may be written, before any request is sent.
  package func check(saveTo: String?, context: String?, overwrite: Bool) throws(FileProblem) -> SaveTargets {
    var contextTarget: (name: String, target: SaveTarget)?
    var credsPath = saveTo
    if let context {
      guard let folder = contextFolder else {
        throw FileProblem(.noFolder, "nats_context needs XDG_CONFIG_HOME or HOME, and neither is an absolute path")
      }
      try makeFolders(folder)
      contextTarget = (context, try check("\(folder)/\(context).json", overwrite: overwrite))
      credsPath = credsPath ?? "\(folder)/\(context).creds"
    }
    guard let credsPath else { throw FileProblem(.io, "no file was named") }
    let creds = try check(credsPath, overwrite: overwrite)
    guard creds.path != contextTarget?.target.path else {
      throw FileProblem(.exists, "save_to names the context's own file: \(creds.path)")
    }
    return SaveTargets(creds: creds, context: contextTarget, overwrite: overwrite)
  }

  private func check(_ path: String, overwrite: Bool) throws(FileProblem) -> SaveTarget {
    var folder = "."
    var name = path
    if let slash = path.lastIndex(of: "/") {
      folder = slash == path.startIndex ? "/" : String(path[..<slash])
      name = String(path[path.index(after: slash)...])
    }
    guard !name.isEmpty, name != ".", name != ".." else { throw FileProblem(.notAFile, "save_to names a folder, not a file") }
    guard name.utf8.count <= 200 else { throw FileProblem(.tooLong, "the file's name is longer than 200 bytes") }
    guard let absolute = realFolder(folder) else { throw FileProblem(.noFolder, "the folder of save_to does not exist; create it first") }
    if let protected = protectedFolder.flatMap(realFolder), absolute == protected || absolute.hasPrefix(protected + "/") {
      throw FileProblem(.protected, "save_to lies inside the bridge's own state folder")
    }
    let opened = try FileProblem.mapping { () throws(SystemError) in try DirectoryHandle(absolute) }
    let target = SaveTarget(
      path: absolute == "/" ? "/" + name : absolute + "/" + name, folder: absolute, folderIdentity: opened.identity, fileName: name)
    try opened.mayBecome(target, overwrite: overwrite)
    return target
  }

  private func realFolder(_ path: String) -> String? {
    do throws(SystemError) { return try FileSystem.realPath(of: path, or: "the folder cannot be found") } catch { return nil }
  }

  private func makeFolders(_ path: String) throws(FileProblem) {
    do throws(SystemError) { try FileSystem.makeDirectories(path, or: "the folder of the nats contexts cannot be created") } catch {
      throw FileProblem(.permissions, "\(error.operation) (errno \(error.number)): \(path)")
    }
  }

  /// Writes both files or neither.
  package func save(_ issued: IssuedCredential, to targets: SaveTargets) throws(FileProblem) {
    let creds = try DirectoryHandle(of: targets.creds)
    let stagedCreds = try creds.stage(Array(issued.content.revealed.utf8), beside: targets.creds)
    defer { creds.discard(stagedCreds) }
    guard let context = targets.context else {
      if let replaced = try creds.publish(stagedCreds, as: targets.creds, overwrite: targets.overwrite) { creds.discard(replaced) }
      return
    }
    let contextFolder = try DirectoryHandle(of: context.target)
    let text: JSONValue = [
      "description": .string("NATS credential \(issued.credential.name)"), "url": issued.endpoint.map { .string($0) } ?? .null,
      "creds": .string(targets.creds.path),
    ]
    let stagedContext = try contextFolder.stage(JSONText(text).bytes + [0x0A], beside: context.target)
    defer { contextFolder.discard(stagedContext) }
    let replacedCreds = try creds.publish(stagedCreds, as: targets.creds, overwrite: targets.overwrite)
    let replacedContext: String?
    do {
      replacedContext = try contextFolder.publish(stagedContext, as: context.target, overwrite: targets.overwrite)
    } catch {
      creds.withdraw(targets.creds.fileName, replacedCreds)
      throw error
    }
    if let replacedContext { contextFolder.discard(replacedContext) }
    if let replacedCreds { creds.discard(replacedCreds) }
  }
}
