import Foundation
import SampleImages
import TestSupport
import Testing

extension ToolTests {
  @Suite struct HostileFolders {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("Files that are no pictures are skipped and listed with the reason; the data stays as it is")
    func filesThatAreNoPictures() async throws {
      try makePets()
      let jpeg = try encodeJPEG(
        width: 64, height: 64, pixels: (0..<4096).map { UInt8($0 * 37 & 0xFF) },
        options: .init(storage: .gray))
      let bad: [(String, [UInt8])] = [
        ("cat/notes.txt", Array("These are my cats.\n".utf8)), ("cat/zero.jpg", []),
        ("dog/cut.jpg", Array(jpeg.prefix(jpeg.count / 2))), ("dog/head.jpg", Array(jpeg.prefix(20))),
        ("dog/really.jpg", Array("GIF89a".utf8) + [1, 0, 1, 0, 0, 0, 0, 0x3B]),
        ("cat/noise.png", Array([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + (0...255))),
      ]
      for (name, bytes) in bad { try folder.write(bytes, to: "pets/\(name)") }
      let before = try contents("pets")
      let run = try await whisker("train", "pets", "--epochs", "2", in: folder)
      #expect(run.status == 0, "\(run.story)")
      // A JPEG picture whose beginning is there may be used or be skipped, but not in silence.
      let skipped = try #require(try RunFiles(folder).json("metrics.json")["skipped"] as? [[String: String]])
      for (name, _) in bad where name != "dog/cut.jpg" {
        let entry = skipped.first { $0["path"] == name }
        #expect(entry?["reason"]?.isEmpty == false, "\(name) in \(skipped)")
        #expect(run.errors.contains("\(name): "), "\(run.story)")
      }
      #expect(run.errors.contains("\(skipped.count) files that cannot be read"), "\(run.story)")
      #expect(run.errors.contains("GIF"))
      #expect(try contents("pets") == before)
    }

    @Test("Dot files are ignored, and that is said")
    func dotFiles() async throws {
      try makePets()
      for name in ["cat/.DS_Store", "cat/._1.jpg", ".ipynb_checkpoints/1.png", ".DS_Store"] {
        try folder.write([1, 2, 3], to: "pets/\(name)")
      }
      let run = try await whisker("train", "pets", "--epochs", "1", in: folder)
      #expect(run.status == 0, "\(run.story)")
      #expect(run.output.contains("4 dot entries ignored"), "\(run.story)")
      #expect(run.output.contains("2 classes, 24 pictures"))
      #expect(run.errors.isEmpty)
    }

    @Test("An empty class is an error that names the option that allows it")
    func emptyClass() async throws {
      try makePets()
      try makeDirectory("pets/owl")
      let run = try await whisker("train", "pets", "--epochs", "1", in: folder)
      #expect(run.status == 1)
      #expect(run.errors.contains("owl") && run.errors.contains("--allow-empty-classes"), "\(run.story)")
      let allowed = try await whisker("train", "pets", "--epochs", "1", "--allow-empty-classes", in: folder)
      #expect(allowed.status == 0, "\(allowed.story)")
      let balanced = try await whisker(
        "train", "pets", "--epochs", "1", "--allow-empty-classes", "--class-weights", "balanced", in: folder)
      #expect(balanced.status == 0, "\(balanced.story)")
    }

    @Test("A class with only bad files trains on where empty classes are allowed, with the files listed")
    func classWithOnlyBadFiles() async throws {
      try makePets()
      for number in 1...5 { try folder.write([], to: "pets/owl/\(number).png") }
      let run = try await whisker("train", "pets", "--epochs", "1", "--allow-empty-classes", in: folder)
      #expect(run.status == 0, "\(run.story)")
      #expect(run.errors.contains("5 files that cannot be read"), "\(run.story)")
    }

    @Test("One class, none, or files beside each other are refused with what to do")
    func noClasses() async throws {
      try SmallSets.makeFolder("one", classes: ["cat"], in: folder)
      try folder.write(try SmallSets.picture(20, 1), to: "flat/1.png")
      try makeDirectory("nothing")
      try makeDirectory("hollow/cat")
      try makeDirectory("hollow/dog")
      for (name, word) in [
        ("one", "only the class cat"), ("flat", "1 file"), ("nothing", "no pictures"),
        ("hollow", "hollow"),
      ] {
        let run = try await whisker("train", name, "--epochs", "1", in: folder)
        #expect(run.status == 1)
        #expect(run.errors.contains(word) && run.errors.contains("folder"), "\(run.story)")
        #expect(run.output.isEmpty)
      }
      #expect(!FileManager.default.fileExists(atPath: folder.path("runs")), "a refusal leaves no run behind")
    }

    @Test("When nothing can be read, that is said, with the first reason")
    func everythingUnreadable() async throws {
      for number in 1...6 {
        try folder.write([], to: "pets/cat/\(number).png")
        try folder.write(Array("text".utf8), to: "pets/dog/\(number).png")
      }
      let run = try await whisker("train", "pets", in: folder)
      #expect(run.status == 1)
      #expect(run.errors.contains("has no picture that can be read for the class cat, dog"), "\(run.story)")
      #expect(!FileManager.default.fileExists(atPath: RunFiles(folder).path))
    }

    @Test("Links, FIFOs and folders named like pictures neither hang nor crash")
    func thingsThatAreNoFiles() async throws {
      try makePets()
      #expect(mkfifo(folder.path("pets/cat/pipe.jpg"), 0o600) == 0)
      try makeDirectory("pets/dog/folder.jpg")
      for (link, target) in [
        ("pets/cat/link.png", "1.png"), ("pets/dog/gone.png", "nowhere"),
        ("pets/owl", "cat"), ("pets/dog/loop", ".."),
      ] {
        try FileManager.default.createSymbolicLink(
          atPath: folder.path(link), withDestinationPath: target)
      }
      let run = try await whisker("train", "pets", "--epochs", "1", in: folder, limit: 20)
      #expect(run.status == 0, "\(run.story)")
      let skipped = try #require(try RunFiles(folder).json("metrics.json")["skipped"] as? [[String: String]])
      let paths = Set(skipped.compactMap { $0["path"] })
      #expect(paths == ["cat/pipe.jpg", "cat/link.png", "dog/gone.png", "dog/loop", "owl"])
      for path in ["cat/pipe.jpg", "cat/link.png"] {
        let predicted = try await whisker(
          "predict", "runs/train1", "pets/\(path)", "pets/cat/1.png", in: folder, limit: 20)
        #expect(predicted.status == (path == "cat/link.png" ? 0 : 1), "\(predicted.story)")
      }
    }

    @Test("Names that are not UTF-8 are read, and printed as escapes")
    func namesThatAreNoText() async throws {
      try makePets()
      let bytes = try SmallSets.picture(20, 99)
      try write(bytes, to: Array("pets/cat/caf".utf8) + [0xE9] + Array(".png".utf8))
      try write([], to: Array("pets/dog/b".utf8) + [0xFF] + Array("d.png".utf8))
      let run = try await whisker("train", "pets", "--epochs", "1", in: folder)
      #expect(run.status == 0, "\(run.story)")
      #expect(run.errors.contains(#"dog/b\xffd.png: "#), "\(run.story)")
      #expect(!run.errors.contains("caf"))
      #expect(try RunFiles(folder).rows("split.csv").contains { $0[0] == #"cat/caf\xe9.png"# })
      let evaluation = try await whisker(
        "evaluate", "runs/train1", "pets", "--split", "training", in: folder)
      #expect(evaluation.status == 0, "\(evaluation.story)")
    }

    @Test(
      "A file that may not be read is skipped with the system's reason",
      .enabled(if: getuid() != 0, "root may"))
    func forbiddenFile() async throws {
      try makePets()
      chmod(folder.path("pets/cat/1.png"), 0)
      let run = try await whisker("train", "pets", "--epochs", "1", in: folder)
      #expect(run.status == 0, "\(run.story)")
      #expect(run.errors.contains("cat/1.png: cannot be opened: Permission denied"), "\(run.story)")
    }

    @Test("--on-error fail stops at the first bad file and names it")
    func onErrorFail() async throws {
      try makePets()
      try folder.write([], to: "pets/cat/zero.png")
      let run = try await whisker("train", "pets", "--on-error", "fail", in: folder)
      #expect(run.status == 1)
      #expect(run.errors.contains("cat/zero.png"), "\(run.story)")
      #expect(run.epochs.isEmpty)
    }

    @Test(
      "An attempt that came to nothing does not stand in the way of the next")
    func secondAttempt() async throws {
      try makePets()
      try folder.write([], to: "pets/cat/zero.png")
      let failed = try await whisker("train", "pets", "--on-error", "fail", "-o", "run", in: folder)
      #expect(failed.status == 1, "\(failed.story)")
      #expect(!FileManager.default.fileExists(atPath: folder.path("run")))
      let second = try await whisker("train", "pets", "--epochs", "1", "-o", "run", in: folder)
      #expect(second.status == 0, "\(second.story)")
    }

    @Test("Damaged IDX files are refused by name")
    func damagedIDX() async throws {
      let digits = Fixtures.samples + "/digits/"
      let names = ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"]
      let files = try names.map { Array(try Data(contentsOf: URL(fileURLWithPath: digits + $0))) }
      let html = Array("<!DOCTYPE html><html>not here</html>".utf8)
      let cases = [
        (Array(files[0].dropLast(500)), files[1]), (files[0], html), (html, files[1]), ([], files[1]),
        (files[1], files[0]),
      ]
      for (number, (images, labels)) in cases.enumerated() {
        try folder.write(images, to: "set\(number)/\(names[0])")
        try folder.write(labels, to: "set\(number)/\(names[1])")
        let run = try await whisker("train", "set\(number)", in: folder)
        #expect(run.status == 1, "\(run.story)")
        #expect(run.errors.contains("set\(number)/train-"), "\(run.story)")
      }
    }

    private func makePets() throws { try SmallSets.makeFolder("pets", classes: ["cat", "dog"], in: folder) }

    private func makeDirectory(_ name: String) throws {
      try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: true)
    }

    /// Every path below a folder with its contents.
    private func contents(_ name: String) throws -> [String: Data] {
      let root = folder.path(name)
      let paths = FileManager.default.enumerator(atPath: root)?.allObjects as? [String] ?? []
      return Dictionary(
        uniqueKeysWithValues: paths.map {
          ($0, FileManager.default.contents(atPath: "\(root)/\($0)") ?? Data())
        })
    }

    /// Writes a file whose name is given in bytes, which Foundation cannot.
    private func write(_ bytes: [UInt8], to name: [UInt8]) throws {
      let path = (Array((folder.path + "/").utf8) + name + [0]).map { CChar(truncatingIfNeeded: $0) }
      let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
      try #require(descriptor >= 0)
      #expect(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
      close(descriptor)
    }
  }
}
