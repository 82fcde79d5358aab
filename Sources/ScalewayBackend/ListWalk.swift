import Credentials

/// Goes through a list whose rows may shift under its pages, in constant memory: each page begins with the last row of the one before it.
/// Where that row is not where it was, the walk looks for what it has seen lately, backwards, and goes on behind it.
struct ListWalk<Row: Sendable>: Sendable {
  let service: Service
  let listing: Listing<Row>
  /// Rows a page of the walk; the service is asked for the one or other row more.
  let size: Int

  /// Pages in a row that brought nothing new, after which a service that goes round in circles is left.
  private static var fruitlessPages: Int { 3 }

  /// The next rows; `place` is where the walk is and moves on.
  func next(_ place: inout WalkPlace) async throws(CredentialsError) -> StreamPage<Row> {
    var window = PageWindow(after: place.seen, wanted: size, longest: place.longest)
    var moved = false
    var fruitless = 0
    while true {
      let (rows, total) = try await fetch(window)
      let ids = rows.map(listing.id)
      let isShort = !rows.isEmpty && rows.count < window.size && window.start + rows.count < total
      if isShort, window.page == 1 { place.longest = max(1, rows.count) }
      guard let begin = place.newRows(in: ids, from: window.start) else {
        // Nothing known is on this page: rows before it went away. Or the service gives shorter pages than it did.
        moved = true
        if isShort, rows.count < place.longest {
          place.longest = max(1, rows.count)
          window = PageWindow(after: place.seen, wanted: size, longest: place.longest)
        } else if window.page > 1 {
          window = PageWindow(page: window.page - 1, size: window.size)
        } else {
          return page([], total, place, isLast: true, moved: true, complete: false)
        }
        continue
      }
      moved = moved || !begin.isWhereExpected
      let new = rows.indices.dropFirst(begin.index).filter { !place.remembers(ids[$0]) }.prefix(size)
      let passed = new.count < size ? rows.count : (new.last ?? 0) + 1
      place.pass(upTo: window.start + passed, new.map { ids[$0] }, keeping: 2 * size)
      let isLast = new.isEmpty ? begin.isWhereExpected : place.seen >= total && !moved
      if isLast || !new.isEmpty { return page(new.map { rows[$0] }, total, place, isLast: isLast, moved: moved) }
      fruitless += 1
      if fruitless > Self.fruitlessPages { return page([], total, place, isLast: true, moved: true, complete: false) }
      window = PageWindow(after: place.seen, wanted: size, longest: place.longest)
    }
  }

  /// Every row, for a look.
  func all(_ use: (Row) -> Void) async throws(CredentialsError) {
    var place = WalkPlace()
    while true {
      let page = try await next(&place)
      for row in page.rows { use(row) }
      if page.isLast { return }
    }
  }

  private func page(
    _ rows: [Row], _ total: Int, _ place: WalkPlace, isLast: Bool, moved: Bool, complete: Bool = true
  ) -> StreamPage<Row> {
    StreamPage(rows: rows, totalCount: total, next: place.position, isLast: isLast, moved: moved, complete: complete)
  }

  private func fetch(_ window: PageWindow) async throws(CredentialsError) -> (rows: [Row], total: Int) {
    try await service.page(listing, page: window.page, size: window.size)
  }
}

extension Service {
  func page<Row: Sendable>(
    _ listing: Listing<Row>, page: Int, size: Int
  ) async throws(CredentialsError) -> (rows: [Row], total: Int) {
    do throws(Failure) {
      let answer = try await send(listing.call(page: page, size: size))
      do throws(BadAnswer) { return try listing.rows(in: answer.body, size: size, region) } catch {
        throw Failure(.final, mayHaveActed: false, error.error)
      }
    } catch { throw error.ofRead }
  }
}
