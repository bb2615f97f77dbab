import CKernels

/// How far samples are read ahead, and by how many threads.
public struct ReadAhead: Sendable {
  /// The number of threads that read and decode; 0 reads on the caller's thread.
  public var workers: Int
  /// The number of batches that are kept ready for the reader.
  public var depth: Int

  /// Reads ahead on `workers` threads, by default as many batches as there are threads, and at least two.
  public init(workers: Int, depth: Int? = nil) {
    self.workers = workers
    self.depth = depth ?? max(2, workers)
  }

  /// The usual number of threads for `cores`: while one waits for the disk, another decodes. From a cold disk this takes a
  /// sixth less time than one thread per core, and from memory half a percent more.
  public static func workers(for cores: Int) -> Int { min(2 * cores, 1024) }

  /// As many threads as cores: for listing folders and for the sizes and times of files, which wait for the disk and decode
  /// nothing, whatever the number of workers that a caller wants for pictures.
  static var allCores: ReadAhead {
    let cores = Int(whisker_core_count())
    return ReadAhead(workers: cores, depth: 2 * cores)
  }

  /// Computes a value for each of `0 ..< count` on the workers, and passes them in order to `body` on the caller's thread.
  /// - Parameter chunk: The number of values that a worker computes at a time.
  /// - Throws: The error of `compute`, in its place; the error of `body`.
  package func inOrder<Value: Sendable>(
    _ count: Int, chunk: Int, compute: @escaping @Sendable (Int) throws -> Value,
    _ body: (Int, Value) throws -> Void
  ) throws {
    let prefetcher = Prefetcher(count: (count + chunk - 1) / chunk, workers: workers, depth: depth) {
      position in
      try (position * chunk..<min((position + 1) * chunk, count)).map(compute)
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
