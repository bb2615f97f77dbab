import Foundation
import SampleImages
import TestSupport
import Testing

extension ToolTests {
  @Suite struct Evaluate {
    private let folder: TemporaryFolder
    private let digits = Fixtures.samples + "/digits"
    private let pets = Fixtures.samples + "/cats-dogs"

    init() throws { folder = try TemporaryFolder() }

    @Test("The last model measures exactly what its last epoch did")
    func agreesWithTraining() async throws {
      try await whisker("train", digits, "--epochs", "2", in: folder)
      let files = RunFiles(folder)
      let epochs = try #require(try files.json("metrics.json")["epochs"] as? [[String: Any]])
      let report = try await evaluate(files.last, digits)
      #expect(report["loss"] as? Double == epochs.last?["val_loss"] as? Double)
      #expect(report["accuracy"] as? Double == epochs.last?["val_accuracy"] as? Double)
      #expect(report["count"] as? Int == 500)
    }

    @Test("Text and JSON agree, and the confusion matrix counts every picture")
    func textAgreesWithJSON() async throws {
      try await whisker("train", pets, "--epochs", "3", in: folder)
      let report = try await evaluate("runs/train1", pets)
      let text = try await whisker("evaluate", "runs/train1", pets, in: folder)
      let confusion = try #require(report["confusion"] as? [[Int]])
      #expect(confusion.joined().reduce(0, +) == 100)
      let correct = confusion.indices.reduce(0) { $0 + confusion[$1][$1] }
      #expect(report["accuracy"] as? Double == Double(correct) / 100)
      let accuracy = try #require(report["accuracy"] as? Double)
      #expect(text.output.contains("\(String(format: "accuracy  %.4f", accuracy)) (\(correct) of 100)"))
      let loss = try #require(report["loss"] as? Double)
      #expect(text.output.contains(String(format: "loss      %.4f", loss)))
      for (name, row) in zip(["cat", "dog"], confusion) {
        let line = try #require(text.lines.first { $0.hasPrefix(name) })
        #expect(line.split(separator: " ").dropFirst().prefix(2).compactMap { Int($0) } == row)
      }
    }

    @Test("The validation part of a run is what the run held back")
    func splitOfARun() async throws {
      try await whisker("train", pets, "--epochs", "2", in: folder)
      try await whisker("train", pets + "/train", "--epochs", "2", "-o", "plain", in: folder)
      let files = RunFiles(folder, "plain")
      let best = try #require(try files.json("metrics.json")["best"] as? [String: Any])
      for name in ["val", "valid", "validation"] {
        let report = try await evaluate("plain", pets + "/train", "--split", name)
        #expect(report["count"] as? Int == 80)
        #expect(report["accuracy"] as? Double == best["val_accuracy"] as? Double)
      }
      let other = try await whisker(
        "evaluate", "plain", pets + "/test", "--split", "validation", in: folder)
      #expect(other.status == 1)
      #expect(other.errors.contains("lacks"), "\(other.story)")
    }

    @Test(
      "On the data that a run was trained on, what it held back is measured, also where the data has moved")
    func heldBackByDefault() async throws {
      let data = pets + "/train"
      try await whisker("train", data, "--epochs", "2", "-o", "run", in: folder)
      let best = try #require(try RunFiles(folder, "run").json("metrics.json")["best"] as? [String: Any])
      try FileManager.default.copyItem(atPath: data, toPath: folder.path("copy"))
      try folder.write([], to: "copy/.new")
      for (model, place) in [("run", data), ("run/weights/best.safetensors", data), ("run", "copy")] {
        let report = try await evaluate(model, place)
        #expect(report["accuracy"] as? Double == best["val_accuracy"] as? Double)
        #expect(report["count"] as? Int == 80)
      }
      let all = try await evaluate("run", data, "--split", "all")
      #expect(all["count"] as? Int == 400 && all["trained_on"] as? Int == 320)
      let text = try await whisker("evaluate", "run", data, "--split", "all", in: folder)
      #expect(text.output.contains("the model was trained on 320 of these pictures"), "\(text.story)")
      // Other pictures, though some have the same names.
      #expect(try await evaluate("run", pets + "/test")["count"] as? Int == 100)
      let divided = try await whisker("evaluate", "run", pets, "--split", "all", in: folder)
      #expect(
        divided.status == 1 && divided.errors.contains("--split: training or test\n"), "\(divided.story)")
    }

