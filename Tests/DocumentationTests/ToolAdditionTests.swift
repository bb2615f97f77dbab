import Foundation
import TestSupport
import Testing

/// The files that a new command and a new export format touch, compared with those that mention existing ones.
@Suite struct ToolAdditionTests {
  private static let sources: [(path: String, text: String)] = {
    let root = Fixtures.root + "/Sources"
    let paths = (FileManager.default.enumerator(atPath: root)?.allObjects as? [String] ?? [])
    return paths.filter { $0.hasSuffix(".swift") && !$0.contains("/Generated/") }.sorted().map { path in
      ("Sources/" + path, (try? String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)) ?? "")
    }
  }()

  private static func text(_ path: String) -> String { sources.first { $0.path == path }?.text ?? "" }

  private static func files(mentioning word: String) throws -> Set<String> {
    try files(matching: "\\b\(word)\\b")
  }

  private static func files(matching text: String) throws -> Set<String> {
    // Unicode has no word boundary within "Command.self".
    let pattern = try Regex(text).wordBoundaryKind(.simple)
    return Set(sources.filter { $0.text.contains(pattern) }.map(\.path))
  }

  /// The files in the numbered list of an article.
  private static func listed(in article: String) throws -> Set<String> {
    let path = "\(Fixtures.root)/Documentation/Whisker.docc/Articles/\(article).md"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    return Set(text.matches(of: #/^\d\. `(Sources[^`]+)`/#.anchorsMatchLineEndings()).map { String($0.1) })
  }

  @Test("A command stands in its own file and in the list of all, as its article says")
  func commands() throws {
    let list = "Sources/whisker/Commands/Whisker.swift"
    let types = Self.text(list).matches(of: #/(\w+Command)\.self/#).map { String($0.1) }
    #expect(types.count > 10)
    for type in types {
      #expect(try Self.files(mentioning: type) == ["Sources/whisker/Commands/\(type).swift", list])
    }
    #expect(try Self.listed(in: "AddingACommand") == Self.files(mentioning: "VerifyCommand"))
  }

  @Test("An export format stands in its own file and in the list of all, as its article says")
  func exportFormats() throws {
    let folder = "Sources/WhiskerInterchange/Export"
    let list =
      Self.text("\(folder)/ExportFormat.swift").firstMatch(of: #/\[ExportFormat\] = \[(.*)\]/#)?.1 ?? ""
    let names = list.split(separator: ",").map { String($0.drop { " .".contains($0) }) }
    #expect(names.contains("coreML"))
    for name in names {
      // In code, not within the name of a file.
      let mentioned = try Self.files(matching: "static let \(name) =|[\\[ (]\\.\(name)(?![\\w)\"])")
      #expect(mentioned.count == 2 && mentioned.contains("\(folder)/ExportFormat.swift"), "\(mentioned)")
    }
    let exporters = try Self.files(mentioning: "CoreMLExporter")
    #expect(try Self.listed(in: "AddingAnExporter") == exporters.union(["\(folder)/ExportFormat.swift"]))
  }
}
