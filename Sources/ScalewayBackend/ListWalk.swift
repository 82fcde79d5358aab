import Credentials

/// Goes through a list whose rows may shift under its pages, in constant memory: each page begins with the last row of the one before it.
/// Where that row is not where it was, the walk looks for what it has seen lately, backwards, and goes on behind it. Neither the page size
/// that was asked for nor the total is trusted: the end is where a page that proves its position has room left behind its last row.
struct ListWalk<Row: Sendable>: Sendable {
  let service: Service
  let listing: Listing<Row>
  /// Rows per page of the walk; the service may be asked for a few more.
  let size: Int

  /// Pages in a row that brought nothing new, after which a service that goes round in circles is left.
  private static var fruitlessPages: Int { 3 }

  /// The next rows; `walk` is where the walk is and moves on.
  func next(_ walk: inout WalkPosition) async throws(CredentialsError) -> StreamPage<[Row]> {
    var window = walk.window(wanted: size)
    var moved = false
    var fruitless = 0
    var hasLearned = false
    while true {
      guard let (rows, total) = try await fetch(window, &walk) else {
        window = walk.window(wanted: size)
        continue
      }
      if rows.isEmpty, window.page == 1, total == 0 {
        // Nothing is there any more, so nothing was missed.
        return StreamPage(rows: [], totalCount: total, next: walk.position, isLast: true, moved: walk.seen > 0)
      }
      let isShort = rows.count < window.size
      let (begin, isProven) = try await match(walk, rows, window)
      if !isProven, isShort, !hasLearned, window.start + rows.count != total, walk.learns(longest: rows.count) {
        // The service gives fewer rows per page than requested, so that this page was not where it should have been. (A page that is
        // short because the list ends on it ends where the total says.)
        hasLearned = true
        window = walk.window(wanted: size)
        continue
      }
      moved = moved || !isProven
      guard let begin else {
        // Nothing known is on this page: rows before it went away.
        guard let earlier = window.earlier(ofTotal: rows.isEmpty ? total : nil) else { return lost(total, walk) }
        window = earlier
        continue
      }
      let endsEarly = isShort && window.start + rows.count < total
      if endsEarly, window.page == 1 { _ = walk.learns(longest: rows.count) }
      let new = rows.indices.dropFirst(begin).filter { !walk.remembers(rows[$0].id) }.prefix(size)
      let passed = new.count < size ? rows.count : (new.last ?? 0) + 1
      walk.pass(upTo: window.start + passed, new.map { rows[$0] }, keeping: max(2 * size, 100))
      if !new.isEmpty {
        let isLast = !moved && (isShort ? walk.seen >= total : walk.seen == total)
        return StreamPage(rows: new.map { rows[$0].row }, totalCount: total, next: walk.position, isLast: isLast, moved: moved)
      }
      // On a first page that ends early, the service may have cut the page, not the list.
      if isShort, !endsEarly || isProven && window.page > 1 {
        return StreamPage(rows: [], totalCount: total, next: walk.position, isLast: true, moved: moved)
      }
      fruitless += 1
      if fruitless > Self.fruitlessPages { return lost(total, walk) }
      window = walk.window(wanted: size)
    }
  }

  /// Where the new rows of a page begin, nil if nobody knows; and whether it is proven that none was missed.
  private func match(
    _ walk: WalkPosition, _ rows: [ListedRow<Row>], _ window: PageWindow
  ) async throws(CredentialsError) -> (begin: Int?, isProven: Bool) {
    switch walk.match(rows, in: window, listing.order) {
    case .proven(let index): return (index, true)
    case .shifted(let index): return (index, false)
    case .unknown: return (nil, false)
    case .adjoining:
      // Pages are too short to hold the last row and the next. Asked for after the page, it proves it if it is still where it was.
      let proof = try await service.page(listing, page: walk.seen, size: 1)
      return proof.rows.map(\.id) == [walk.last] ? (0, true) : (nil, false)
    }
  }

  /// The position cannot be found again.
  private func lost(_ total: Int, _ walk: WalkPosition) -> StreamPage<[Row]> {
    StreamPage(rows: [], totalCount: total, next: walk.position, isLast: true, moved: true, complete: false)
  }

  /// Nil where the service refuses a page size that was not the caller's.
  private func fetch(_ window: PageWindow, _ walk: inout WalkPosition) async throws(CredentialsError) -> (
    rows: [ListedRow<Row>], total: Int
  )? {
    do throws(CredentialsError) {
      return try await service.page(listing, page: window.page, size: window.size)
    } catch {
      guard error.kind == .invalidParams, window.size > size, walk.learns(longest: size) else { throw error }
      return nil
    }
  }

  /// Every row, for a look; `transient_state` where some may have been missed.
  func all(_ use: (Row) -> Void) async throws(CredentialsError) {
    var walk = WalkPosition()
    while true {
      let page = try await next(&walk)
      for row in page.rows { use(row) }
      guard page.complete else {
        throw CredentialsError(.transientState, "the list changed too much while it was looked through; try again")
      }
      if page.isLast { return }
    }
  }
}
