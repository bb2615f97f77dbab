import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct CSVColumns {
    @Test("No two columns have one name, whatever the classes are called")
    func uniqueColumns() async throws {
      let folder = try TemporaryFolder()
      try SmallSets.makeFolder("cols", classes: ["class", "error", "label", "path"], in: folder)
      try await whisker("train", "cols", "--epochs", "1", "-o", "run", in: folder)
      let run = try await whisker("predict", "run", "cols/error/0.png", "--format", "csv", in: folder)
      #expect(
        run.lines[0] == "path,label,probability,class,error (class),label (class),path (class),error",
        "\(run.story)")
      let measured = try await whisker("evaluate", "run", "cols", "-o", "rows.csv", in: folder)
      #expect(measured.status == 0, "\(measured.story)")
      let rows = try String(contentsOfFile: folder.path("rows.csv"), encoding: .utf8)
      #expect(
        rows.hasPrefix("path,class,predicted,probability,loss,class (class),error,label,path (class)\n"),
        "\(rows.prefix(100))")
    }
  }
}
