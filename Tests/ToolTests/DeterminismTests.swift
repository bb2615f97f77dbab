import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct Determinism {
    private let folder: TemporaryFolder
    private let pets = Fixtures.samples + "/cats-dogs"

    init() throws { folder = try TemporaryFolder() }

    @Test(
      "One seed gives the same bytes, however the work is divided",
      arguments: [
        ["--workers", "0", "--threads", "1"], ["--workers", "1", "--threads", "2"],
        ["--workers", "3", "--threads", "3"], ["--prefetch", "1"], ["--prefetch", "9"],
        ["--cache-memory", "0", "--workers", "3"], ["--cache-memory", "100KB"],
      ])
    func sameBytes(options: [String]) async throws {
      let reference = try await weights("reference", [])
      #expect(try await weights("other", options) == reference)
    }

    @Test("A network of another kind keeps that promise too")
    func sameBytesWithTwoConvolutions() async throws {
      let options = ["--network", "mnist-convnet", "--color-mode", "rgb"]
      let one = try await weights("one", options + ["--threads", "1"])
      #expect(try await weights("two", options + ["--threads", "3", "--workers", "0"]) == one)
    }

    @Test(
      "Varied pictures keep that promise too",
      arguments: [
        ["--workers", "0", "--threads", "1"], ["--workers", "3", "--prefetch", "1"],
        ["--cache-memory", "0", "--workers", "2"], ["--cache-memory", "100KB"],
      ])
    func sameBytesWithAugmentation(options: [String]) async throws {
      let augment = ["--augment", "flip,shift,rotate,brightness,noise,dropout"]
      let reference = try await weights("reference", augment)
      #expect(try await weights("other", augment + options) == reference)
    }

    @Test("Variation changes the model, and variation by nothing does not")
    func augmentationMatters() async throws {
      let plain = try await weights("plain", [])
      for kind in [
        "flip", "flip=alternating", "shift", "rotate", "brightness", "contrast", "noise", "dropout", "erase",
        "random-resized-crop",
      ] {
        #expect(try await weights(kind, ["--augment", kind]) != plain)
      }
      let nothing = ["--augment", "flip=0,shift=0,rotate=0,brightness=0,noise=0,dropout=0"]
      #expect(try await weights("nothing", nothing) == plain)
    }

    @Test("Pictures and their cache give the same model where pictures are kept larger than the input")
    func sameBytesFromKeptPictures() async throws {
      let options = ["--augment", "random-resized-crop,flip=alternating,contrast,erase"]
      let reference = try await weights("pictures", options)
      #expect(try await weights("kept", options + ["--cache-size", "35"]) == reference)
      #expect(try await weights("cached", options + ["--cache", "cache.safetensors"]) == reference)
      #expect(try await weights("unkept", options + ["--cache-size", "28"]) != reference)
    }

    @Test("Another seed gives other weights")
    func anotherSeed() async throws {
      let one = try await weights("one", ["--seed", "1"])
      #expect(try await weights("two", ["--seed", "2"]) != one)
    }

    private func weights(_ name: String, _ options: [String]) async throws -> [Data] {
      let arguments = ["train", pets, "--epochs", "2", "--batch-size", "48", "-o", name]
      let run = try await ToolRun(arguments + options, in: folder).finish()
      #expect(run.status == 0, "\(run.story)")
      let files = RunFiles(folder, name)
      return [try files.bytes("weights/best.safetensors"), try files.bytes("weights/last.safetensors")]
    }
  }
}
