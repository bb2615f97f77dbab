import Foundation
import TestSupport
import Testing

extension ToolTests {
  /// A run's folder that comes from somebody else, or is none.
  @Suite struct HostileRuns {
    private let folder: TemporaryFolder
    private let files = FileManager.default

    init() throws {
      folder = try TemporaryFolder()
      try SmallSets.makeFolder("pets", classes: ["cat", "dog"], each: 5, in: folder)
    }

    private func train(_ options: String...) async throws -> ToolRun.Result {
      try await ToolRun(
        ["train", "pets", "--epochs", "1"] + SmallSets.makeNetwork(in: folder) + options, in: folder
      ).finish()
    }

    private func link(_ name: String, to target: String) throws {
      try? files.removeItem(atPath: folder.path(name))
      try files.createSymbolicLink(atPath: folder.path(name), withDestinationPath: folder.path(target))
    }

    private func contents(_ name: String) throws -> [String: Data] {
      var contents: [String: Data] = [:]
      for file in RunFiles(folder, name).files {
        contents[file] = files.contents(atPath: folder.path("\(name)/\(file)")) ?? Data()
      }
      return contents
    }

    @Test(
      "A folder with anything in it that is no run's is refused and stays as it is, with --overwrite too",
      arguments: ["results.csv", "report.html", "notes.txt", "weights/mine.pt", "weights/best.safetensors/x"])
    func foreignFiles(name: String) async throws {
      try folder.write(Array("my own".utf8), to: "mine/\(name)")
      for overwrite in [[], ["--overwrite"]] {
        for command in [
          ["train", "pets"], ["train", "pets", "--seeds", "2"], ["sweep", "pets", "--dropout", "0.1"],
        ] {
          let run = try await ToolRun(
            command + ["--learning-rate", "1000000", "-o", "mine"] + overwrite, in: folder
          ).finish()
          #expect(run.status == 1 && run.errors.contains("mine"), "\(run.story)")
          #expect(run.errors.contains(name.split(separator: "/")[0]), "\(run.story)")
        }
      }
      let left = RunFiles(folder, "mine").files.filter {
        var isFolder: ObjCBool = false
        return files.fileExists(atPath: folder.path("mine/\($0)"), isDirectory: &isFolder)
          && !isFolder.boolValue
      }
      #expect(left == [name])
      #expect(files.contents(atPath: folder.path("mine/\(name)")) == Data("my own".utf8))
    }

    @Test("--resume with the data set makes nothing in it")
    func resumedData() async throws {
      let before = folder.contents()
      for command in ["train", "sweep"] {
        let run = try await whisker(command, "--resume", "pets", in: folder)
        #expect(run.status == 1 && run.errors.contains("pets: holds no run"), "\(run.story)")
      }
      #expect(folder.contents() == before)
    }

    @Test("A cache that only the run's record names is never made; named with --cache it is")
    func recordedCache() async throws {
      let run = try await train("-o", "run", "--cache", "c.safetensors")
      #expect(run.status == 0, "\(run.story)")
      try files.moveItem(atPath: folder.path("c.safetensors"), toPath: folder.path("kept.safetensors"))
      let refused = try await whisker("train", "--resume", "run", "--epochs", "2", in: folder)
      #expect(refused.status == 1 && refused.errors.contains("--cache c.safetensors"), "\(refused.story)")
      #expect(!files.fileExists(atPath: folder.path("c.safetensors")))
      let resumed = try await whisker(
        "train", "--resume", "run", "--epochs", "2", "--cache", "c.safetensors", in: folder)
      #expect(resumed.status == 0, "\(resumed.story)")
      #expect(files.fileExists(atPath: folder.path("c.safetensors")))
      let fresh = try await whisker("train", "--resume", "run", "--epochs", "3", in: folder)
      #expect(fresh.status == 0, "\(fresh.story)")
    }

    @Test(
      "A symbolic link inside a run or a sweep is not followed: what it leads to stays",
      arguments: [
        "weights", "weights/last.safetensors", "args.json", "results.csv", "events.out.tfevents.000001",
        ".whisker-1~",
      ]
    )
    func linksInRuns(name: String) async throws {
      for output in ["run", "other"] { _ = try await train("-o", output) }
      let before = try contents("other")
      try link("run/\(name)", to: "other/\(name)")
      for command in [
        ["train", "--resume", "run", "--epochs", "3"], ["train", "pets", "-o", "run", "--overwrite"],
        ["evaluate", "run", "pets"], ["inspect", "run"], ["watch", "run"],
      ] {
        let run = try await ToolRun(command, in: folder).finish(within: 20)
        #expect(run.status == 1 && run.errors.contains("run/\(name): is a symbolic link"), "\(run.story)")
      }
      #expect(try contents("other") == before)
    }

    @Test("A link among the trainings of a sweep or of several seeds empties no other run")
    func linksInSweeps() async throws {
      _ = try await train("-o", "other")
      let before = try contents("other")
      let options = ["--epochs", "1", "-o"]
      for (command, name) in [
        (["sweep", "pets", "--dropout", "0.1", "--seeds", "1"], "trainings/setting1-seed0"),
        (["train", "pets", "--seeds", "2"], "seed0"),
        (["sweep", "pets", "--dropout", "0.1", "--seeds", "1"], "weights/setting1.safetensors"),
        (["sweep", "pets", "--dropout", "0.1", "--seeds", "1"], "trainings"),
      ] {
        try? files.removeItem(atPath: folder.path("all"))
        let made = try await ToolRun(command + options + ["all"], in: folder).finish()
        #expect(made.status == 0, "\(made.story)")
        if name.hasPrefix("trainings/") {
          try files.createDirectory(atPath: folder.path("all/trainings"), withIntermediateDirectories: true)
        }
        try link("all/\(name)", to: "other")
        for again in [
          [command[0], "--resume", "all"], command + options + ["all", "--overwrite"],
          ["train", "pets", "--epochs", "1", "-o", "all", "--overwrite"],
        ] {
          let run = try await ToolRun(again, in: folder).finish()
          #expect(run.status == 1 && run.errors.contains("all/\(name): is a symbolic link"), "\(run.story)")
        }
        #expect(try contents("other") == before)
      }
    }

    @Test("A report that becomes a link while it is watched is not served")
    func watchedLink() async throws {
      _ = try await train("-o", "run")
      let run = try ToolRun(["watch", "run"], in: folder)
      var port: String?
      try await run.wait {
        port = $0.firstMatch(of: #/http:\/\/127\.0\.0\.1:(\d+)\//#).map { String($0.1) }
        return port != nil
      }
      try folder.write(Array("secret".utf8), to: "secret")
      try link("run/report.html", to: "secret")
      for page in ["", "report.html"] {
        let request = #"GET /\#(page) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"#
        let script = "exec 3<>/dev/tcp/127.0.0.1/\(try #require(port)); printf '\(request)' >&3; cat <&3"
        let answer = try await ToolRun(
          ["-c", script], in: folder, program: URL(fileURLWithPath: "/bin/bash")
        )
        .finish(within: 20).output
        #expect(answer.hasPrefix("HTTP/1.1 ") && !answer.contains("secret"), "\(answer)")
        #expect(answer.lowercased().contains("no report yet"), "\(answer)")
      }
      run.signal(SIGINT)
      #expect(try await run.finish(within: 10).status == 130)
    }
  }
}
