import ArgumentParser
import WhiskerNN
import WhiskerTensor

/// A network as `--network` names it: a preset, or a JSON file.
struct NetworkName {
  private let name: String

  /// The presets, and the JSON files at hand.
  static let completion = CompletionKind.shellCommand(
    "printf '%s\\n' \(NetworkPreset.allCases.map(\.rawValue).joined(separator: " ")); ls | grep '[.]json$'")

  init(_ name: String) { self.name = name }

  /// The layers.
  /// - Throws: `ValidationError` for a name that nothing has, `FileError` for a file that is no network.
  func specification() throws -> NetworkSpecification {
    try NetworkPreset(rawValue: name.lowercased())?.specification ?? specificationFromFile()
  }

  private func specificationFromFile() throws -> NetworkSpecification {
    guard name.hasSuffix(".json") else {
      let names = NetworkPreset.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError(
        "--network: there is no network named \(name). There are \(names), or a .json file.")
    }
    let json = try FileBytes.read(name, limit: 1 << 20)
    do {
      return try NetworkSpecification(json: json)
    } catch let error as NetworkError {
      throw FileError(name, "is not a network: \(error)")
    }
  }
}
