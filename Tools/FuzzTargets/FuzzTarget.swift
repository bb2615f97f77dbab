/// An entry point of Whisker for untrusted bytes.
package protocol FuzzTarget: Sendable {
  /// The name on the command line.
  var name: String { get }
  /// The maximum length of an input in bytes.
  var maximumLength: Int { get }
  /// Keywords of the format, for the fuzzer's dictionary.
  var words: [[UInt8]] { get }

  /// Small valid inputs of all kinds.
  /// - Throws: `ImageWriterError` or `FileError` when one cannot be created.
  func seeds() throws -> [[UInt8]]

  /// Reads the bytes as the tool does, and checks invariants.
  /// - Throws: `Defect` when the input was neither accepted nor refused cleanly.
  func check(_ bytes: [UInt8]) throws -> FuzzOutcome
}

/// The result of an input.
package enum FuzzOutcome: Sendable, Equatable {
  case accepted
  /// The input was refused with this error.
  case refused(String)
}

extension FuzzTarget {
  package var words: [[UInt8]] { [] }
}

/// All targets.
package let fuzzTargets: [any FuzzTarget] = [
  PNGTarget(), JPEGTarget(), WebPTarget(), IDXTarget(), GzipTarget(), ZipTarget(), TarTarget(),
  SafetensorsTarget(), ModelTarget(), CacheTarget(), NetworkTarget(), TorchTarget(), ONNXTarget(),
  ListTarget(), PixelsTarget(), MultipartTarget(),
]
