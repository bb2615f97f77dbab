import Foundation
import Testing

/// `scripts/bench` on the sample data, with the programs built with the tests.
@Suite struct BenchTests {
  private struct Document: Decodable {
    struct Row: Decodable {
      struct Ratio: Decodable {
        let value: Double
        let to: String
      }

      let benchmark: String
      let contender: String
      let unit: String
      let minimum: Double
      let median: Double
      let maximum: Double
      let ratios: [Ratio]
    }

    let machine: String
    let rows: [Row]
  }

  private func bench(_ arguments: [String]) async throws -> (status: Int32, output: String) {
    let output = FileManager.default.temporaryDirectory.appending(path: "whisker-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: output) }
    var environment = ProcessInfo.processInfo.environment
    let programs = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().path
    environment["WHISKER_BUILD"] = programs
    return try await ScriptRun("bench", arguments, environment: environment, output: output).finish()
  }

  @Test("Every benchmark gives figures, as a table and as JSON", .timeLimit(.minutes(3)))
  func everyBenchmark() async throws {
    let json = FileManager.default.temporaryDirectory.appending(path: "whisker-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: json) }
    let result = try await bench(["--quick", "--json", json.path])
    #expect(result.status == 0, "\(result.output)")
    let document = try JSONDecoder().decode(Document.self, from: Data(contentsOf: json))
    let expected = [
      "fp32 multiply-adds", "dropout-cnn", "mnist-convnet", "deep-dropout-cnn", "dropout-cnn, 64x64x3",
      "evaluation", "lite0 features 224",
      "photos, ten epochs", "preprocess", "preprocess, WebP", "memory, training MNIST", "--help",
      "start from a cache",
      "gathering batches", "augmenting, one core", "training, 500 rows", "training, 1,000 rows",
      "start, 500 small files",
      "kernels, one core",
    ]
    let names = document.rows.map(\.benchmark)
    #expect(expected.filter { !names.contains($0) } == [])
    for row in document.rows {
      #expect(row.minimum > 0 && row.minimum <= row.median && row.median <= row.maximum)
      #expect(row.maximum.isFinite && row.ratios.allSatisfy { $0.value > 0 })
      // Rates must be plausible numbers of images or operations per second.
      #expect(row.unit != "images/s" || row.median > 10)
      #expect(result.output.contains(row.benchmark) && result.output.contains(row.contender))
    }
  }

  @Test("Benchmarks can be selected, and an unknown one is named")
  func chosen() async throws {
    let help = try await bench(["--quick", "--only", "help"])
    #expect(help.status == 0 && help.output.contains("--help") && !help.output.contains("evaluation"))
    let unknown = try await bench(["--only", "juggling"])
    #expect(unknown.status != 0 && unknown.output.contains("unknown benchmark juggling"))
  }
}
