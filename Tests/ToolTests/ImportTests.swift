import Foundation
import TestSupport
import Testing
import WhiskerCore

extension ToolTests {
  @Suite struct Import {
    private let folder: TemporaryFolder

    init() throws {
      folder = try TemporaryFolder()
      try SmallSets.makeFolder("two", classes: ["dark", "light"], in: folder)
    }

    private func train() async throws {
      let run = try await whisker("train", "two", "--epochs", "2", "-o", "run", in: folder)
      #expect(run.status == 0, "\(run.story)")
    }

    @Test(
      "Weights become a model that predicts, is inspected and is exported, and the imported tensors are listed"
    )
    func roundTrip() async throws {
      try await train()
      let weights = "run/weights/best.safetensors"
      let run = try await whisker(
        "import", weights, "-o", "new/model.safetensors", "--class-names", "dark,light", in: folder)
      #expect(run.status == 0, "\(run.story)")
      for part in [
        "Read      \(weights): 3 layers in PyTorch's layout", "0.weight  32x1x3x3", "8.weight  2x128",
        "Wrote     new/model.safetensors", "dark, light", "28x28 grayscale",
      ] { #expect(run.output.contains(part), "\(part) in \(run.story)") }
      let old = try await whisker("predict", "run", "two", "--format", "csv", in: folder)
      let new = try await whisker("predict", "new/model.safetensors", "two", "--format", "csv", in: folder)
      #expect(new.status == 0 && new.output == old.output)
      let told = try await whisker("inspect", "new/model.safetensors", in: folder)
      #expect(told.output.contains("weights imported from best.safetensors"), "\(told.story)")
      let evaluated = try await whisker("evaluate", "new/model.safetensors", "two", in: folder)
      #expect(evaluated.status == 0, "\(evaluated.story)")
      let exported = try await whisker("export", "new/model.safetensors", "-o", "new.onnx", in: folder)
      #expect(exported.status == 0, "\(exported.story)")
    }

    /// The weights of a model, without Whisker's metadata.
    private func strip(_ model: String, to name: String) throws {
      let file = try SafetensorsReader(folder.path(model))
      var writer = SafetensorsWriter(metadata: [:])
      for name in file.names {
        let tensor = Tensor(shape: file.shape(of: name) ?? [])
        try file.copy(name, into: tensor)
        writer.add(name, tensor)
      }
      try writer.write(to: folder.path(name))
    }

    @Test(
      "Without --class-names, classes are numbers; the origin and the licence are kept, and shown by inspect")
    func numbers() async throws {
      try await train()
      try strip("run/weights/best.safetensors", to: "w.safetensors")
      let run = try await whisker(
        "import", "w.safetensors", "-o", "m.safetensors", "--source", "a drawer", "--license",
        "MIT", in: folder)
      #expect(run.status == 0 && run.output.contains("Classes   0, 1"), "\(run.story)")
      let told = try await whisker("inspect", "m.safetensors", in: folder)
      #expect(told.output.contains("Source    a drawer"), "\(told.story)")
      #expect(told.output.contains("Licence   MIT"), "\(told.story)")
    }

    @Test("A state dict of PyTorch and an exported ONNX model become models with the same answers")
    func otherFormats() async throws {
      try await train()
      let file = try SafetensorsReader(folder.path("run/weights/best.safetensors"))
      let entries: [TorchFileWriter.Entry] = try file.names.map { name in
        let tensor = Tensor(shape: file.shape(of: name) ?? [])
        try file.copy(name, into: tensor)
        return (name, tensor.shape, tensor.values)
      }
      try folder.write(TorchFileWriter(entries).archive(), to: "w.pth")
      try await whisker("export", "run", "--format", "onnx", "-o", "w.onnx", in: folder)
      let expected = try await whisker("predict", "run", "two", "--format", "csv", in: folder)
      for weights in ["w.pth", "w.onnx"] {
        let run = try await whisker(
          "import", weights, "-o", "\(weights).safetensors", "--class-names", "dark,light", in: folder)
        #expect(run.status == 0, "\(run.story)")
        let found = try await whisker(
          "predict", "\(weights).safetensors", "two", "--format", "csv", in: folder)
        #expect(found.output == expected.output, "\(found.story)")
      }
      let refused = try await whisker(
        "import", "w.onnx", "-o", "m.safetensors", "--network", "digits", in: folder)
      #expect(refused.status == 2 && refused.errors.contains("--network"), "\(refused.story)")
    }

    @Test(
      "Whisker's own files bring network, classes and preprocessing along; options replace them, with a note",
      arguments: [
        [
          "--network", "mnist-convnet", "--pad-to-aspect-ratio", "--background", "black", "--image-size",
          "20x24",
        ],
        ["--network", "residual", "--image-size", "24", "--color-mode", "rgb", "--average-weights"],
      ])
    func own(_ options: [String]) async throws {
      let trained = try await ToolRun(
        ["train", "two", "--epochs", "2", "-o", "run"] + options, in: folder
      ).finish()
      #expect(trained.status == 0, "\(trained.story)")
      try folder.write(try SmallSets.picture(90, 3, side: 30), to: "new/1.png")
      try await whisker("export", "run", "-o", "run.onnx", in: folder)
      try await whisker(
        "import", "run/weights/best.safetensors", "-o", "first.safetensors", "--source", "a drawer",
        in: folder)
      func facts(_ model: String) async throws -> [String] {
        try await whisker("inspect", model, in: folder).lines
          .filter { line in ["Classes", "Input", "Source"].contains { line.hasPrefix($0) } }
      }
      func answers(_ model: String) async throws -> String {
        try await whisker("predict", model, "new", "two", "--format", "csv", in: folder).output
      }
      for (file, origin) in [
        ("run/weights/best.safetensors", "run"),
        ("run/weights/last.safetensors", "run/weights/last.safetensors"),
        ("run.onnx", "run"), ("first.safetensors", "first.safetensors"),
      ] {
        let run = try await whisker("import", file, "-o", "m.safetensors", "--overwrite", in: folder)
        #expect(run.status == 0 && !run.output.contains("Note "), "\(run.story)")
        #expect(try await facts("m.safetensors") == facts(origin), "\(file)")
        if file != "run.onnx" { #expect(try await answers("m.safetensors") == answers(origin), "\(file)") }
      }
      for file in ["run/weights/best.safetensors", "run.onnx"] {
        let changed = try await whisker(
          "import", file, "-o", "other.safetensors", "--overwrite", "--class-names", "night,day",
          "--crop-to-aspect-ratio", in: folder)
        #expect(changed.status == 0, "\(changed.story)")
        let old = try #require(try await facts("run").last { $0.hasPrefix("Input") }?.dropFirst(10))
        let text = changed.output.replacing(#/\n +/#, with: " ")
        #expect(
          text.contains("Note      --class-names replaces the classes of the file, dark, light")
            && text.contains("Note      the options replace the input of the file, \(old)"),
          "\(changed.story)")
        let told = try await facts("other.safetensors").joined()
        #expect(told.contains("night, day") && told.contains("cropped to the aspect ratio"), "\(told)")
        let refused = try await whisker(
          "import", file, "-o", "no.safetensors", "--input-range", "0,1", in: folder)
        #expect(refused.status == 2 && refused.errors.contains("--input-range"), "\(refused.story)")
      }
    }

    /// Writes a file anew, with a text in it replaced by another one of the same length wherever it is.
    private func replace(_ old: String, by new: String, in file: String, to name: String) throws {
      var data = try Data(contentsOf: URL(fileURLWithPath: folder.path(file)))
      let (old, new) = (Data(old.utf8), Data(new.utf8))
      #expect(old.count == new.count && data.range(of: old) != nil)
      while let place = data.range(of: old) { data.replaceSubrange(place, with: new) }
      try folder.write([UInt8](data), to: name)
    }

    @Test("Whisker's files without a description that can be read are imported where options replace it")
    func undescribed() async throws {
      try await train()
      try replace(
        #""whisker.format":"1""#, by: #""whisker.format":"9""#, in: "run/weights/best.safetensors",
        to: "later.safetensors")
      for options in [[], ["--class-names", "dark,light"], ["--network", "dropout-cnn"]] {
        let refused = try await ToolRun(
          ["import", "later.safetensors", "-o", "no.safetensors"] + options, in: folder
        ).finish()
        #expect(refused.status == 1 && refused.errors.contains("the model format 9"), "\(refused.story)")
      }
      let run = try await whisker(
        "import", "later.safetensors", "-o", "m.safetensors", "--class-names", "dark,light", "--network",
        "dropout-cnn", in: folder)
      #expect(run.status == 0 && run.output.contains("Classes   dark, light"), "\(run.story)")

      try await whisker("export", "run", "-o", "run.onnx", in: folder)
      try replace("preprocessing", by: "preprocessinG", in: "run.onnx", to: "without.onnx")
      try replace("[\"dark\",", by: "{\"dark\",", in: "run.onnx", to: "damaged.onnx")
      let plain = try await whisker("import", "without.onnx", "-o", "plain.safetensors", in: folder)
      #expect(plain.status == 0 && plain.output.contains("Classes   0, 1"), "\(plain.story)")
      let damaged = try await whisker("import", "damaged.onnx", "-o", "no.safetensors", in: folder)
      #expect(damaged.status == 1 && damaged.errors.contains("class_names cannot be"), "\(damaged.story)")
      let named = try await whisker(
        "import", "damaged.onnx", "-o", "named.safetensors", "--class-names", "dark,light", in: folder)
      #expect(named.status == 0 && named.output.contains("Classes   dark, light"), "\(named.story)")
    }

    @Test("A file that is there is kept, unless --overwrite replaces it")
    func overwrite() async throws {
      try await train()
      try folder.write([1], to: "m.safetensors")
      let options = ["import", "run/weights/best.safetensors", "-o", "m.safetensors", "--class-names", "a,b"]
      let refused = try await ToolRun(options, in: folder).finish()
      #expect(refused.status == 1 && refused.errors.contains("m.safetensors: already exists"))
      #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path("m.safetensors"))) == Data([1]))
      let replaced = try await ToolRun(options + ["--overwrite"], in: folder).finish()
      #expect(replaced.status == 0, "\(replaced.story)")
    }

    @Test(
      "Wrong usage exits with 2, names the option, and writes nothing",
      arguments: [
        (["--layout", "caffe"], "--layout"), (["--input-range", "1,0"], "--input-range"),
        (["--input-range", "0"], "--input-range"), (["--input-range", "nan,1"], "--input-range"),
        (["--network", "resnet"], "--network"), (["--class-names", "a,a"], "--class-names"),
        (["--output", "model.onnx"], "--output"), (["--image-size", "0"], "--image-size"),
      ])
    func wrongUsage(options: [String], named: String) async throws {
      let usual = ["import", "w.safetensors", "-o", "m.safetensors", "--class-names", "a,b"]
      let run = try await ToolRun(usual + options, in: folder).finish()
      #expect(run.status == 2, "\(run.story)")
      #expect(run.errors.contains(named) && run.errors.contains("whisker import"), "\(run.story)")
    }

    @Test("What is no weights, is cut short or does not fit is named, and nothing is written")
    func unfit() async throws {
      try await train()
      let weights = try Data(contentsOf: URL(fileURLWithPath: folder.path("run/weights/best.safetensors")))
      try folder.write([UInt8](weights), to: "whole.safetensors")
      try folder.write([UInt8](weights.prefix(40_000)), to: "cut.safetensors")
      try folder.write([], to: "empty.safetensors")
      try folder.write([], to: "empty.pth")
      try folder.write(Array("not found".utf8), to: "text.pt")
      try folder.write(Array("<!DOCTYPE html><html></html>".utf8), to: "page.onnx")
      let cases: [(arguments: [String], reason: String)] = [
        (["cut.safetensors", "--class-names", "a,b"], "cut.safetensors: is damaged"),
        (["empty.safetensors", "--class-names", "a,b"], "empty.safetensors: is not a safetensors file"),
        (["empty.pth"], "empty.pth: is empty, not a PyTorch checkpoint"),
        (["text.pt"], "text.pt: is a text file, not a PyTorch checkpoint"),
        (["page.onnx"], "page.onnx: is an HTML page, not an ONNX model. Download the file itself"),
        (["two/dark/1.png", "--class-names", "a,b"], "1.png: is a PNG image, not a safetensors file"),
        (["nowhere", "--class-names", "a,b"], "nowhere: cannot be opened"),
        (["whole.safetensors", "--class-names", "a,b,c"], "no weights [3, 128] for layer 9"),
        (["whole.safetensors", "--class-names", "a,b", "--color-mode", "rgb"], "no weights [32, 3, 3, 3]"),
        (["whole.safetensors", "--class-names", "a,b", "--image-size", "30"], "no weights [128, 6272]"),
        (["whole.safetensors", "--class-names", "a,b", "--layout", "keras"], "no weights [3, 3, 1, 32]"),
        (
          ["whole.safetensors", "--class-names", "a,b", "--network", "mnist-convnet"],
          "no weights [64, 32, 3, 3]"
        ),
        (["whole.safetensors", "--class-names", "a,b", "--image-size", "2"], "does not fit into 2x2"),
      ]
      for (arguments, reason) in cases {
        let run = try await ToolRun(["import"] + arguments + ["-o", "m.safetensors"], in: folder).finish()
        #expect(run.status == 1, "\(run.story)")
        #expect(run.errors.contains(reason), "\(run.story)")
        #expect(!folder.contents().contains("m.safetensors"))
      }
    }

    @Test(
      "A full disk is told with the file's name",
      .enabled(if: SmallDisk.canBeMade, "a file system can only be mounted by root"))
    func fullDisk() async throws {
      try await train()
      let disk = try SmallDisk(at: folder.path("disk"), kilobytes: 64)
      let run = try await whisker(
        "import", "run/weights/best.safetensors", "-o", "disk/m.safetensors", "--class-names", "a,b",
        in: folder)
      #expect(run.status == 1, "\(run.story)")
      #expect(
        run.errors.contains("disk/m.safetensors") && run.errors.contains("No space left"), "\(run.story)")
      disk.remove()
    }
  }
}
