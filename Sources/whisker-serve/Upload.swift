import NIOCore
import NIOHTTP1
import WhiskerServing
import WhiskerTraining

/// The body of a request with pictures, as it arrives.
final class Upload {
  /// The members of the answer.
  let options: AnswerRecord.Options
  /// Whether the answer is a list.
  let isMultipart: Bool
  /// The bytes so far.
  private(set) var count = 0
  /// The only picture, unless there is a parser.
  private var raw: [UInt8] = []
  private var parser: MultipartParser?
  private let limit: Int

  /// The pictures of one request.
  private static let pictureLimit = Predictor.batchSize
  /// Memory that is reserved before the bytes arrive.
  private static let reserveLimit = 1 << 20
  /// The name of a picture that is sent without one.
  private static let unnamed = "picture"

  /// - Parameter limit: The number of bytes.
  /// - Throws: The reply to a request whose body cannot be used.
  init(_ head: HTTPRequestHead, options: AnswerRecord.Options, limit: Int) throws(Reply) {
    (self.options, self.limit) = (options, limit)
    let length = head.headers.first(name: "content-length").flatMap { Int($0) }
    guard head.hasBody else {
      throw length == nil
        ? .error(.lengthRequired, "Send a picture as the body, with Content-Length.")
        : .error(.badRequest, "The body is empty. Send a picture.")
    }
    guard head.headers["content-encoding"].isEmpty else {
      throw .error(.unsupportedMediaType, "Content-Encoding is not supported.")
    }
    if let length, length > limit { throw Self.tooLarge(limit) }
    let type = head.headers.first(name: "content-type") ?? ""
    isMultipart = type.lowercased().hasPrefix("multipart/")
    guard isMultipart else {
      // The contents decide what it is, not the type: curl and Python send one of forms by default.
      raw.reserveCapacity(min(length ?? 0, Self.reserveLimit))
      return
    }
    do throws(MultipartParser.Failure) {
      parser = try MultipartParser(contentType: type, partLimit: Self.pictureLimit)
    } catch {
      throw Self.reply(to: error)
    }
  }

  /// Adds the next bytes.
  /// - Throws: The reply to a body that is too large or malformed.
  func add(_ buffer: ByteBuffer) throws(Reply) {
    count += buffer.readableBytes
    guard count <= limit else { throw Self.tooLarge(limit) }
    do throws(MultipartParser.Failure) {
      if isMultipart {
        try parser?.read(buffer.readableBytesView)
      } else {
        raw.append(contentsOf: buffer.readableBytesView)
      }
    } catch {
      throw Self.reply(to: error)
    }
  }

  /// The pictures, at the end of the body.
  /// - Throws: The reply to a body without pictures, or that is cut short.
  func pictures() throws(Reply) -> [ReceivedPicture] {
    do throws(MultipartParser.Failure) {
      let pictures = try parser?.finish() ?? [ReceivedPicture(name: Self.unnamed, bytes: raw)]
      guard count > 0, !pictures.isEmpty else { throw .malformed("The body has no pictures.") }
      return pictures
    } catch {
      throw Self.reply(to: error)
    }
  }

  private static func tooLarge(_ limit: Int) -> Reply {
    .error(.payloadTooLarge, "The body is larger than the limit of \(limit) bytes (--max-body).")
  }

  private static func reply(to failure: MultipartParser.Failure) -> Reply {
    switch failure {
    case .malformed(let problem): .error(.badRequest, problem)
    case .tooManyParts:
      .error(.payloadTooLarge, "The body has more than \(pictureLimit) pictures. Send several requests.")
    }
  }
}

extension HTTPRequestHead {
  /// Whether a body follows that is not known to be empty.
  var hasBody: Bool {
    !headers["transfer-encoding"].isEmpty || headers["content-length"].contains { $0 != "0" }
  }
}
