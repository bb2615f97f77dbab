import Foundation
import TestSupport
import Testing
import WhiskerData

extension ToolTests {
  /// Lists of pictures, and tables of pixels.
  @Suite struct Lists {
    private let folder: TemporaryFolder
    private static let options = ["--epochs", "1", "--batch-size", "8"]

    init() throws {
      folder = try TemporaryFolder()
      try SmallSets.makeFolder("pets", classes: ["cat", "dog"], each: 10, in: folder)
    }

    @discardableResult
    private func run(_ arguments: [String], status: Int32 = 0) async throws -> ToolRun.Result {
      let run = try await ToolRun(arguments, in: folder).finish()
      #expect(run.status == status, "\(run.story)")
      return run
    }

    private func train(_ data: String..., to name: String, _ options: [String] = []) async throws -> RunFiles
    {
      try await run(["train"] + data + ["-o", name] + Self.options + options)
      return RunFiles(folder, name)
    }

    /// The pictures of the folder in some order, with their labels.
    private var rows: [(path: String, label: String)] {
      ["dog", "cat"].flatMap { label in (0..<10).reversed().map { ("pets/\(label)/\($0).png", label) } }
    }

    private func write(_ text: String, to name: String) throws {
      try folder.write(Array(text.utf8), to: name)
    }

    private func list(_ columns: String, _ row: (Int, String, String) -> String) -> String {
      columns + "\n" + rows.enumerated().map { row($0, $1.path, $1.label) + "\n" }.joined()
    }

    @Test("A list gives the model of the folder, byte for byte, and works everywhere")
    func sameAsFolder() async throws {
      try write(list("path,label") { "\($1),\($2)" }, to: "list.csv")
      try write(list("Class\tFile Name") { "\($2)\t\"\(folder.path($1))\"" }, to: "list.tsv")
      try write(
        rows.map { #"{"file_name": "\#($0.path)", "label": "\#($0.label)"}"# + "\n" }.joined(),
        to: "list.jsonl")
      let expected = try await train("pets", to: "folder").bytes("weights/best.safetensors")
      for name in ["list.csv", "list.tsv", "list.jsonl"] {
        let run = try await train(
          name, to: "run-\(name)", name == "list.csv" ? ["--cache", "c.safetensors"] : [])
        #expect(try run.bytes("weights/best.safetensors") == expected)
      }
      let measured = try await run(["evaluate", "folder", "list.csv", "--format", "json"])
      let whole = try await run(["evaluate", "folder", "pets", "--format", "json", "--split", "all"])
      let (one, other) = (try jsonObject(measured.output), try jsonObject(whole.output))
      #expect(one["loss"] as? Double == other["loss"] as? Double && one["count"] as? Int == 20)
      #expect(try await run(["verify", "list.tsv"]).output.contains("no problems"))
      let answers = try await run(["predict", "folder", "list.csv", "--format", "csv"])
      #expect(
        answers.lines.dropFirst().dropLast().map { $0.split(separator: ",")[0] } == rows.map { $0.path[...] })
      try await run(["train", "--resume", "run-list.tsv", "--epochs", "2"])
      try await run(
        ["sweep", "list.csv", "--dropout", "0,0.5", "--seeds", "2", "-o", "sweep"] + Self.options)
    }

    @Test("A changed label stops a resumed run, and makes a cache again")
    func freshness() async throws {
      let text = list("path,label") { "\($1),\($2)" }
      try write(text, to: "list.csv")
      _ = try await train("list.csv", to: "run", ["--cache", "c.safetensors"])
      _ = try await train("list.csv", to: "plain")
      #expect(try await run(["preprocess", "list.csv", "-o", "c.safetensors"]).output.contains("Fresh"))
      try write(text.replacing("pets/dog/3.png,dog", with: "pets/dog/3.png,cat"), to: "list.csv")
      let plain = try await run(["train", "--resume", "plain", "--epochs", "2"], status: 1)
      #expect(plain.errors.contains("list.csv is changed"), "\(plain.story)")
      let cached = try await run(["train", "--resume", "run", "--epochs", "2"], status: 1)
      #expect(cached.errors.contains("cannot be used"), "\(cached.story)")
      #expect(try await run(["preprocess", "list.csv", "-o", "c.safetensors"]).output.contains("Building"))
    }

