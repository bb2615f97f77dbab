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

  /// - Throws: `ValidationError` for options that do not go with the paths.
  func check(_ paths: [String]) throws {
    guard !null || paths.contains(PictureStream.standardInput) else {
      throw ValidationError("--null requires -, a list of paths on standard input.")
    }
  }

  /// The number of pictures at `paths`, for a progress bar; nil if it is unknown, or there is no bar.
  func count(_ paths: [String]) -> Int? {
    Terminal.isInteractive ? PictureStream.count(paths, followsLinks: followLinks) : nil
  }

  /// The pictures at `paths`.
  func pictures(_ paths: [String]) -> PictureStream {
    PictureStream(paths, separator: null ? 0 : UInt8(ascii: "\n"), followsLinks: followLinks)
  }
}
