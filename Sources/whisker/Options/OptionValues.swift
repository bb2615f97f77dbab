import ArgumentParser
import WhiskerCore
import WhiskerData
import WhiskerNN
import WhiskerTraining

/// `28`, or height x width: `32x48`.
struct ImageSize: ExpressibleByArgument, CustomStringConvertible {
  let height: Int
  let width: Int

  init?(argument: String) {
    let sides = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard sides.count == 1 || sides.count == 2, let height = sides[0], let width = sides[sides.count - 1]
    else {
      return nil
    }
    guard (1...Preprocessing.sizeLimit).contains(height), (1...Preprocessing.sizeLimit).contains(width) else {
      return nil
    }
    (self.height, self.width) = (height, width)
  }

  var description: String { height == width ? "\(height)" : "\(height)x\(width)" }
}

/// Sizes with commas between: `96`, or `48,96`.
struct ImageSizeList: ExpressibleByArgument {
  let sizes: [Preprocessing.Size]

  init?(argument: String) {
    let sizes = argument.split(separator: ",", omittingEmptySubsequences: false).map {
      ImageSize(argument: String($0)).map { Preprocessing.Size(height: $0.height, width: $0.width) }
    }
    guard sizes.count <= TrainingConfiguration.trainingSizeLimit, sizes.allSatisfy({ $0 != nil }) else {
      return nil
    }
    self.sizes = sizes.compactMap(\.self)
  }
}

/// `white`, `black`, or `RRGGBB` in hexadecimal.
struct ColorValue: ExpressibleByArgument, CustomStringConvertible {
  let color: Preprocessing.Color

  static let defaultCompletionKind = CompletionKind.list(["white", "black"])

  init?(argument: String) {
    switch argument.lowercased() {
    case "white": color = .white
    case "black": color = .black
    default:
      let digits = argument.hasPrefix("#") ? String(argument.dropFirst()) : argument
      guard digits.utf8.count == 6, digits.allSatisfy(\.isHexDigit), let value = UInt32(digits, radix: 16)
      else { return nil }
      color = Preprocessing.Color(
        red: UInt8(value >> 16), green: UInt8(value >> 8 & 0xFF), blue: UInt8(value & 0xFF))
    }
  }

  var description: String { color.description }
}

/// A number of bytes: `800000`, `64KB`, `512MB`, `2GB`, in powers of 1024.
struct ByteCount: ExpressibleByArgument {
  let bytes: Int

  private static let units: [(name: String, size: Int)] = [("KB", 1 << 10), ("MB", 1 << 20), ("GB", 1 << 30)]

  init?(argument: String) {
    let text = argument.uppercased()
    let unit = Self.units.first { text.hasSuffix($0.name) }
    guard let number = Int(text.dropLast(unit?.name.count ?? 0)), number >= 0 else { return nil }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: unit?.size ?? 1)
    guard !overflow else { return nil }
    self.bytes = bytes
  }
}

/// Names, `cat,dog`, each once.
struct NameList: ExpressibleByArgument {
  let names: [String]

  init?(argument: String) {
    names = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard names.allSatisfy({ !$0.isEmpty && isPrintable($0) }), Set(names).count == names.count else {
      return nil
    }
  }
}

/// A split, by any of its usual names, or `all`.
struct SplitOption: ExpressibleByArgument {
  let selection: EvaluatedSplit.Selection

  static let defaultCompletionKind = CompletionKind.list(
    DataSource.Split.allCases.map(\.folderName) + ["all"])

  init?(argument: String) {
    switch argument.lowercased() {
    case "train", "training": selection = .split(.training)
    case "val", "valid", "validation": selection = .split(.validation)
    case "test": selection = .split(.test)
    case "all": selection = .all
    default: return nil
    }
  }
}

extension DataSource.Split {
  /// The name in folders and options.
  var folderName: String {
    switch self {
    case .training: "train"
    case .validation: "val"
    case .test: "test"
    }
  }
}

extension Preprocessing.ColorMode: Choice {}
extension OptimizerKind: Choice {}
extension TrainingConfiguration.ClassWeights: Choice {}
extension Monitor: Choice {}
extension TestTimeAugmentation: Choice {}
extension BatchStream.ErrorPolicy: Choice {}

