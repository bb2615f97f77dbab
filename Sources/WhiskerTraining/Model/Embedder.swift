import WhiskerCore
import WhiskerData
import WhiskerNN

/// Computes the features of pictures, in order and in memory that does not depend on their number.
public final class Embedder {
  /// The result for one picture.
  public struct Answer: Sendable {
    /// The picture's path, in printable characters.
    public let path: String
    /// The features `[count]`, or why the picture could not be read.
    public let result: Result<[Float], FileError>
  }

  private let backbone: Backbone
  private let decoder: ImageDecoder
  private let readAhead: ReadAhead

  /// The number of pictures that a worker computes at a time.
  private static let chunk = 8

  /// Computes features by `backbone`, on the workers of the read-ahead.
  /// - Parameter maximumPixels: The largest number of pixels in a picture.
  /// - Parameter allowsTruncated: Whether damaged pictures are used as far as they decode.
  public init(
    _ backbone: Backbone, readAhead: ReadAhead, maximumPixels: Int = ImageDecoder.defaultMaximumPixels,
    allowsTruncated: Bool = false
  ) {
    (self.backbone, self.readAhead) = (backbone, readAhead)
    decoder = ImageDecoder(
      backbone.preprocessing, maximumPixels: maximumPixels, allowsTruncated: allowsTruncated)
  }

  /// Computes the features of pictures in order, while the list of pictures may still be growing.
  /// - Throws: What `answer` throws; `FileError` when a list of pictures cannot be read; `ResourceError` when the machine is at
  ///   fault.
  public func embed(_ pictures: PictureStream, _ answer: (Answer) throws -> Void) throws {
    let (backbone, decoder) = (backbone, decoder)
    let queue = OrderedTaskQueue<[Answer]>(workers: readAhead.workers)
    var size = 1
    var hasEnded = false
    repeat {
      while !hasEnded, queue.pending < 2 * readAhead.depth {
        guard let some = try pictures.next(upTo: size, waits: queue.pending == 0) else {
          hasEnded = true
          break
        }
        guard !some.isEmpty else { break }
        queue.add {
          try some.map { picture in
            let decoded = try Predictor.attempt { try picture.decode(decoder) }
            return Answer(
              path: picture.name, result: decoded.flatMap { backbone.features(of: $0, picture.name) })
          }
        }
        // The first answers come soon.
        size = min(2 * size, Self.chunk)
      }
      for embedded in try queue.next() ?? [] { try answer(embedded) }
    } while !hasEnded || queue.pending > 0
  }
}

extension Backbone {
  /// The features of a picture `[height, width, channels]`; an error where they are not finite.
  fileprivate func features(of pixels: [UInt8], _ name: String) -> Result<[Float], FileError> {
    let features = [Float](unsafeUninitializedCapacity: origin.count) { buffer, count in
      pixels.withUnsafeBufferPointer { compute($0.baseAddress!, into: buffer.baseAddress!) }
      count = origin.count
    }
    guard features.allSatisfy(\.isFinite) else {
      return .failure(FileError(name, "has features that are NaN or infinite"))
    }
    return .success(features)
  }
}
