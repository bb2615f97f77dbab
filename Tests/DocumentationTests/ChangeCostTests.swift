import Foundation
import TestSupport
import Testing
import WhiskerNN
import WhiskerTraining

/// The files that a change touches, as the articles about such changes list them.
@Suite struct ChangeCostTests {
  /// The files that an article lists under "The files".
  private static func listed(in article: String) throws -> Set<String> {
    let path = "\(Fixtures.root)/Documentation/Whisker.docc/Articles/\(article).md"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let section = try #require(text.components(separatedBy: "## The files\n").dropFirst().first)
      .components(separatedBy: "\n## ")[0]
    return Set(section.matches(of: #/\n- `(Sources\/[^`]+)`/#).map { String($0.1) })
  }

  /// The files of Swift whose code, comments aside, contains one of some words.
  private static func files(with words: [String]) throws -> Set<String> {
    let sources = Fixtures.root + "/Sources"
    let names = try #require(FileManager.default.enumerator(atPath: sources)).compactMap { $0 as? String }
    let found = try names.filter { $0.hasSuffix(".swift") }.filter { name in
      let lines = try String(contentsOfFile: "\(sources)/\(name)", encoding: .utf8).split(separator: "\n")
      let code = lines.map { $0.components(separatedBy: "//")[0] }.joined(separator: "\n")
      return words.contains { code.contains($0) }
    }
    return Set(found.map { "Sources/" + $0 })
  }

  @Test("A metric is known to its own file and to the list")
  func metric() throws {
    let found = try Self.files(with: ["WaitingShare(", "WaitingShare:", "\"waiting_share\""])
    #expect(try Self.listed(in: "AddingAMetric") == found)
  }

  @Test("An optimizer is known to its own file and to the list")
  func optimizer() throws {
    let found = try Self.files(with: ["SGD(", "class SGD", ".sgd", "\"sgd\""])
    #expect(try Self.listed(in: "AddingAnOptimizer") == found)
  }

  @Test("The articles' metric and optimizer compute what they say")
  func examples() throws {
    var measurements = EpochMeasurements()
    #expect(ValidationF1().values(of: measurements).isEmpty)
    measurements.validation = Evaluation(classCount: 2)
    #expect(ValidationF1().values(of: measurements) == [0])
    let network = try Network(
      NetworkSpecification(layers: [.flatten, .dense(units: nil)]),
      input: .map(channels: 1, height: 1, width: 2), classCount: 2, capacity: 1, pool: ComputePool(threads: 1)
    )
    network.initialize(seed: 1)
    let parameter = network.parameters[0]
    let before = parameter.value.values
    parameter.gradient[0] = 3
    let settings = OptimizerKind.Settings(learningRate: 0.5, momentum: 0, weightDecay: 0)
    OptimizerKind.signSGD.optimizer(network.parameters, settings).step(network.pool)
    #expect(parameter.value.values == [before[0] - 0.5] + before.dropFirst())
  }
}
