import Credentials
import JSON

/// The result of a list method; rows are spliced as they are.
func listResult<Row: Sendable>(
  _ member: String, _ rows: Page<Row>, _ json: (Row) -> JSONText, page: Int, size: Int, region: Region
) -> JSONText {
  var writer = JSONWriter()
  writer.beginObject()
  writer.member("total_count", rows.totalCount)
  writer.name(member)
  writer.beginArray()
  for row in rows.rows { writer.text(json(row)) }
  writer.endArray()
  writer.member("page", page)
  writer.member("page_size", size)
  writer.member("next_page", rows.isLast ? .null : JSONText(page + 1))
  writer.member("region", region.name)
  writer.endObject()
  return JSONText(validated: writer.bytes)
}
