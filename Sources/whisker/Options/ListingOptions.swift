import ArgumentParser
import WhiskerData

/// How the pictures at the paths of a command are listed.
struct ListingOptions: ParsableArguments {
  @Flag(
    name: [.customShort("0"), .long],
    help: "Paths on standard input end with a zero byte, as printed by find -print0.")
  var null = false

  @Flag(help: "Follow symbolic links in folders. By default they are reported and skipped.")
  var followLinks = false

  @Option(
    help: ArgumentHelp(
      "Column of a list that holds the paths. (default: path, filename, file, image or a similar name)",
      valueName: "name"))
  var pathColumn: String?

  /// - Throws: `ValidationError` for options that do not go with the paths.
  func check(_ paths: [String]) throws {
    guard !null || paths.contains(PictureStream.standardInput) else {
      throw ValidationError("--null requires -, a list of paths on standard input.")
    }
  }

  /// The number of pictures at `paths`, for a progress bar; nil if it is unknown, or there is no bar.
  func count(_ paths: [String]) -> Int? {
    guard Terminal.isInteractive, let paths = try? expanded(paths) else { return nil }
    return PictureStream.count(paths, followsLinks: followLinks)
  }

  /// The pictures at `paths`, and those that lists name.
  /// - Parameter areAmongOthers: Whether the command has further paths.
  /// - Throws: `FileError` when a list cannot be used.
  func pictures(_ paths: [String], areAmongOthers: Bool = false) throws -> PictureStream {
    PictureStream(
      try expanded(paths, areAmongOthers: areAmongOthers), separator: null ? 0 : UInt8(ascii: "\n"),
      followsLinks: followLinks)
  }

  private func expanded(_ paths: [String], areAmongOthers: Bool = false) throws -> [String] {
    try paths.flatMap { path in
      guard path != PictureStream.standardInput else { return [path] }
      let listed = try DataSource.listedPaths(
        at: path, column: pathColumn, isAmongOthers: areAmongOthers || paths.count > 1)
      // A list names files, not standard input.
      return listed?.map { $0 == PictureStream.standardInput ? "./\($0)" : $0 } ?? [path]
    }
  }
}
