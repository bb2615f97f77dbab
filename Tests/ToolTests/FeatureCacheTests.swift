import Foundation
import TestSupport
import Testing
import WhiskerCore

extension ToolTests {
  /// Evaluation on features, and features that are no numbers.
  @Suite struct FeatureCaches {
    private let folder: TemporaryFolder
    private let options = ["--epochs", "3", "--batch-size", "40"]

    init() throws {
      folder = try TemporaryFolder()
      try SmallBackbone.prepare(folder)
    }

    /// A backbone of six features, trained on other pictures.
    private func makeBackbone(_ name: String = "backbone", _ options: [String] = []) async throws {
      try await run(SmallBackbone.training(name, options))
    }

    @discardableResult
    private func run(_ arguments: [String], status: Int32 = 0) async throws -> ToolRun.Result {
      let result = try await ToolRun(arguments, in: folder).finish()
      #expect(result.status == status, "\(result.story)")
      return result
    }

    @Test(
      "A model is evaluated on a cache of its features as on the pictures, for the options that need none")
    func evaluatedOnFeatures() async throws {
      try await makeBackbone()
      for views in ["1", "3"] {
        let cache = "f\(views).safetensors"
        let backbone = ["--backbone", "backbone", "--feature-views", views]
        try await run(["preprocess", "data", "-o", cache] + backbone)
        for data in ["data", cache] {
          try await run(["train", data, "-o", "run\(views)\(data)"] + backbone + options)
        }
        for split in ["val", "all"] {
          var results: [[String: Any]] = []
          for data in ["data", cache] {
            let arguments = ["evaluate", "run\(views)\(data)", data, "--split", split, "--format", "json"]
            results.append(try jsonObject(try await run(arguments).output))
          }
          for key in ["count", "loss", "accuracy", "confusion"] {
            #expect(results[0][key] as? NSObject == results[1][key] as? NSObject, "\(key)")
          }
          // The run on the cache knows the names of its pictures, and not their contents.
          let trainedOn = results.map { $0["trained_on"] as? Int }
          let known = split == "all" ? trainedOn[0] : nil
          #expect(trainedOn[0] != nil)
          #expect(trainedOn[1] == known)
        }
        let page = try await run(["evaluate", "run1data", cache, "--report", "page\(views).html"])
        #expect(page.output.contains("accuracy"), "\(page.story)")
      }
      try await makeBackbone("other", ["--seed", "1"])
      try await run(["train", "data", "-o", "stranger", "--backbone", "other"] + options)
      let stranger = try await run(["evaluate", "stranger", "f1.safetensors"], status: 1)
      #expect(stranger.errors.contains("has the backbone 6 features"), "\(stranger.story)")
      for option in [["--tta", "flip"], ["--mc-samples", "3"]] {
        let refused = try await run(["evaluate", "run1data", "f1.safetensors"] + option, status: 2)
        #expect(refused.errors.contains("\(option[0]) needs pictures"), "\(refused.story)")
      }
    }

    @Test("Features that are NaN or infinite are an error that names the picture, or the backbone")
    func notFinite() async throws {
      try await makeBackbone()
      try await run(["preprocess", "data", "-o", "f.safetensors", "--backbone", "backbone"])
      let path = folder.path("f.safetensors")
      let rows = try FeatureRows(path).rows
      let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      let pattern = rows[41].features.withUnsafeBytes { Data($0) }
      let place = try #require(bytes.firstRange(of: pattern)).lowerBound
      for value in [Float.nan, .infinity, -.infinity] {
        var damaged = bytes
        damaged.replaceSubrange(place + 8..<place + 12, with: withUnsafeBytes(of: value) { Data($0) })
        try damaged.write(to: URL(fileURLWithPath: folder.path("bad.safetensors")))
        for command in [
          ["train", "bad.safetensors", "--backbone", "backbone"],
          ["evaluate", "backbone", "bad.safetensors"],
        ] {
          let refused = try await run(command, status: 1)
          #expect(
            refused.errors.contains("\(rows[41].path) has features that are NaN or infinite"),
            "\(refused.story)")
        }
      }
      // Each weight is finite, and their products are not.
      let model = try SafetensorsReader(folder.path("backbone/weights/best.safetensors"))
      var writer = SafetensorsWriter(metadata: model.metadata)
      for name in model.names {
        let tensor = Tensor(shape: model.shape(of: name) ?? [])
        try model.copy(name, into: tensor)
        if name == "4.body.0.weight" { for index in 0..<tensor.count { tensor[index] = 3e38 } }
        writer.add(name, tensor)
      }
      try writer.write(to: folder.path("large.safetensors"))
      for command in [
        ["train", "data", "--backbone", "large.safetensors"],
        ["train", "data", "--backbone", "large.safetensors", "--seeds", "2"],
        ["preprocess", "data", "-o", "g.safetensors", "--backbone", "large.safetensors"],
        ["embed", "large.safetensors", "data/b", "-o", "e.csv"],
      ] {
        let refused = try await run(command, status: 1)
        #expect(refused.errors.contains("large.safetensors: has weights so large"), "\(refused.story)")
      }
      #expect(!FileManager.default.fileExists(atPath: folder.path("runs")))
    }
  }
}
