import Foundation
import Testing

/// A plain `swift build` without the packages that the C code needs.
@Suite struct MissingPackagesTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  @Test(
    "Where a library's header is missing, the compiler says what to install",
    .enabled(if: isInstalled("clang")),
    arguments: [
      ("Sources/CImageCodecs/png_picture.c", "libpng-dev"),
      ("Sources/CImageCodecs/jpeg_picture.c", "libjpeg-dev"),
      ("Sources/CImageCodecs/webp_picture.c", "libwebp-dev"),
      ("Sources/CImageCodecs/png_chunks.c", "zlib1g-dev"), ("Tools/CImageWriters/png_writer.c", "libpng-dev"),
      ("Tools/CImageWriters/jpeg_writer.c", "libjpeg-dev"),
      ("Tools/CImageWriters/webp_writer.c", "libwebp-dev"),
      ("Tools/CImageWriters/gzip_writer.c", "zlib1g-dev"),
      ("Tools/CBench/decode_webp.c", "libwebp-dev"), ("Tools/CBench/decode_jpeg.c", "libjpeg-dev"),
      ("Sources/CZlib/shim.h", "zlib1g-dev"),
    ])
  func missingHeader(file: String, package: String) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    // Without any include folders, no header is found.
    process.arguments = [
      "clang", "-fsyntax-only", "-nostdinc", "-x", "c", Self.root.appending(path: file).path,
    ]
    let pipe = Pipe()
    process.standardError = pipe
    try process.run()
    let errors = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(errors.contains("scripts/setup") && errors.contains(package), "\(errors)")
  }
}
