import Foundation
import SampleImages
import TestSupport
import Testing

extension ToolTests {
  /// What large pictures cost: `verify` decodes one on the main thread, and the most memory that it held is looked at.
  @Suite struct PictureMemory {
    private let folder: TemporaryFolder
    /// What a run takes by itself, and some room for what a machine does differently.
    private static let allowance = 40 << 20

    init() throws { folder = try TemporaryFolder() }

    @Test("A large PNG is read row by row")
    func png() async throws {
      // As a whole it would take 108 MB.
      try folder.write(flatPNG(6000, 6000, color: .rgb), to: "set/a/1.png")
      #expect(try await peakMemory() < Self.allowance)
    }

    @Test("A large JPEG is read row by row, at its reduced scale")
    func jpeg() async throws {
      // At full size it would take 48 MB.
      try folder.write(flatJPEG(8000, 6000, progressive: false), to: "set/a/1.jpg")
      #expect(try await peakMemory() < Self.allowance)
    }

    @Test("An interlaced PNG takes the memory of its pixels, and no more")
    func interlacedPNG() async throws {
      try folder.write(flatPNG(6000, 6000, color: .gray, interlaced: true), to: "set/a/1.png")
      #expect(try await peakMemory() < Self.allowance + 6000 * 6000)
    }

    @Test("A progressive JPEG takes the memory of its coefficients, two bytes each, and no more")
    func progressiveJPEG() async throws {
      try folder.write(flatJPEG(6000, 6000, progressive: true), to: "set/a/1.jpg")
      #expect(try await peakMemory() < Self.allowance + 2 * 6000 * 6000)
    }

    @Test(
      "A WebP takes the memory of its pixels, twice if it is lossless, and no more", arguments: [false, true])
    func webP(lossless: Bool) async throws {
      let pixels = [UInt8](repeating: 77, count: 4000 * 3000 * 3)
      let options = WebPOptions(lossless: lossless)
      try folder.write(
        encodeWebP(width: 4000, height: 3000, pixels: pixels, options: options), to: "set/a/1.webp")
      let perPixel = lossless ? 7 : 3
      #expect(try await peakMemory() < Self.allowance + perPixel * 4000 * 3000)
    }

    @Test("Bombs in a PNG's chunks for text and profiles are not expanded")
    func chunkBombs() async throws {
      let bomb = try zlibZeros(200_000_000)
      let chunks = ["zTXt", "iCCP"].flatMap { chunk($0, Array("name".utf8) + [0, 0] + bomb) }
      let png = try flatPNG(8, 8, color: .gray)
      try folder.write(png.prefix(33) + chunks + png.dropFirst(33), to: "set/a/1.png")
      #expect(try await peakMemory() < Self.allowance)
    }

    @Test("A large file that is no picture is not read to its end")
    func otherFile() async throws {
      let path = try folder.write([0, 0, 0, 24] + Array("ftypisom".utf8), to: "set/a/film.jpg")
      #expect(truncate(path, 900_000_000) == 0)
      #expect(
        try await peakMemory(unreadable: "a/film.jpg: is a video, not PNG, JPEG or WebP") < Self.allowance)
    }

    @Test("--max-pixels refuses a picture before memory is taken for it, and names itself")
    func maxPixels() async throws {
      try folder.write(flatPNG(6000, 6000, color: .gray, interlaced: true), to: "set/a/1.png")
      try folder.write(flatJPEG(6000, 6000, progressive: true), to: "set/a/2.jpg")
      let problem = "is 6000x6000 pixels large, over the limit of 35999999 (--max-pixels)"
      #expect(
        try await peakMemory("--max-pixels", "35999999", unreadable: "a/1.png: \(problem)") < Self.allowance)
    }

    // MARK: Measuring

    /// Verifies the set in a process of its own. Returns the most memory that it held, in bytes.
    /// - Parameter unreadable: What is told of a picture that is not to be read; nil where all are.
    private func peakMemory(_ options: String..., unreadable: String? = nil) async throws -> Int {
      let process = Process()
      process.executableURL = ToolRun.tool
      process.arguments = ["verify", "set", "--workers", "0", "--allow-empty-classes"] + options
      process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
      let (output, errors) = (Pipe(), Pipe())
      (process.standardOutput, process.standardError) = (output, errors)
      try process.run()
      var peak = 0
      // A process that has ended tells nothing any more; the last look is a millisecond before.
      while process.isRunning {
        peak = max(peak, Self.peak(of: process.processIdentifier) ?? 0)
        try await Task.sleep(for: .milliseconds(1))
      }
      let told = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      #expect(process.terminationStatus == (unreadable == nil ? 0 : 1), "\(told)")
      if let unreadable { #expect(told.contains(unreadable), "\(told)") }
      try #require(peak > 0)
      return peak
    }

    private static func peak(of process: Int32) -> Int? {
      let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
      let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
      return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map {
        $0 << 10
      }
    }

    // MARK: Pictures

    private func flatJPEG(_ width: Int, _ height: Int, progressive: Bool) throws -> [UInt8] {
      try encodeJPEG(
        width: width, height: height, pixels: [UInt8](repeating: 77, count: width * height),
        options: .init(storage: .gray, progressive: progressive))
    }

    private enum Color: UInt8 {
      case gray = 0
      case rgb = 2
    }

    /// A black PNG made by hand: to encode it, its pixels would have to be there.
    private func flatPNG(_ width: Int, _ height: Int, color: Color, interlaced: Bool = false) throws
      -> [UInt8]
    {
      let channels = color == .rgb ? 3 : 1
      // Adam7 has seven passes, each of rows that begin with a byte for their filter.
      let passes = [
        (0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2), (0, 1, 1, 2),
      ]
      let sizes =
        interlaced
        ? passes.map { ((width - $0.0 + $0.1 - 1) / $0.1, (height - $0.2 + $0.3 - 1) / $0.3) }
        : [(width, height)]
      let count = sizes.reduce(0) { $0 + ($1.0 * channels + 1) * $1.1 }
      let header =
        bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [8, color.rawValue, 0, 0, interlaced ? 1 : 0]
      let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
      return signature + chunk("IHDR", header) + chunk("IDAT", try zlibZeros(count)) + chunk("IEND", [])
    }

    /// So many zero bytes as a zlib stream (RFC 1950): the deflate data of a gzip file, wrapped otherwise.
    private func zlibZeros(_ count: Int) throws -> [UInt8] {
      let deflated = try encodeGzip([UInt8](repeating: 0, count: count)).dropFirst(10).dropLast(8)
      // Adler-32 of zeros: the one sum stays 1, the other counts them.
      return [0x78, 0x9C] + deflated + bigEndian(UInt32(count % 65521) << 16 | 1)
    }

    private func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
      let body = Array(type.utf8) + data
      return bigEndian(UInt32(data.count)) + body + bigEndian(checksum(body))
    }

    /// CRC-32, from the trailer of a gzip file.
    private func checksum(_ bytes: [UInt8]) -> UInt32 {
      let trailer = ((try? encodeGzip(bytes)) ?? []).suffix(8).prefix(4)
      return trailer.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    private func bigEndian(_ value: UInt32) -> [UInt8] {
      (0..<4).map { UInt8(value >> (24 - 8 * $0) & 0xFF) }
    }
  }
}
