import Foundation
import FoundationXML
import TestSupport

/// A page of the tool's as a strict reader sees it: every element closed, every character allowed where it is.
final class WebPage: NSObject, XMLParserDelegate {
  let source: String
  /// The names of all elements.
  private(set) var elements: Set<String> = []
  /// Everything that an attribute could make a browser load or run.
  private(set) var references: [String] = []
  /// The words of the elements of each name, in order.
  private(set) var words: [String: [String]] = [:]
  /// The words of every row of every table, cell by cell.
  private(set) var rows: [[String]] = []
  private var open: [(name: String, words: String)] = []

  /// - Throws: `ToolRun.Failure` when the page is not whole and well-formed.
  init(_ bytes: Data) throws {
    source = String(decoding: bytes, as: UTF8.self)
    super.init()
    let parser = XMLParser(data: bytes)
    parser.delegate = self
    guard parser.parse() else {
      throw ToolRun.Failure("line \(parser.lineNumber): \(String(describing: parser.parserError))")
    }
  }

  convenience init(_ folder: TemporaryFolder, _ path: String = "runs/train1/report.html") throws {
    try self.init(Data(contentsOf: URL(fileURLWithPath: folder.path(path))))
  }

  /// All words, without the style sheet.
  var text: String { words["main"]?.joined() ?? "" }

  /// The row that begins with `name`.
  func row(_ name: String) -> [String]? { rows.first { $0.first == name } }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    elements.insert(name)
    open.append((name, ""))
    if name == "tr" { rows.append([]) }
    for (attribute, value) in attributes
    where ["src", "href", "action", "data", "srcset"].contains(attribute) || attribute.hasPrefix("on") {
      references.append(value)
    }
  }

  func parser(_ parser: XMLParser, foundCharacters characters: String) {
    for index in open.indices { open[index].words += characters }
  }

  func parser(_ parser: XMLParser, didEndElement: String, namespaceURI: String?, qualifiedName: String?) {
    let (name, words) = open.removeLast()
    let trimmed = words.trimmingCharacters(in: .whitespacesAndNewlines)
    self.words[name, default: []].append(trimmed)
    if name == "td" || name == "th" { rows[rows.count - 1].append(trimmed) }
  }
}
