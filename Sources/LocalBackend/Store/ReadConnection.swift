import NATSClient
import System

/// A connection of its own to the store, for short reads alone: it changes nothing, and where another one holds the store it waits for nobody.
struct ReadConnection {
  let rows: StoreRows
  /// Which file it reads, whatever stands at the path since.
  let file: FileStatus.Identity

  /// What keeps a store from being read this way, and is for the store's own thread to judge.
  private static let notAtHand = StoreProblem.storage(.io, "the store is not to be read in place")

  /// `opened` is the file that the store's thread has open, nil if it has none, and `endpoint` what it read in nats-server.conf then. To open the store does more than a read needs: it makes files
  /// that are missing, warns, changes the configuration. While it is not open, one for which any of that is to be done is left to it.
  init(_ settings: LocalSettings, opened: FileStatus.Identity?, endpoint known: NATSAddress?) throws(StoreProblem) {
    // Looked at first: what comes next would make the folder.
    guard let path = settings.stateFolder, StateDirectory.exists(path + "/store.db") else { throw Self.notAtHand }
    let folder = try StateDirectory(path)
    let log = StateDirectory.identity(of: folder.database + "-wal")?.size ?? 0
    guard folder.isWritable, opened != nil || log <= OpenStore.longestLog,
      let file = StateDirectory.identity(of: folder.database)?.file
    else { throw Self.notAtHand }
    // Before it is opened: the log at its side is the other file's, and would be taken into this one when it is closed.
    guard opened == nil || opened == file else { throw Self.notAtHand }
    let (address, endpoint) = try OpenStore.addresses(settings, folder)
    let database = try Database.reading(besideWritersOf: folder.database)
    let mode = try database.first("PRAGMA journal_mode") { $0.text(0) }
    let application = try database.first("PRAGMA application_id") { $0.int(0) }
    rows = StoreRows(database: database, endpoint: known ?? endpoint)
    try rows.readVersion()
    // Without a log a reader holds up who writes.
    guard mode == "wal", !database.isReadOnly, application == Schema.applicationID, 1...Schema.version ~= rows.version else {
      throw Self.notAtHand
    }
    if opened == nil {
      guard settings.listen == nil, settings.natsURL == nil || address == endpoint, StateDirectory.exists(folder.operatorToken),
        StateDirectory.exists(folder.configuration),
        try database.first("SELECT 1 FROM accounts WHERE is_unwritten = 1 LIMIT 1", [], { _ in true }) == nil
      else { throw Self.notAtHand }
    }
    self.file = file
  }
}
