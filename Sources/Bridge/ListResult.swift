import Credentials
import JSON
import JSONRPC

/// The response of a list method; rows are spliced as they are, and long ones are not even copied.
func listResult<Row: Sendable>(
  _ member: String, _ rows: Page<Row>, _ json: (Row) -> JSONText, page: Int, size: Int, region: Region
) -> Reply {
  var pieces: [[UInt8]] = []
  let texts = rows.rows.map(json)
  var writer = JSONWriter()
  writer.reserve(texts.reduce(256) { $0 + ($1.isLong ? 0 : $1.bytes.count + 1) })
  writer.beginObject()
  writer.member("total_count", rows.totalCount)
  writer.name(member)
  writer.beginArray()
  for text in texts { writer.text(text, cuttingInto: &pieces) }
  writer.endArray()
  writer.member("page", page)
  writer.member("page_size", size)
  writer.member("next_page", rows.isLast ? .null : JSONText(page + 1))
  writer.member("region", region.name)
  writer.endObject()
  return Reply(validated: pieces + [writer.bytes])
}
