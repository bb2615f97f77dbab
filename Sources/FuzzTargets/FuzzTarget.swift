/// One way into Whisker for bytes that come from anywhere.
package protocol FuzzTarget: Sendable {
  /// What the target is called on the command line.
  var name: String { get }
  /// The longest input that is worth trying, in bytes.
  var maximumLength: Int { get }
  /// Words of the format, which a fuzzer would be long in guessing.
  var words: [[UInt8]] { get }

  /// Small inputs that Whisker accepts, of as many kinds as there are.
  /// - Throws: `ImageWriterError` or `FileError` when one cannot be made.
  func seeds() throws -> [[UInt8]]

  /// Reads the bytes as the tool would, and looks for what must not be.
  /// - Throws: `Defect` when the input was neither accepted nor refused as it should be.
  func check(_ bytes: [UInt8]) throws -> FuzzOutcome
}

/// What became of an input.
package enum FuzzOutcome: Sendable, Equatable {
  case accepted
  /// It was refused, with this reason.
  case refused(String)
}

extension FuzzTarget {
  package var words: [[UInt8]] { [] }
}

/// Everything that can be fuzzed.
package let fuzzTargets: [any FuzzTarget] = [
  PNGTarget(), JPEGTarget(), IDXTarget(), GzipTarget(), SafetensorsTarget(), ModelTarget(), CacheTarget(),
  NetworkTarget(),
]
