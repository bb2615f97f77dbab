import ArgumentParser

/// A port of this machine, or any that is free.
///
/// Every text is one at first: the parser would take what it cannot parse behind an option with an optional value for
/// something else, and not say so.
struct LivePort: ExpressibleByArgument, CustomStringConvertible {
  private let text: String?

  static let free = LivePort(text: nil)

  private init(text: String?) { self.text = text }

  init(argument: String) { text = argument }

  /// 0 for any that is free.
  var number: UInt16 { text.flatMap { UInt16($0) } ?? 0 }

  /// - Throws: `ValidationError` when it is no port.
  func check(_ option: String) throws {
    guard let text, number == 0 else { return }
    throw ValidationError("\(option) takes a port from 1 to 65535, and \"\(text)\" is none.")
  }

  var description: String { text ?? "any that is free" }
}
