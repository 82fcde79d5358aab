import NATSClient
import System

/// What the store's thread tells those who read beside it: which file it has open, and
/// what it takes for the endpoint.
struct StoreOpening {
  /// Grows whenever the store is opened, or given up after an error.
  fileprivate(set) var count = 0
  /// Nil while it is not open.
  fileprivate(set) var file: FileStatus.Identity?
  fileprivate(set) var endpoint: NATSAddress?
}

extension Locked<StoreOpening> {
  func change(to store: OpenStore?) {
    let file = store.flatMap { StateDirectory.identity(of: $0.folder.database)?.file }
    withLock { opening in
      opening.count += 1
      opening.file = file
      opening.endpoint = store?.endpoint
    }
  }
}
