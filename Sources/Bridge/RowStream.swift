import Credentials
import JSON
import JSONRPC

/// Sends all rows of a list as parts, page after page: the next page is asked for when the pipe has accepted the last byte of this one.
struct RowStream {
  /// The member of a part that holds the rows.
  let rows: String
  let request: RoutedRequest<BridgeContext>
  let query: [JSONMember]
  let pageSize: Int
  let maxPages: Int?
  let fetch: @Sendable (any CredentialsBackend, StreamPosition?) async throws(CredentialsError) -> StreamPage<RowsText>

  func run(from start: StreamPosition?) async throws(RPCError) -> Reply {
    var position = start
    var cursor: String?
    var (pages, items, parts, total) = (0, 0, 0, 0)
    var (moved, complete) = (false, true)
    while true {
      let at = position
      var page = try await request.page { backend throws(CredentialsError) in try await fetch(backend, at) }
      (position, total) = (page.next, page.totalCount)
      moved = moved || page.moved
      complete = complete && page.complete
      cursor = Cursor(rows: rows, region: request.region, query: query, pageSize: pageSize, position: page.next).text
      if !page.rows.isEmpty {
        pages += 1
        items += page.rows.count
        let values = partValues(page, after: parts, cursor: cursor)
        parts += values.count
        // They are in the parts, which may wait for the pipe for a long time.
        page.rows = RowsText()
        try await request.sender.send(
          values, progress: [JSONMember("items_sent", .int(items)), JSONMember("cursor", cursor.map { .string($0) } ?? .null)])
      }
      if page.isLast || !complete {
        cursor = nil
        break
      }
      if let maxPages, pages >= maxPages {
        complete = false
        break
      }
    }
    return Reply(
      JSONText([
        "pages": .int(pages), "items": .int(items), "total_count": .int(total), "complete": .bool(complete), "moved": .bool(moved),
        "cursor": cursor.map { .string($0) } ?? .null, "region": .string(request.region.name),
      ]))
  }

  /// One page as parts that each stay below the limit of a line; only the last carries the cursor.
  private func partValues(_ page: StreamPage<RowsText>, after sent: Int, cursor: String?) -> [JSONText] {
    // What stands around the rows: the envelope with the id, the other members, the cursor.
    let room = Limits.partBytes - 256 - request.sender.idBytes - (cursor?.utf8.count ?? 0)
    let groups = page.rows.groups(ofAtMost: room)
    return groups.enumerated().map { index, group in
      var writer = JSONWriter()
      writer.reserve(group.reduce(256 + (cursor?.utf8.count ?? 0)) { $0 + $1.count + 1 })
      writer.beginObject()
      writer.member("kind", "page")
      writer.member("seq", sent + index + 1)
      writer.name(rows)
      writer.beginArray()
      for rows in group { writer.values(rows) }
      writer.endArray()
      writer.member("total_count", page.totalCount)
      writer.member("cursor", index == groups.count - 1 ? cursor.map { JSONText($0) } ?? .null : .null)
      writer.endObject()
      return JSONText(validated: writer.bytes)
    }
  }
}
