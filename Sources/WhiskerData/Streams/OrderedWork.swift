extension BatchStream.Lanes {
  /// Computes something for each of `0 ..< count` on the lanes, and hands it over in order on the caller's thread.
  /// - Parameter stretch: How many a lane computes at a time.
  /// - Throws: What `compute` throws, in its place; what `body` throws.
  package func inOrder<Value: Sendable>(
    _ count: Int, stretch: Int, compute: @escaping @Sendable (Int) throws -> Value,
    _ body: (Int, Value) throws -> Void
  ) throws {
    let prefetcher = Prefetcher(count: (count + stretch - 1) / stretch, lanes: self.count, depth: depth) {
      position in
      try (position * stretch..<min((position + 1) * stretch, count)).map(compute)
    }
    var index = 0
    while let values = try prefetcher.next() {
      for value in values {
        try body(index, value)
        index += 1
      }
    }
  }
}
