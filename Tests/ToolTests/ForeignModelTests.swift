import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct ForeignModels {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(
      "A file of another program where a model is expected is called what it is, with what to do",
      arguments: [
        ("m.pth", Array("PK\u{3}\u{4}model/data.pkl".utf8), "a PyTorch checkpoint", "whisker import"),
        ("old.pt", [0x80, 2, 0x8A, 10] + Array("l".utf8), "a PyTorch checkpoint", "save_file"),
        ("w.npz", Array("PK\u{3}\u{4}0.weight.npy".utf8), "an archive of NumPy arrays", "numpy.load"),
        ("m.keras", Array("PK\u{3}\u{4}metadata.json".utf8), "a Keras model", "v.path"),
        ("m.h5", [0x89] + Array("HDF\r\n\u{1A}\n".utf8) + [0, 0, 0], "an HDF5 file", "v.path"),
        ("m.onnx", [8, 7, 0x12, 7] + Array("pytorch".utf8), "an ONNX model", "whisker import"),
        (
          "lfs.safetensors", Array("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a".utf8),
          "a Git LFS pointer", "git lfs pull"
        ),
        ("page.safetensors", Array("<!doctype html>\n<html>404</html>".utf8), "an HTML page", "Download"),
        (
          "p.png", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0], "a PNG image", "not a safetensors"
        ),
      ])
    func foreignFile(name: String, bytes: [UInt8], kind: String, advice: String) async throws {
      try folder.write(bytes, to: name)
      for command in [
        ["import", name, "-o", "x.safetensors", "--class-names", "a,b"], ["predict", name, "x.png"],
        ["evaluate", name, "data"], ["export", name, "-o", "m.onnx.new", "--format", "onnx"],
      ] {
        let run = try await ToolRun(command, in: folder).finish()
        #expect(run.status == 1, "\(run.story)")
        // These are read by import, and damaged.
        if command[0] == "import", advice == "whisker import" { continue }
        #expect(run.errors.contains("\(name): is \(kind)"), "\(run.story)")
        #expect(run.errors.contains(advice), "\(run.story)")
      }
    }

    @Test("A tensor of a type that is not read is named")
    func unreadType() async throws {
      let header = #"{"1.weight":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}"#
      let bytes = [UInt8(header.utf8.count)] + [UInt8](repeating: 0, count: 7) + header.utf8
      try folder.write(bytes + [UInt8](repeating: 0, count: 8), to: "bn.safetensors")
      let run = try await whisker(
        "import", "bn.safetensors", "-o", "x.safetensors", "--class-names", "a,b", in: folder)
      #expect(run.status == 1)
      #expect(run.errors.contains("1.weight") && run.errors.contains("F64"), "\(run.story)")
    }

    @Test("A model behind the data is wrong usage, with the right order")
    func swapped() async throws {
      try SmallSets.makeFolder("two", classes: ["dark", "light"], in: folder)
      try await whisker("train", "two", "--epochs", "1", "-o", "run", in: folder)
      let evaluated = try await whisker("evaluate", "two", "run", in: folder)
      #expect(evaluated.status == 2, "\(evaluated.story)")
      #expect(evaluated.errors.contains("The model comes first: whisker evaluate run two"))
      let predicted = try await whisker(
        "predict", "two/dark/0.png", "run/weights/best.safetensors", in: folder)
      #expect(predicted.status == 2, "\(predicted.story)")
      #expect(
        predicted.errors.contains(
          "The model comes first: whisker predict run/weights/best.safetensors two/dark/0.png"))
    }
  }
}
