import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct PredictUncertainty {
    private let folder: TemporaryFolder
    private let pets = Fixtures.samples + "/cats-dogs"

    init() async throws {
      folder = try TemporaryFolder()
      try await whisker("train", pets, "--epochs", "2", "-o", "model", in: folder)
    }

    @Test("Samples of a picture do not depend on what else is predicted, nor on workers and threads")
    func alone() async throws {
      let picture = pets + "/test/dog/000.png"
      let alone = try await answers([picture, "--mc-samples", "70", "--workers", "0", "--threads", "1"])
      let among = try await answers([
        pets + "/test", "--mc-samples", "70", "--workers", "3", "--threads", "2",
      ])
      let same = try #require(among.first { $0["path"] as? String == picture })
      #expect(NSDictionary(dictionary: same) == NSDictionary(dictionary: alone[0]))
      let reseeded = try await answers([picture, "--mc-samples", "70", "--seed", "1"])
      #expect(reseeded[0]["probability"] as? Double != alone[0]["probability"] as? Double)
      #expect(Set(among.compactMap { $0["entropy"] as? Double }).count > 90)
    }

    @Test("Entropy, mutual information and deviations keep to their bounds")
    func bounds() async throws {
      for answer in try await answers([pets + "/test", "--mc-samples", "20"]) {
        let entropy = try #require(answer["entropy"] as? Double)
        let information = try #require(answer["mutual_information"] as? Double)
        #expect(information > 0 && information <= entropy && entropy <= log(2) + 1e-12)
        let probabilities = try #require(answer["probabilities"] as? [String: Double])
        #expect(abs(probabilities.values.reduce(0, +) - 1) < 1e-9)
        #expect(abs(entropy + probabilities.values.reduce(0) { $0 + $1 * log($1) }) < 1e-9)
        #expect(try #require(answer["standard_deviation"] as? Double) > 0)
      }
      for answer in try await answers([pets + "/test/cat", "--mc-samples", "1"]) {
        #expect(answer["mutual_information"] as? Double == 0)
        #expect(answer["standard_deviation"] as? Double == 0)
      }
    }

    @Test("The means of many passes with two seeds differ by no more than chance")
    func manyPasses() async throws {
      let passes = 2000
      let options = [pets + "/test/dog/001.jpg", "--mc-samples", "\(passes)"]
      let means = try await (answers(options)[0], answers(options + ["--seed", "9"])[0])
      let (first, second) = (
        means.0["probabilities"] as? [String: Double], means.1["probabilities"] as? [String: Double]
      )
      let deviation = try #require(means.0["standard_deviation"] as? Double)
      let distance = abs(try #require(first?["dog"]) - (try #require(second?["dog"])))
      #expect(distance > 0 && distance < 5 * deviation * (2 / Double(passes)).squareRoot())
      let other = try #require(means.1["standard_deviation"] as? Double)
      #expect(abs(other / deviation - 1) < 0.2)
    }

    @Test("A model without dropout has nothing to sample")
    func noDropout() async throws {
      let network = #"{"layers": [{"type": "flatten"}, {"type": "dense"}]}"#
      try folder.write(Array(network.utf8), to: "plain.json")
      let trained = try await whisker(
        "train", pets, "--network", "plain.json", "--epochs", "1", "-o", "plain", in: folder)
      #expect(trained.status == 0, "\(trained.story)")
      let run = try await whisker("predict", "plain", pets + "/test", "--mc-samples", "3", in: folder)
      #expect(run.status == 1 && run.errors.contains("has no dropout"), "\(run.story)")
    }

    @Test("Below the threshold nothing is answered, and that is no failure")
    func threshold() async throws {
      let cats = pets + "/test/cat"
      let json = try await answers([cats, "--threshold", "0.6"])
      let unsure = json.count { $0["abstained"] as? Bool == true }
      #expect(unsure > 0 && unsure == json.count { $0["label"] == nil })
      #expect(json.allSatisfy { (($0["probability"] as? Double ?? 0) < 0.6) == ($0["label"] == nil) })
      let csv = try await whisker(
        "predict", "model", cats, "--threshold", "0.6", "--format", "csv", in: folder)
      #expect(csv.status == 0)
      #expect(csv.lines.dropFirst().count { $0.contains(".png,,0.5") || $0.contains(".jpg,,0.5") } == unsure)
      let text = try await whisker("predict", "model", cats, "--threshold", "0.6", in: folder)
      #expect(text.lines.count { $0.contains("  abstained (") } == unsure)
    }

    @Test("The most probable classes are on the row, in every format")
    func topK() async throws {
      let digits = Fixtures.samples + "/digits"
      try await whisker("train", digits, "--epochs", "1", "-o", "digits", in: folder)
      let picture = pets + "/test/cat/000.png"
      let run = { (format: String) in
        try await whisker("predict", "digits", picture, "--top-k", "3", "--format", format, in: folder)
      }
      let object = try jsonObject(try await run("json").lines[0])
      let top = try #require(object["top"] as? [[String: Any]])
      let labels = top.compactMap { $0["label"] as? String }
      let probabilities = top.compactMap { $0["probability"] as? Double }
      #expect(labels.count == 3 && probabilities == probabilities.sorted(by: >))
      #expect(object["probabilities"] == nil && object["label"] as? String == labels[0])
      let csv = try await run("csv")
      #expect(csv.lines[0] == "path,label,probability,label_2,probability_2,label_3,probability_3,error")
      let fields = zip(labels, probabilities).map { "\($0),\(String(format: "%.6f", $1))" }
      #expect(csv.lines[1] == "\(picture),\(fields.joined(separator: ",")),")
      let text = zip(labels, probabilities).map { "\(String(format: "%.4f", $1))  \($0)" }
      #expect(try await run("text").lines[0] == picture + "  " + text.joined(separator: "  "))
      let whole = try await whisker("predict", "digits", picture, "--format", "jsonl", in: folder)
      let all = try #require(try jsonObject(whole.lines[0])["probabilities"] as? [String: Double])
      #expect(all.values.sorted(by: >).prefix(3) == probabilities[...])
    }

    @Test(
      "Options that make no sense are wrong usage",
      arguments: [
        ["--top-k", "0"], ["--threshold", "1.5"], ["--threshold", "nan"], ["--mc-samples", "0"],
        ["--seed", "1"],
        ["--null"], ["--format", "xml"],
      ])
    func usage(options: [String]) async throws {
      let run = try await ToolRun(["predict", "model", pets] + options, in: folder).finish()
      #expect(run.status == 2 && run.errors.contains(options[0]) && run.output.isEmpty, "\(run.story)")
    }

    private func answers(_ arguments: [String]) async throws -> [[String: Any]] {
      let run = try await ToolRun(["predict", "model", "--format", "json"] + arguments, in: folder).finish()
      #expect(run.status == 0, "\(run.story)")
      return try run.lines.dropLast().map { try jsonObject($0) }
    }
  }
}
