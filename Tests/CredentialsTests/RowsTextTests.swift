import Credentials
import JSON
import Testing

@Suite struct RowsTextTests {
  private static func row(_ byteCount: Int) -> JSONText { JSONText(String(repeating: "x", count: byteCount - 2)) }

  private func text(_ groups: [[ArraySlice<UInt8>]]) -> [String] {
    groups.map { String(decoding: Array($0.joined(separator: [UInt8(ascii: ",")])), as: UTF8.self) }
  }

  /// Against a plain model: rows joined by commas, cut before the one that no longer fits.
  @Test(arguments: [
    [], [10], [10, 20, 30], [100], [99, 1000, 99], [50, 50, 50, 50], [49, 50, 51, 2, 3], [20_000], [10, 20_000, 10, 20, 17_000, 18_000, 3],
  ]) func rowsAreCutBetweenThem(_ sizes: [Int]) {
    let rows = sizes.map(Self.row)
    for most in [1, 3, 50, 51, 52, 100, 101, 102, 17_000, 20_100, 100_000] {
      var model: [[JSONText]] = [[]]
      for row in rows {
        let size = model[model.count - 1].reduce(0) { $0 + $1.bytes.count + 1 }
        if size > 0, size + row.bytes.count + 1 > most { model.append([]) }
        model[model.count - 1].append(row)
      }
      let groups = RowsText(rows).groups(ofAtMost: most)
      #expect(text(groups) == model.map { $0.map(\.text).joined(separator: ",") })
    }
  }

  @Test func shortRowsAreOnePieceAndLongOnesAreNotCopied() {
    let rows = RowsText([Self.row(10), Self.row(20), Self.row(20_000), Self.row(30)])
    #expect(rows.count == 4 && rows.pieces.map(\.count) == [31, 20_000, 30])
    #expect(RowsText([]).isEmpty && RowsText([]).pieces == [])
  }
}
