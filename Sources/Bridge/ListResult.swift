import Credentials
import JSON
import JSONRPC

/// The response of a list method; rows are spliced as they are, and long ones are not even copied.
func listResult(_ member: String, _ rows: Page<RowsText>, page: Int, size: Int, region: Region) -> Reply {
  var pieces: [[UInt8]] = []
  var writer = listOpening(member, rows, room: 256)
  for piece in rows.rows.pieces { writer.text(JSONText(validated: piece), cuttingInto: &pieces) }
  close(&writer, rows, page: page, size: size, region: region)
  return Reply(validated: pieces + [writer.bytes])
}

/// The same in one piece, for short rows.
func listText(_ member: String, _ rows: Page<RowsText>, page: Int, size: Int, region: Region) -> JSONText {
  let pieces = rows.rows.pieces
  var writer = listOpening(member, rows, room: pieces.reduce(256) { $0 + $1.count })
  for piece in pieces { writer.values(piece[...]) }
  close(&writer, rows, page: page, size: size, region: region)
  return JSONText(validated: writer.bytes)
}

private func listOpening(_ member: String, _ rows: Page<RowsText>, room: Int) -> JSONWriter {
  var writer = JSONWriter()
  writer.reserve(room)
  writer.beginObject()
  writer.member("total_count", rows.totalCount)
  writer.name(member)
  writer.beginArray()
  return writer
}

private func close(_ writer: inout JSONWriter, _ rows: Page<RowsText>, page: Int, size: Int, region: Region) {
  writer.endArray()
  writer.member("page", page)
  writer.member("page_size", size)
  writer.member("next_page", rows.isLast ? .null : JSONText(page + 1))
  writer.member("region", region.name)
  writer.endObject()
}
