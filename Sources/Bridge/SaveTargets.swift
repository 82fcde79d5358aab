import System

/// A file that is to be written, looked at before anything else happens.
package struct SaveTarget: Sendable {
  /// Absolute.
  let path: String
  let folder: String
  let folderIdentity: FileStatus.Identity
  let fileName: String
}

/// Where a create puts its secret.
package struct SaveTargets: Sendable {
  let creds: SaveTarget
  let context: (name: String, target: SaveTarget)?
  let overwrite: Bool
}
