import Foundation
import TestSupport
import Testing

extension ToolTests {
  /// Paths that are not UTF-8, as old archives and other systems leave them.
  @Suite struct BytePaths {
    private let folder: TemporaryFolder

    init() throws {
      folder = try TemporaryFolder()
      try SmallSets.makeFolder("base", classes: ["cat", "dog"], in: folder)
    }

    /// Runs a line of the shell, where `$W` is the tool and `$E` the byte 0xE9, which is no UTF-8.
    private func shell(_ line: String) async throws -> ToolRun.Result {
      try await ToolRun(
        ["-c", "E=$(printf '\\351'); W=$0; \(line)", ToolRun.tool.path], in: folder,
        program: URL(fileURLWithPath: "/bin/sh")
      ).finish()
    }

    @Test("Data, output and pictures may be named by any bytes")
    func anyBytes() async throws {
      let trained = try await shell(
        "cp -r base donn$E && $W train donn$E --epochs 1 -o r$E/un && $W inspect r$E/un && $W inspect donn$E")
      #expect(trained.status == 0, "\(trained.story)")
      let predicted = try await shell(
        "cp base/cat/0.png caf$E.png && $W predict r$E/un caf$E.png 'c'*$E.png --format csv")
      #expect(predicted.status == 0, "\(predicted.story)")
      #expect(predicted.output.components(separatedBy: "caf\\xe9.png,").count == 3, "\(predicted.story)")
      let others = try await shell(
        """
        $W train --resume r$E/un --epochs 2 && $W evaluate r$E/un donn$E -o v$E.csv && test -s v$E.csv &&
        $W preprocess donn$E -o d$E.safetensors && $W inspect d$E.safetensors && $W verify donn$E &&
        $W export r$E/un -o m$E.onnx && test -s m$E.onnx && $W runs r$E
        """)
      #expect(others.status == 0, "\(others.story)")
    }

    @Test("A file that is not there is named with its bytes escaped")
    func missing() async throws {
      let run = try await shell("$W inspect caf$E")
      #expect(run.status == 1)
      #expect(!run.errors.contains("\u{FFFD}"), "\(run.story)")
    }
  }
}
