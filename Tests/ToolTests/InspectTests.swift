import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct Inspect {
    private let folder: TemporaryFolder
    private let digits = Fixtures.samples + "/digits"
    private let pets = Fixtures.samples + "/cats-dogs"

    init() throws { folder = try TemporaryFolder() }

    @Test("inspect prints classes, input, layers and training of a run and of its model file")
    func model() async throws {
      try await whisker("train", pets, "--epochs", "2", "--seed", "5", in: folder)
      for path in ["runs/train1", "runs/train1/", "runs/train1/weights/best.safetensors"] {
        let run = try await whisker("inspect", path, in: folder)
        #expect(run.status == 0, "\(run.story)")
        for part in ["cat, dog", "28x28 grayscale", "convolution 32 3x3", "dropout 0.25", "epoch", "seed 5"] {
          #expect(run.output.contains(part), "\(part) in \(run.story)")
        }
      }
    }

    @Test("inspect prints splits, classes and counts of an image folder")
    func imageFolder() async throws {
      let run = try await whisker("inspect", pets, in: folder)
      #expect(run.status == 0)
      #expect(run.output.contains("image folder, 2 classes, 500 pictures"), "\(run.story)")
      #expect(run.output.contains("train: cat 200, dog 200"))
      #expect(run.output.contains("test: cat 50, dog 50"))
    }

    @Test("inspect prints the same of IDX files, as a folder and one by one")
    func idx() async throws {
      let run = try await whisker("inspect", digits, in: folder)
      #expect(run.status == 0)
      #expect(run.output.contains("IDX files, 10 classes, 2,500 pictures"), "\(run.story)")
      let pair = try await whisker("inspect", digits + "/t10k-images-idx3-ubyte.gz", in: folder)
      #expect(pair.status == 0)
      #expect(pair.output.contains("500 pictures"), "\(pair.story)")
    }

    @Test("What is neither a model nor a data set is named and refused")
    func neither() async throws {
      try folder.write(try SmallSets.picture(20, 1), to: "one.png")
      try folder.write(Array("hello".utf8), to: "notes.txt")
      for name in ["one.png", "notes.txt", "nowhere"] {
        let run = try await whisker("inspect", name, in: folder)
        #expect(run.status == 1)
        #expect(run.errors.contains("\(name): is "), "\(run.story)")
      }
    }
  }
}
