/// The text of an error message, which can name settings: `"Raise \(Setting.maximumPixels) for larger pictures"`.
///
/// In its description a setting is its name in backticks: "Raise `maximumPixels` for larger pictures". `text(naming:)`
/// substitutes other names, such as the flags of a command-line tool.
public struct ErrorText: Sendable, Equatable {
  private enum Segment: Sendable, Equatable {
    case text(String)
    case setting(Setting)
  }

  private var segments: [Segment] = []

  /// A text that names no setting.
  public init(_ text: String) { append(text) }

  /// The text, in which `name` names each setting.
  public func text(naming name: (Setting) -> String) -> String {
    segments.map { segment in
      switch segment {
      case .text(let text): text
      case .setting(let setting): name(setting)
      }
    }.joined()
  }

  /// Concatenates two texts.
  public static func + (one: ErrorText, other: ErrorText) -> ErrorText {
    var sum = one
    for segment in other.segments { sum.append(segment) }
    return sum
  }

  private mutating func append(_ text: String) {
    // Without empty segments, equal texts have equal segments.
    guard !text.isEmpty else { return }
    // File names and quoted contents must not send control sequences to a terminal.
    append(.text(printable(text)))
  }

  private mutating func append(_ segment: Segment) {
    guard case .text(let end) = segment, case .text(let start) = segments.last else {
      return segments.append(segment)
    }
    segments[segments.count - 1] = .text(start + end)
  }
}

extension ErrorText: CustomStringConvertible {
  public var description: String { text(naming: Self.name) }

  /// The name of a setting, in backticks.
  public static let name: @Sendable (Setting) -> String = { "`\($0.rawValue)`" }
}

extension ErrorText: ExpressibleByStringInterpolation {
  public struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ErrorText("")

    public init(literalCapacity: Int, interpolationCount: Int) {}

    public mutating func appendLiteral(_ literal: String) { text.append(literal) }
    public mutating func appendInterpolation(_ value: some CustomStringConvertible) {
      text.append(value.description)
    }
    public mutating func appendInterpolation(_ other: ErrorText) { text = text + other }
    public mutating func appendInterpolation(_ setting: Setting) { text.append(.setting(setting)) }
  }

  public init(stringLiteral text: String) { append(text) }
  public init(stringInterpolation: StringInterpolation) { self = stringInterpolation.text }
}

extension ErrorText: Codable {
  /// Reads the stored form, in which a setting is its name in backticks, and a backtick of the text is doubled.
  public init(from decoder: any Decoder) throws {
    var rest = try decoder.singleValueContainer().decode(String.self)[...]
    while let start = rest.firstIndex(of: "`") {
      append(String(rest[..<start]))
      rest = rest[start...].dropFirst()
      if rest.first == "`" {
        rest = rest.dropFirst()
        append("`")
      } else if let end = rest.firstIndex(of: "`"), let setting = Setting(rawValue: String(rest[..<end])) {
        append(.setting(setting))
        rest = rest[end...].dropFirst()
      } else {
        append("`")
      }
    }
    append(String(rest))
  }

  /// Writes the stored form.
  public func encode(to encoder: any Encoder) throws {
    let stored = segments.map { segment in
      switch segment {
      case .text(let text):
        text.split(separator: "`", omittingEmptySubsequences: false).joined(separator: "``")
      case .setting(let setting): "`\(setting.rawValue)`"
      }
    }
    var container = encoder.singleValueContainer()
    try container.encode(stored.joined())
  }
}

/// An error whose message can name settings.
public protocol ErrorWithText: Error, CustomStringConvertible {
  /// The problem, and what to do about it.
  var text: ErrorText { get }
}

extension ErrorWithText {
  public var description: String { text.description }
}
