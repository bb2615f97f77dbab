import Testing
import WhiskerServing

@Suite struct MultipartTests {
  private struct Part: Equatable {
    let name: String
    let contents: String
  }

  private static let type = "multipart/form-data; boundary=AaB03x"

  /// The parts of a body that arrives in pieces.
  private func parts(
    _ body: String, type: String = type, pieces size: Int = 1000, limit: Int = 64
  ) throws(MultipartParser.Failure) -> [Part] {
    var parser = try MultipartParser(contentType: type, partLimit: limit)
    let bytes = Array(body.utf8)
    for start in stride(from: 0, to: bytes.count, by: size) {
      try parser.read(bytes[start..<min(start + size, bytes.count)])
    }
    return try parser.finish().map {
      Part(name: $0.name, contents: String(decoding: $0.bytes, as: UTF8.self))
    }
  }

  @Test("The parts are the same in whatever pieces a body arrives", arguments: 1...60)
  func pieces(size: Int) throws {
    let body = """
      ignored\r
      --AaB03x\r
      Content-Disposition: form-data; name="a"; filename="one.png"\r
      Content-Type: image/png\r
      \r
      first\r
      --AaB03\r
      --AaB03x \t\r
      content-disposition: form-data; filename="zw\u{F6}lf \\"x\\".jpg"; name=b\r
      \r
      \r
      --AaB03x\r
      \r
      \r\n\r
      --AaB03x--\r
      --AaB03x\r\nignored
      """
    #expect(
      try parts(body, pieces: size) == [
        Part(name: "one.png", contents: "first\r\n--AaB03"),
        Part(name: "zw\u{F6}lf \"x\".jpg", contents: ""), Part(name: "picture", contents: "\r\n"),
      ])
  }

  @Test("File names are safe to print, and the field's name stands in for a missing one")
  func names() throws {
    func name(_ parameters: String) throws -> String {
      try parts("--AaB03x\r\nContent-Disposition: form-data\(parameters)\r\n\r\nx\r\n--AaB03x--")[0].name
    }
    #expect(try name("; name=\"file\"") == "file")
    #expect(try name("; name=\"file\"; filename=\"\"") == "file")
    #expect(try name("; name=\"; filename=x\"; filename=\"C:\\new\\a;b.png\"") == "C:\\new\\a;b.png")
    #expect(try name("; filename=\"\u{1B}[2J\"") == "\\x1b[2J")
    #expect(try name("; filename=unquoted.png ; name=x") == "unquoted.png")
    #expect(try name("") == "picture")
    #expect(try name("; filename=\"open") == "open")
  }

  @Test("A boundary may be quoted, and is otherwise refused")
  func boundaries() throws {
    let body = "--a b\r\n\r\nx\r\n--a b--"
    #expect(try parts(body, type: "multipart/mixed; charset=x; boundary=\"a b\"").count == 1)
    for type in [
      "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"a \"",
      "multipart/form-data; boundary=" + String(repeating: "a", count: 71),
      "multipart/form-data; boundary=\u{F6}",
    ] {
      #expect(throws: MultipartParser.Failure.self, "\(type)") { try parts(body, type: type) }
    }
  }

  @Test("What is malformed, cut short or over a limit is refused")
  func refused() {
    for body in [
      "", "x", "--AaB03x", "--AaB03x\r\n", "--AaB03x\r\n\r\nx", "--AaB03x\r\n\r\nx\r\n--AaB03x",
      "--AaB03xy\r\n",
      "--AaB03x" + String(repeating: " ", count: 200) + "\r\n",
      "--AaB03x\r\nA: " + String(repeating: "a", count: 10_000) + "\r\n\r\nx\r\n--AaB03x--",
    ] {
      #expect(throws: MultipartParser.Failure.self, "\(body.prefix(50))") { try parts(body) }
    }
    let three = String(repeating: "--AaB03x\r\n\r\nx\r\n", count: 3) + "--AaB03x--"
    #expect(throws: MultipartParser.Failure.tooManyParts) { try parts(three, limit: 2) }
    #expect(throws: Never.self) { try parts(three, limit: 3) }
  }
}