    @Test("Groups of a list stay on one side, with folds and from a cache; a pattern replaces them")
    func groups() async throws {
      try write(list("path,label,group") { "\($1),\($2),\($0 % 5)" }, to: "list.csv")
      let groups = Dictionary(uniqueKeysWithValues: rows.enumerated().map { ($1.path, $0 % 5) })
      func sides(_ run: RunFiles) throws -> [Set<String>] {
        (0..<5).map { group in
          Set(try! run.rows("split.csv").dropFirst().filter { groups[$0[0]] == group }.map { $0[2] })
        }
      }
      let plain = try await train("list.csv", to: "plain")
      #expect(try sides(plain).allSatisfy { $0.count == 1 })
      let cached = try await train("list.csv", to: "cached", ["--cache", "c.safetensors"])
      #expect(try cached.bytes("split.csv") == plain.bytes("split.csv"))
      #expect(try cached.bytes("weights/best.safetensors") == plain.bytes("weights/best.safetensors"))
      let folds = try await train("list.csv", to: "folds", ["--folds", "5"])
      for fold in 1...5 {
        #expect(try sides(RunFiles(folder, "folds/fold\(fold)")).allSatisfy { $0.count == 1 })
      }
      #expect(folds.files.contains("predictions.csv"))
      let pattern = try await train("list.csv", to: "pattern", ["--group-by", #"/(\d)\.png"#])
      #expect(try !sides(pattern).allSatisfy { $0.count == 1 })
    }

    @Test("A missing file is skipped and listed; a list whose files are elsewhere is refused")
    func missing() async throws {
      try write(list("path,label") { "\($1),\($2)" } + "pets/dog/gone.png,dog\n", to: "list.csv")
      let result = try await run(["train", "list.csv", "-o", "run"] + Self.options)
      #expect(result.errors.contains("gone.png: cannot be opened: No such file"))
      #expect(
        result.output.contains("1 picture of the list is missing and skipped, such as pets/dog/gone.png"))
      try FileManager.default.createDirectory(
        atPath: folder.path("elsewhere"), withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: folder.path("list.csv"), toPath: folder.path("elsewhere/list.csv"))
      let moved = try await run(["train", "elsewhere/list.csv"], status: 1)
      #expect(moved.errors.contains("Paths are relative to the folder of the list, elsewhere, or absolute"))
      try write("when,what\n1,2\n", to: "other.csv")
      let other = try await run(["train", "other.csv"], status: 1)
      #expect(other.errors.contains("--path-column") && other.errors.contains("when, what"))
    }

    @Test("Classes whose names differ only in case are noted, in lists, in folders and by the names of files")
    func alikeNames() async throws {
      try write(list("path,label") { "\($1),\($0 % 4 == 0 ? $2.uppercased() : $2)" }, to: "list.csv")
      for name in ["Cats", "cats", "owl"] {
        for number in 0..<3 {
          let picture = try SmallSets.picture(90, number + name.utf8.count)
          try folder.write(picture, to: "animals/\(name)/\(number).png")
          try folder.write(picture, to: "flat/\(name)_\(number).png")
        }
      }
      let text = "Note      classes whose names differ only in case: "
      for (data, names) in [
        (["list.csv"], "CAT, cat, DOG, dog"), (["animals"], "Cats, cats"),
        (["flat", "--labels-from-names"], "Cats, cats"),
      ] {
        let told = try await run(["inspect"] + data)
        #expect(told.output.contains(text + names + "; --classes joins them"), "\(told.story)")
      }
      try write("Cats,cats\n", to: "names.csv")
      for data in [["pets"], ["animals", "--classes", "names.csv"]] {
        let told = try await run(["inspect"] + data)
        #expect(!told.output.contains(text), "\(told.story)")
      }
    }

    @Test("A table of pixels gives the model of the IDX files with the same pictures")
    func pixels() async throws {
      try SmallSets.makeIDX("idx", count: 60, in: folder)
      let images = try Data(contentsOf: URL(fileURLWithPath: folder.path("idx/train-images-idx3-ubyte")))
        .dropFirst(16)
      let header = (0..<784).map { "pixel\($0)" }.joined(separator: ",")
      let rows = (0..<60).map { index in
        images[(16 + index * 784)..<(16 + (index + 1) * 784)].map(String.init).joined(separator: ",")
      }
      try write(
        "label,\(header)\n" + rows.enumerated().map { "\($0 % 10),\($1)\n" }.joined(), to: "train.csv")
      try write("\(header)\n" + rows.prefix(7).map { $0 + "\n" }.joined(), to: "test.csv")
      let expected = try await train("idx", to: "from-idx").bytes("weights/best.safetensors")
      #expect(try await train("train.csv", to: "from-csv").bytes("weights/best.safetensors") == expected)
      // As tools write it that sort columns by their names.
      let byName = (0..<784).sorted { "pixel\($0)" < "pixel\($1)" }
      let columns = byName.map { "pixel\($0)" }.joined(separator: ",")
      let sorted = rows.enumerated().map { index, _ in
        let start = images.startIndex + index * 784
        return "\(index % 10)," + byName.map { "\(images[start + $0])" }.joined(separator: ",") + "\n"
      }
      try write("label,\(columns)\n" + sorted.joined(), to: "sorted.csv")
      #expect(try await train("sorted.csv", to: "from-sorted").bytes("weights/best.safetensors") == expected)
      let answers = try await run(["predict", "from-csv", "test.csv", "--format", "csv"]).lines.dropLast()
      #expect(answers.count == 8 && answers[7].hasPrefix("test.csv#6,"))
      let labelled = try await run(["predict", "from-csv", "train.csv", "--format", "csv"]).lines
      #expect(answers[1].dropFirst(10) == labelled[1].dropFirst(11))
      let refused = try await run(["train", "test.csv"], status: 1)
      #expect(refused.errors.contains("has pixels, but no column label"))
    }
  }
}