/// An option whose value is one of a few names, in upper or lower case.
protocol Choice: ExpressibleByArgument, CaseIterable, RawRepresentable where RawValue == String {}

extension Choice {
  public init?(argument: String) { self.init(rawValue: argument.lowercased()) }
}

extension Recipe: Choice {}

extension ClosedRange<Int> {
  /// - Throws: `ValidationError` that names the option and the range, unless the value is nil or in the range.
  func check(_ value: Int?, _ option: String) throws {
    guard let value, !contains(value) else { return }
    throw ValidationError("\(option) must be from \(lowerBound) to \(upperBound), not \(value).")
  }
}

/// The value of `--network`: a preset or a JSON file.
struct NetworkName {
  private let name: String

  /// The presets, and the JSON files in the current folder.
  static let completion = CompletionKind.shellCommand(
    "printf '%s\\n' \(NetworkPreset.allCases.map(\.rawValue).joined(separator: " ")); ls | grep '[.]json$'")

  init(_ name: String) { self.name = name }

  /// - Throws: `ValidationError` for an unknown name, `FileError` for an invalid file.
  func specification() throws -> NetworkSpecification {
    try NetworkPreset(rawValue: name.lowercased())?.specification ?? specificationFromFile()
  }

  /// The pictures that the published weights of a preset were trained on; nil for other networks.
  var preprocessing: Preprocessing? {
    NetworkPreset(rawValue: name.lowercased())?.pictureSide.map {
      Preprocessing(height: $0, width: $0, colorMode: .rgb)
    }
  }

  private func specificationFromFile() throws -> NetworkSpecification {
    guard name.hasSuffix(".json") else {
      let names = NetworkPreset.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError(
        "--network: unknown network \"\(name)\"; choose from \(names), or pass a .json file.")
    }
    let json = try FileBytes.read(name, limit: 1 << 20)
    do {
      return try NetworkSpecification(json: json)
    } catch let error as NetworkError {
      throw FileError(name, "is not a network: \(error)")
    }
  }
}

/// A port of this machine, or any free one.
///
/// Any text is accepted at first and checked by `check`: after an option with an optional value, the parser would silently
/// take an invalid value for the next argument.
struct LivePort: ExpressibleByArgument, CustomStringConvertible {
  private let text: String?

  static let free = LivePort(text: nil)

  private init(text: String?) { self.text = text }

  init(argument: String) { text = argument }

  /// The port; 0 for any free one.
  var number: UInt16 { text.flatMap { UInt16($0) } ?? 0 }

  /// - Throws: `ValidationError` when it is not a port.
  func check(_ option: String) throws {
    guard let text, number == 0 else { return }
    throw ValidationError("\(option) must be a port from 1 to 65535, not \"\(text)\".")
  }

  var description: String { text ?? "any free port" }
}

/// A probability, or `auto` for the threshold in the model file.
enum ThresholdValue: ExpressibleByArgument {
  case automatic
  case probability(Double)

  static let defaultCompletionKind = CompletionKind.list(["auto"])

  init?(argument: String) {
    if argument.lowercased() == "auto" {
      self = .automatic
    } else if let value = Double(argument) {
      self = .probability(value)
    } else {
      return nil
    }
  }

  /// - Parameter option: An option with which the probabilities are not those that the threshold was chosen for; nil for none.
  /// - Throws: `ValidationError` for what is not a probability, and for `auto` with such an option.
  func check(with option: String?) throws {
    switch self {
    case .probability(let value):
      guard !(0...1).contains(value) else { return }
      throw ValidationError("--threshold must be from 0 to 1, or auto.")
    case .automatic:
      guard let option else { return }
      throw ValidationError(
        "--threshold auto is for calibrated probabilities, and \(option) gives others: name a probability.")
    }
  }

  /// The probability; that of the model's file for auto, with a note of what it means.
  /// - Throws: `FileError` when the file has none.
  func probability(for model: @autoclosure () throws -> Model) throws -> Double {
    if case .probability(let value) = self { return value }
    let model = try model()
    let threshold = try model.threshold
    Terminal.warn("\(model.path): threshold \(threshold.text)")
    return threshold.probability
  }
}
