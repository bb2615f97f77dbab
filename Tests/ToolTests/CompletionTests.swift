import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct Completions {
    private let folder: TemporaryFolder

    init() throws {
      folder = try TemporaryFolder()
      for name in ["own.json", "digits.safetensors", "notes.txt", "runs/train1/args.json"] {
        try folder.write([], to: name)
      }
    }

    private static let cases: [(words: [String], contains: [String], lacks: [String])] = [
      (["train", "--network", ""], ["dropout-cnn", "mnist-convnet", "own.json"], ["notes.txt"]),
      (["train", "--color-mode", ""], ["grayscale", "rgb"], ["own.json"]),
      (["train", "--schedule", "c"], ["constant", "cosine"], ["step"]),
      (["train", "--schedule", "o"], ["one-cycle"], ["cosine"]),
      (["train", "--cache", ""], ["digits.safetensors"], ["notes.txt"]),
      (["train", "--optimizer", ""], ["adam", "sgd"], []),
      (["evaluate", "--split", ""], ["train", "val", "test", "all"], []),
      (["export", "--format", ""], ["onnx", "coreml"], []),
      (["predict", ""], ["notes.txt", "runs"], []),
      (["ev"], ["evaluate"], ["train"]),
      (["train", "--tens"], ["--tensorboard"], []),
      (["train", "--ser"], ["--serve"], []),
      (["evaluate", "--rep"], ["--report"], []),
      (["watch", ""], ["runs"], ["notes.txt"]),
      (["wa"], ["watch"], ["train"]),
    ]

    /// What a shell offers behind `words`, the last of which is being typed.
    private func offered(_ shell: String, _ program: String, _ words: [String]) async throws -> [String] {
      let script = try await whisker("--generate-completion-script", shell, in: folder)
      #expect(script.status == 0)
      let path = try folder.write(Array(script.output.utf8), to: "completions")
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = [shell, "-c", program, shell == "fish" ? "" : path] + words
      process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
      process.environment = ProcessInfo.processInfo.environment.merging(["HOME": folder.path]) { $1 }
      let pipe = Pipe()
      process.standardOutput = pipe
      try process.run()
      let output = pipe.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      // fish tells what a word means behind a tab, and ends a folder with a slash.
      return String(decoding: output, as: UTF8.self).split(separator: "\n").map {
        let word = String($0.prefix { $0 != "\t" })
        return word.hasSuffix("/") ? String(word.dropLast()) : word
      }
    }

    @Test("bash completes files, presets and values", arguments: cases)
    func bash(words: [String], contains: [String], lacks: [String]) async throws {
      let program = """
        source "$0"
        COMP_WORDS=(whisker "$@") COMP_CWORD=$# COMP_LINE="whisker $*" COMP_POINT=1000
        _whisker whisker "${COMP_WORDS[$#]}" "${COMP_WORDS[$(($# - 1))]}" 2>/dev/null
        printf '%s\\n' "${COMPREPLY[@]}"
        """
      let words = try await offered("bash", program, words)
      #expect(contains.allSatisfy(words.contains) && !lacks.contains(where: words.contains), "\(words)")
    }

    @Test(
      "fish completes files, presets and values", .enabled(if: isInstalled("fish"), "needs fish"),
      arguments: cases)
    func fish(words: [String], contains: [String], lacks: [String]) async throws {
      let program = "source completions; complete -C \"whisker \(words.joined(separator: " "))\""
      let words = try await offered("fish", program, [])
      #expect(contains.allSatisfy(words.contains) && !lacks.contains(where: words.contains), "\(words)")
    }

    @Test("zsh reads its script", .enabled(if: isInstalled("zsh"), "needs zsh"))
    func zsh() async throws {
      let complaints = try await offered("zsh", "zsh -n \"$0\" || print wrong", [])
      #expect(complaints.isEmpty)
      let script = try await whisker("--generate-completion-script", "zsh", in: folder)
      #expect(script.output.hasPrefix("#compdef whisker"))
    }
  }
}

private func isInstalled(_ tool: String) -> Bool {
  let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
  return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)") }
}
