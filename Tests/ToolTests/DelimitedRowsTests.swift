import Foundation
import TestSupport
import Testing
import WhiskerCore
import WhiskerData

extension ToolTests {
  /// The reader of delimited text against Python's csv module.
  @Suite struct DelimitedText {
    @Test(
      "Random texts have the rows and fields that Python's csv module finds",
      .enabled(if: Python.has("csv"), "there is no Python"))
    func sameAsPython() throws {
      let pieces = ["a", "b c", ",", ",", "\"", "\"\"", "\n", "\r\n", "\r", "é", ";", "\t", " ", "猫"]
      var random = RandomStream(seed: 7, purpose: .noise, step: 0)
      let texts = (0..<3000).map { _ in
        (0..<random.next(below: 24)).map { _ in pieces[random.next(below: pieces.count)] }.joined()
      }
      let folder = try TemporaryFolder()
      let path = try folder.write([UInt8](JSONEncoder().encode(texts)), to: "texts.json")
      let output = try Python.run(
        """
        import csv, io, json
        found = []
        for text in json.load(open('\(path)')):
            rows = list(csv.reader(io.StringIO(text, newline='')))
            try:
                list(csv.reader(io.StringIO(text, newline=''), strict=True))
                ends = True
            except csv.Error as error:
                ends = 'unexpected end of data' not in str(error)
            found.append([[row or [''] for row in rows], ends])
        print(json.dumps(found))
        """)
      let expected = try #require(JSONSerialization.jsonObject(with: Data(output.utf8)) as? [[Any]])
      var unterminated = 0
      for (text, found) in zip(texts, expected) {
        let rows = try? self.rows(of: text)
        guard let rows else {
          unterminated += 1
          continue
        }
        #expect(rows == found[0] as? [[String]], "\(text.debugDescription)")
      }
      #expect(expected.count == texts.count && (1..<texts.count / 2).contains(unterminated))
      // Only a quoted field without an end is refused.
      for (text, found) in zip(texts, expected) where found[1] as? Bool == false {
        #expect(throws: FileError.self, "\(text.debugDescription)") { try self.rows(of: text) }
      }
    }

    private func rows(of text: String) throws -> [[String]] {
      try Array(text.utf8).withUnsafeBytes { bytes in
        var reader = DelimitedRows(bytes, separator: UInt8(ascii: ","), name: "text")
        var (row, rows) = (TableRow(), [[String]]())
        while try reader.next(&row) {
          rows.append((0..<row.count).map { String(decoding: row[$0], as: UTF8.self) })
        }
        return rows
      }
    }
  }
}
