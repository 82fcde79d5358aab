import CLibraries

/// One prepared statement of a database, which must live as long as it is used.
final class Statement {
  private let statement: OpaquePointer
  private let database: OpaquePointer

  init(_ statement: OpaquePointer, of database: OpaquePointer) {
    self.statement = statement
    self.database = database
  }

  /// By the database alone, when it is closed.
  func close() { ncb_sqlite_finalize(statement) }

  /// `read` is called for each row.
  func run(_ values: [Database.Value], _ read: (Database.Row) throws(StoreProblem) -> Void) throws(StoreProblem) {
    defer { ncb_sqlite_reset(statement) }
    for (index, value) in values.enumerated() {
      let place = Int32(index + 1)
      switch value {
      case .int(let number): ncb_sqlite_bind_int64(statement, place, number)
      case .null: ncb_sqlite_bind_null(statement, place)
      case .text(let text): _ = text.withCString { ncb_sqlite_bind_text(statement, place, $0, Int32(text.utf8.count)) }
      }
    }
    while try step() { try read(Database.Row(statement)) }
  }

  /// The one row that a text finds, such as by a key; nil if there is none.
  func row<Result>(of text: String, _ read: (Database.Row) -> Result?) throws(StoreProblem) -> Result? {
    var text = text
    var problem: StoreProblem?
    let result = text.withUTF8 { utf8 -> Result? in
      // Reset before the text goes: the statement only refers to it.
      defer { ncb_sqlite_reset(statement) }
      _ = utf8.withMemoryRebound(to: CChar.self) { utf8 in
        guard let start = utf8.baseAddress else { return ncb_sqlite_bind_null(statement, 1) }
        return ncb_sqlite_bind_text_in_place(statement, 1, start, Int32(utf8.count))
      }
      do throws(StoreProblem) { return try step() ? read(Database.Row(statement)) : nil } catch {
        problem = error
        return nil
      }
    }
    if let problem { throw problem }
    return result
  }

  /// False behind the last row.
  private func step() throws(StoreProblem) -> Bool {
    switch ncb_sqlite_step(statement) {
    case 100: return true
    case 101: return false
    case let code: throw Database.problem(database, code)
    }
  }
}

extension Database {
  /// One row, valid inside the closure it is given to.
  struct Row {
    private let statement: OpaquePointer

    init(_ statement: OpaquePointer) { self.statement = statement }

    func int(_ column: Int32) -> Int64 { ncb_sqlite_column_int64(statement, column) }

    /// Empty for NULL.
    func text(_ column: Int32) -> String { String(decoding: utf8(column), as: UTF8.self) }

    /// The column's own bytes, valid until the next step: of a damaged store they may be no UTF-8.
    func utf8(_ column: Int32) -> UnsafeRawBufferPointer {
      guard let bytes = ncb_sqlite_column_blob(statement, column) else { return UnsafeRawBufferPointer(start: nil, count: 0) }
      return UnsafeRawBufferPointer(start: bytes, count: Int(ncb_sqlite_column_bytes(statement, column)))
    }
  }
}
