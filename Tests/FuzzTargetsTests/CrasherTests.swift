import Foundation
import FuzzTargets
import TestSupport
import Testing

/// Inputs that were once handled incorrectly. scripts/fuzz starts with them too, under the address sanitizer and a memory
/// limit.
@Suite struct CrasherTests {
  struct Input: Sendable, CustomTestStringConvertible {
    let target: any FuzzTarget
    let path: String
    var testDescription: String { "\(target.name) \(path.split(separator: "/").last ?? "")" }
  }

  private static let folder = Fixtures.root + "/Tests/FuzzTargetsTests/Crashers"

  static let inputs: [Input] = fuzzTargets.flatMap { target in
    names(in: "\(folder)/\(target.name)").map {
      Input(target: target, path: "\(folder)/\(target.name)/\($0)")
    }
  }

  private static func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  @Test func everyFolderBelongsToATarget() {
    let folders = Self.names(in: Self.folder)
    #expect(!folders.isEmpty)
    #expect(Set(folders).isSubset(of: fuzzTargets.map(\.name)))
  }

  @Test(arguments: inputs) func everyCrasherIsAcceptedOrRefusedCleanly(_ input: Input) throws {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: input.path))
    #expect(throws: Never.self) { try input.target.check([UInt8](bytes)) }
  }
}
