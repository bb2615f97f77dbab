import ArgumentParser
import WhiskerData
import WhiskerTensor
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

/// The part of a data set, by any of its usual names, or all of it.
struct PartName: ExpressibleByArgument {
  /// The part; nil for all.
  let part: DataSource.Part?

  static let defaultCompletionKind = CompletionKind.list(DataSource.Part.allCases.map(\.folderName) + ["all"])

  init?(argument: String) {
    switch argument.lowercased() {
    case "train", "training": part = .training
    case "val", "valid", "validation": part = .validation
    case "test": part = .test
    case "all": part = nil
    default: return nil
    }
  }
}

extension DataSource.Part {
  /// The part as folders and options call it.
  var folderName: String {
    switch self {
    case .training: "train"
    case .validation: "val"
    case .test: "test"
    }
  }
}

extension Preprocessing.ColorMode: Choice {}
extension TrainingConfiguration.OptimizerName: Choice {}
extension TrainingConfiguration.ClassWeights: Choice {}
extension Monitor: Choice {}
extension BatchStream.ErrorPolicy: Choice {}
