import WhiskerCore

/// A streaming parser of `multipart/form-data` (RFC 7578, RFC 2046 section 5.1). Every part is a picture.
///
/// It holds the contents of the parts and at most the length of a delimiter or of a part's head besides them.
package struct MultipartParser {
  /// Why a body is refused.
  package enum Failure: Error, Equatable {
    case malformed(String)
    case tooManyParts
  }

  private enum State {
    /// Before the first delimiter, or in the contents of a part.
    case preamble, contents
    /// After a delimiter.
    case delimiter
    case head
    case end
  }

  /// The completed parts.
  package private(set) var pictures: [ReceivedPicture] = []
  private var current = ReceivedPicture(name: "", bytes: [])
  private var state = State.preamble
  /// Input that has not been consumed.
  private var input: [UInt8] = [13, 10]
  /// CR LF "--" and the boundary. The input starts with a line break, so that the first delimiter has this form too.
  private let delimiter: [UInt8]
  private let partLimit: Int

  private static let headLimit = 8 << 10
  private static let blanks: [UInt8] = [32, 9]
  private static let lineEnd: [UInt8] = [13, 10]

  /// A parser for the boundary of a Content-Type.
  /// - Throws: `Failure` when the boundary is missing or invalid.
  package init(contentType: String, partLimit: Int) throws(Failure) {
    let boundary = HeaderParameters(contentType).value("boundary").map { Array($0.utf8) } ?? []
    // RFC 2046 allows a few characters less.
    guard (1...70).contains(boundary.count), boundary.allSatisfy({ (32..<127).contains($0) }),
      boundary.last != 32
    else { throw .malformed("The boundary of the Content-Type is missing or invalid.") }
    delimiter = [13, 10, 45, 45] + boundary
    self.partLimit = partLimit
  }

  /// Reads the next bytes of the body.
  /// - Throws: `Failure` when the body is malformed, or has too many parts.
  package mutating func read(_ bytes: some Collection<UInt8>) throws(Failure) {
    guard state != .end else { return }
    input += bytes
    while try step() {}
  }

  /// - Returns: The pictures.
  /// - Throws: `Failure` when the body is cut short.
  package consuming func finish() throws(Failure) -> [ReceivedPicture] {
    guard state == .end else { throw .malformed("The multipart body is cut short.") }
    return pictures
  }

  /// Consumes a part of the input.
  /// - Returns: Whether there may be more to consume.
  private mutating func step() throws(Failure) -> Bool {
    switch state {
    case .preamble, .contents: readContents()
    case .delimiter: try readDelimiterEnd()
    case .head: try readHead()
    case .end: false
    }
  }

  private mutating func readContents() -> Bool {
    let found = ByteSearch.first(delimiter, in: input)
    // The end of the input may be the start of a delimiter.
    let count = found ?? max(0, input.count - delimiter.count + 1)
    if state == .contents { current.bytes += input[..<count] }
    input.removeSubrange(..<(count + (found == nil ? 0 : delimiter.count)))
    guard found != nil else { return false }
    if state == .contents { pictures.append(current) }
    state = .delimiter
    return true
  }

  /// Reads what follows a delimiter: "--" after the last one, otherwise blanks and a line break.
  private mutating func readDelimiterEnd() throws(Failure) -> Bool {
    guard input.count >= 2 else { return false }
    if input.starts(with: [45, 45]) {
      (state, input) = (.end, [])
      return false
    }
    let blanks = input.prefix { Self.blanks.contains($0) }.count
    guard blanks < 100 else { throw .malformed("A boundary is not followed by a line break.") }
    guard input.count >= blanks + 2 else { return false }
    guard input[blanks...].starts(with: Self.lineEnd) else {
      throw .malformed("A boundary is not followed by a line break.")
    }
    guard pictures.count < partLimit else { throw .tooManyParts }
    // The line break stays, so that a head without headers ends like others.
    input.removeSubrange(..<blanks)
    state = .head
    return true
  }

  private mutating func readHead() throws(Failure) -> Bool {
    guard let end = ByteSearch.first(Self.lineEnd + Self.lineEnd, in: Array(input.prefix(Self.headLimit)))
    else {
      guard input.count < Self.headLimit else { throw .malformed("The headers of a part are too long.") }
      return false
    }
    current = ReceivedPicture(name: Self.name(in: input[..<end]), bytes: [])
    input.removeSubrange(..<(end + 4))
    state = .contents
    return true
  }

  /// The name of the file, otherwise of the field.
  private static func name(in head: some Collection<UInt8>) -> String {
    for line in String(decoding: head, as: UTF8.self).split(whereSeparator: \.isNewline) {
      let words = line.split(separator: ":", maxSplits: 1)
      guard words.count == 2, words[0].lowercased() == "content-disposition" else { continue }
      let parameters = HeaderParameters(String(words[1]))
      let names = [parameters.value("filename"), parameters.value("name")].compactMap(\.self)
      if let name = names.first(where: { !$0.isEmpty }) { return printable(name) }
    }
    return "picture"
  }
}
