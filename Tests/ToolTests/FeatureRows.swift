import Foundation
import Testing

/// A row of a file of features.
struct FeatureRow: Equatable {
  let path: String
  let features: [Float]
  init(_ path: String, _ features: [Float]) { (self.path, self.features) = (path, features) }
}

/// A safetensors file with features and paths, read by its header alone.
struct FeatureRows {
  private let header: [String: Any]
  private let data: Data

  init(_ path: String) throws {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let length = bytes.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    header = try jsonObject(bytes[8..<8 + length])
    data = Data(bytes[(8 + length)...])
  }

  func shape(_ name: String) -> [Int]? { (header[name] as? [String: Any])?["shape"] as? [Int] }

  private func bytes(_ name: String) -> Data {
    let place = (header[name] as? [String: Any])?["data_offsets"] as? [Int] ?? [0, 0]
    return Data(data[place[0]..<place[1]])
  }

  var rows: [FeatureRow] {
    let width = shape("features")?[1] ?? 0
    let values = bytes("features").withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    let paths = bytes("paths").split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    return paths.enumerated().map { FeatureRow($1, Array(values[$0 * width..<($0 + 1) * width])) }
  }
}