    @Test("Other data whose files have the same names and sizes is not what the run was trained on")
    func sameNamesAndSizes() async throws {
      for (name, bit) in [("one", UInt8(0)), ("other", 1)] {
        try SmallSets.makeIDX(name, count: 100, in: folder)
        let path = "\(name)/train-images-idx3-ubyte"
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.path(path))))
        bytes[bytes.count - 1] ^= bit
        try folder.write(bytes, to: path)
      }
      try await whisker("train", "one", "--epochs", "1", "-o", "run", in: folder)
      #expect(try await evaluate("run", "one")["count"] as? Int == 20)
      #expect(try await evaluate("run", "other")["count"] as? Int == 100)
    }

    @Test("The data of a sweep is measured by what its best training held back")
    func heldBackBySweep() async throws {
      try SmallSets.makeFolder("two", classes: ["dark", "light"], in: folder)
      try await whisker("sweep", "two", "--dropout", "0,0.5", "--epochs", "2", "-o", "sweep", in: folder)
      let held = try await evaluate("sweep", "two", "--split", "val")
      let usual = try await evaluate("sweep", "two")
      #expect(usual["count"] as? Int == held["count"] as? Int && (held["count"] as? Int ?? 24) < 24)
      #expect(usual["loss"] as? Double == held["loss"] as? Double)
    }

    @Test("Pictures of the only part that is there can be named by that part")
    func onlyATestPair() async throws {
      try await whisker("train", digits, "--epochs", "1", in: folder)
      for name in ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"] {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(digits)/\(name)"))
        try folder.write(Array(bytes), to: "t10k/\(name)")
      }
      let named = try await evaluate("runs/train1", folder.path("t10k"), "--split", "validation")
      #expect(named["count"] as? Int == 500)
    }

    @Test("Classes are matched by name: one too many, sorted first, shifts nothing")
    func extraClass() async throws {
      try SmallSets.makeFolder("two", classes: ["dark", "light"], in: folder)
      try await whisker("train", "two", "--epochs", "8", "--batch-size", "4", in: folder)
      let plain = try await evaluate("runs/train1", "two")
      #expect(plain["accuracy"] as? Double == 1)
      try folder.write(try SmallSets.picture(120, 1), to: "two/aardvark/1.png")
      let report = try await evaluate("runs/train1", "two")
      #expect(report["accuracy"] as? Double == 1)
      #expect(report["loss"] as? Double == plain["loss"] as? Double)
      #expect(report["extra_classes"] as? [String] == ["aardvark"])
      let text = try await whisker("evaluate", "runs/train1", "two", "--split", "all", in: folder)
      #expect(text.output.contains("unknown to the model: aardvark (1 picture excluded)"), "\(text.story)")
    }

    @Test("A class that the data lacks is reported and shifts nothing")
    func missingClass() async throws {
      try SmallSets.makeFolder("two", classes: ["dark", "light"], in: folder)
      try await whisker("train", "two", "--epochs", "8", "--batch-size", "4", in: folder)
      try FileManager.default.removeItem(atPath: folder.path("two/dark"))
      let report = try await evaluate("runs/train1", "two", "--split", "all")
      #expect(report["accuracy"] as? Double == 1)
      #expect(report["missing_classes"] as? [String] == ["dark"])
      let text = try await whisker("evaluate", "runs/train1", "two", "--split", "all", in: folder)
      #expect(text.output.contains("missing from the dataset: dark"), "\(text.story)")
    }

    @Test("Data without a class of the model's is refused, and both sides are named")
    func noCommonClass() async throws {
      try SmallSets.makeFolder("two", classes: ["dark", "light"], in: folder)
      try SmallSets.makeFolder("others", classes: ["cat", "dog"], each: 2, in: folder)
      try await whisker("train", "two", "--epochs", "1", in: folder)
      let run = try await whisker("evaluate", "runs/train1", "others", in: folder)
      #expect(run.status == 1)
      for name in ["cat", "dog", "dark", "light"] { #expect(run.errors.contains(name), "\(run.story)") }
    }

    @Test("A file that is no model, or no longer a whole one, is named and refused")
    func damagedModels() async throws {
      try await whisker("train", pets, "--epochs", "1", in: folder)
      let model = Array(try RunFiles(folder).bytes("weights/best.safetensors"))
      var header = model
      header[20] = 0xFF
      var long = model
      long[5] = 0x7F
      let foreign = Array(#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#.utf8)
      let files: [(String, [UInt8])] = [
        ("truncated", Array(model.dropLast(1000))), ("longer", model + [0]), ("empty", []),
        ("header", header), ("length", long), ("short", Array(model.prefix(5))),
        ("foreign", [UInt8(foreign.count), 0, 0, 0, 0, 0, 0, 0] + foreign + [0, 0, 0, 0]),
        ("text", Array("hello".utf8)), ("picture", try SmallSets.picture(9, 1)),
      ]
      for (name, bytes) in files {
        try folder.write(bytes, to: "\(name).safetensors")
        for command in [["evaluate"], ["predict"], ["inspect"]] {
          let arguments = command + ["\(name).safetensors"] + (command == ["inspect"] ? [] : [pets])
          let run = try await ToolRun(arguments, in: folder).finish()
          #expect(run.status == 1, "\(name): \(run.story)")
          #expect(run.output.isEmpty)
          #expect(run.errors.contains("\(name).safetensors: "), "\(run.story)")
        }
      }
    }

    @Test("A model file that asks for more memory than there is is refused")
    func hugeModel() async throws {
      try await whisker("train", pets, "--epochs", "1", in: folder)
      let model = try RunFiles(folder).bytes("weights/best.safetensors")
      let length = model.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
      var header = try jsonObject(model.dropFirst(8).prefix(length))
      var metadata = try #require(header["__metadata__"] as? [String: String])
      metadata["whisker.network"] =
        #"{"layers": [{"type": "convolution", "filters": 340000, "kernel": 1}, {"type": "max_pool", "size": 28}, "#
        + #"{"type": "flatten"}, {"type": "dense"}]}"#
      header["__metadata__"] = metadata
      let json = try JSONSerialization.data(withJSONObject: header)
      let start = (0..<8).map { UInt8(truncatingIfNeeded: json.count >> ($0 * 8)) }
      try folder.write(start + Array(json) + Array(model.dropFirst(8 + length)), to: "huge.safetensors")
      let run = try await whisker("evaluate", "huge.safetensors", pets, in: folder)
      #expect(run.status == 1, "\(run.story)")
      #expect(run.errors.contains("huge.safetensors: ") && run.errors.contains("memory"), "\(run.story)")
    }

    @Test("A model whose weights are no numbers is refused rather than believed")
    func weightsThatAreNoNumbers() async throws {
      try await whisker("train", pets, "--epochs", "1", in: folder)
      let model = try RunFiles(folder).bytes("weights/best.safetensors")
      try folder.write(Array(model.dropLast(4)) + [0, 0, 0xC0, 0x7F], to: "nan.safetensors")
      for command in ["evaluate", "predict"] {
        let run = try await whisker(command, "nan.safetensors", pets, "--format", "json", in: folder)
        #expect(run.status == 1, "\(run.story)")
        #expect(
          run.errors.contains("nan.safetensors: ") && run.errors.contains("NaN or infinity"), "\(run.story)")
        #expect(run.output.isEmpty)
      }
    }

    @Test("Files that cannot be read are listed with the reason, and the others measured")
    func unreadableFiles() async throws {
      try SmallSets.makeFolder("two", classes: ["dark", "light"], in: folder)
      try await whisker("train", "two", "--epochs", "1", in: folder)
      try folder.write(Array("no picture".utf8), to: "two/dark/notes.txt")
      let report = try await evaluate("runs/train1", "two", "--split", "all")
      #expect(report["count"] as? Int == 24)
      let skipped = try #require(report["skipped"] as? [[String: String]])
      #expect(skipped.map { $0["path"] } == ["dark/notes.txt"])
      let strict = try await whisker(
        "evaluate", "runs/train1", "two", "--split", "all", "--on-error", "fail", in: folder)
      #expect(strict.status == 1)
      #expect(strict.errors.contains("dark/notes.txt"), "\(strict.story)")
    }

    @Test("The file of all predictions agrees with the figures, and appears only when it is whole")
    func predictionsFile() async throws {
      try await whisker("train", digits, "--epochs", "2", "-o", "run", in: folder)
      let report = try await evaluate("run", digits, "-o", "all.csv", "--top-k", "3", "--worst", "2")
      let text = String(
        decoding: try Data(contentsOf: URL(fileURLWithPath: folder.path("all.csv"))), as: UTF8.self)
      let rows = text.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
      let names = (0..<10).map(String.init)
      #expect(rows[0] == ["path", "class", "predicted", "probability", "loss"] + names)
      #expect(rows.count == 501)
      let correct = rows.dropFirst().count { $0[1] == $0[2] }
      #expect(report["accuracy"] as? Double == Double(correct) / 500)
      let losses = rows.dropFirst().compactMap { Double($0[4]) }
      #expect(abs(losses.reduce(0, +) / 500 - (try #require(report["loss"] as? Double))) < 1e-6)
      let hits = rows.dropFirst().count { row in
        let values = row[5...].compactMap { Double($0) }
        return Int(row[1]).map { own in values.count { $0 > values[own] } < 3 } ?? false
      }
      #expect(report["top_k"] as? Int == 3)
      #expect(abs(try #require(report["top_k_accuracy"] as? Double) - Double(hits) / 500) < 1e-9)
      let worst = try #require(report["worst"] as? [[String: Any]])
      let mistakes = rows.dropFirst().filter { $0[1] != $0[2] }
        .sorted { Double($0[4]) ?? 0 > Double($1[4]) ?? 0 }
      #expect(worst.compactMap { $0["path"] as? String } == mistakes.prefix(2).map { $0[0] })
      let perClass = try #require(report["per_class"] as? [[String: Any]])
      #expect(perClass.compactMap { $0["support"] as? Int }.reduce(0, +) == 500)
      try folder.write([], to: "file")
      let failed = try await whisker("evaluate", "run", digits, "-o", "file/all.csv", in: folder)
      #expect(failed.status == 1 && failed.errors.contains("file"), "\(failed.story)")
    }

    @Test("Text has the scores of every class, and the worst mistakes with their paths")
    func page() async throws {
      try await whisker("train", pets, "--epochs", "2", "-o", "run", in: folder)
      let report = try await evaluate("run", pets)
      let text = try await whisker("evaluate", "run", pets, in: folder)
      #expect(!text.output.contains("top-"), "of two classes the second guess is always right")
      for scores in try #require(report["per_class"] as? [[String: Any]]) {
        let figures = ["precision", "recall", "f1"].map {
          String(format: "%.4f", scores[$0] as? Double ?? -1)
        }
        let name = try #require(scores["class"] as? String)
        let row = text.lines.first { $0.hasPrefix(name) && $0.contains(figures[0]) }
        #expect(row?.split(separator: " ").dropFirst().prefix(3).map(String.init) == figures, "\(text.story)")
      }
      let worst = try #require(report["worst"] as? [[String: Any]])
      #expect(worst.count == 10)
      for mistake in worst {
        let path = try #require(mistake["path"] as? String)
        #expect(text.lines.contains { $0.hasSuffix(path) }, "\(text.story)")
      }
      let error = try #require(report["expected_calibration_error"] as? Double)
      #expect(text.output.contains("ECE       \(String(format: "%.4f", error))"))
      let none = try await whisker("evaluate", "run", pets, "--worst", "0", in: folder)
      #expect(!none.output.contains("worst"))
      for option in ["--worst=-1", "--top-k=0"] {
        #expect(try await whisker("evaluate", "run", pets, option, in: folder).status == 2)
      }
    }

    private func evaluate(_ model: String, _ data: String, _ options: String...) async throws -> [String: Any]
    {
      let run = try await ToolRun(["evaluate", model, data, "--format", "json"] + options, in: folder)
        .finish()
      #expect(run.status == 0, "\(run.story)")
      return try jsonObject(run.output)
    }
  }
}
