import Foundation
import TestSupport
import Testing
import WhiskerCore
import WhiskerData

/// Tables with the pixels of a picture per row, as Kaggle has MNIST.
@Suite struct PixelRowsTests {
  private let folder: TemporaryFolder
  private static let header = "label,pixel0,pixel1,pixel2,pixel3\n"

  init() throws { folder = try TemporaryFolder() }

  private func open(
    _ text: String, side: Int = 2, _ configure: (inout DataSource.Options) -> Void = { _ in }
  ) throws -> DataSource {
    let table = try folder.write(Array(text.utf8), to: "train.csv")
    var options = DataSource.Options()
    configure(&options)
    return try DataSource.open(table, Preprocessing(height: side, width: side), options: options)
  }

  private func problem(_ text: String, _ configure: (inout DataSource.Options) -> Void = { _ in }) -> String {
    let error = #expect(throws: FileError.self) { try open(text, configure) }
    return error?.problem.description ?? ""
  }

  @Test(
    "A row is a picture",
    arguments: [
      header + "2,0,1,2,255\n0,9,8,7,6\n",
      "\u{FEFF}1x1,1x2,2x1,2x2,class\r\n0,1,2,\"255\",2\r\n9,8,7,6,0\r\n\r\n",
    ])
  func rows(_ text: String) throws {
    let source = try open(text)
    let dataset = try #require(source.splits[.training])
    #expect(source.kind == .pixelRows && source.classNames == ["0", "1", "2"])
    #expect((0..<2).map(dataset.label) == [2, 0] && dataset.name(at: 1) == "train.csv#1")
    #expect(try (0..<2).map(dataset.sample) == [[0, 1, 2, 255], [9, 8, 7, 6]])
    #expect((dataset as? any InMemoryDataset)?.isInMemory == true)
    #expect(try open(text) { $0.classNames = ["a", "b", "c"] }.classNames == ["a", "b", "c"])
  }

  @Test(
    "Pixels are bound by the numbers in their names, whatever the order of the columns",
    arguments: [
      (0..<16).map { "pixel\($0)" }, (1...16).map { "pixel_\($0)" },
      (1...4).flatMap { row in (1...4).map { "\(row)x\($0)" } },
      (7..<11).flatMap { row in (0..<4).map { "\(row)x\($0)" } },
    ])
  func order(_ names: [String]) throws {
    let orders: [[Int]] = [
      Array(names.indices), names.indices.sorted { names[$0] < names[$1] }, names.indices.reversed(),
    ]
    for order in orders {
      for place in [0, 5, 16] {
        var (header, row) = (order.map { names[$0] }, order.map { "\($0)" })
        header.insert("label", at: place)
        row.insert("0", at: place)
        let text = header.joined(separator: ",") + "\n" + row.joined(separator: ",") + "\n"
        #expect(
          try open(text, side: 4).splits[.training]?.sample(at: 0) == (0..<16).map { UInt8($0) }, "\(text)")
      }
    }
  }

  @Test(
    "Numbers that leave the order of the pixels open are an error",
    arguments: [
      ("pixel0,pixel1,pixel2,pixel4", "pixel4 follows pixel2"),
      ("pixel0,pixel1,pixel1,pixel2", "pixel1 follows pixel1"),
      ("pixel1,pixel01,x3,px2", "pixel01 follows pixel1"),
      ("1x1,1x2,2x1,2x3", "2x3 follows 2x1"), ("1x1,1x2,1x3,1x4", "1x3 follows 1x2"),
      ("pixel0,pixel1,1x1,1x2", "1x1 follows pixel1"),
      ("x99999999999999999999,x99999999999999999998,x1,x2", "x99999999999999999999 follows x2"),
    ])
  func openOrder(_ names: String, _ expected: String) {
    #expect(
      problem("label,\(names)\n0,1,2,3,4\n")
        == "has columns of pixels whose numbers are not those of a picture of 2x2: \(expected)")
  }

  @Test("What was made of columns as they came is stale where they are not in order, and only there")
  func columnsAsTheyCame() throws {
    /// The origin, and the same one as older versions wrote it.
    func origins(_ columns: String) throws -> (now: CacheOrigin, before: CacheOrigin) {
      let now = CacheOrigin(of: try open("label,\(columns)\n0,1,2,3,4\n"), options: .init())
      let data = try JSONEncoder().encode(now)
      var fields = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      fields["pixel_order"] = nil
      let before = try JSONSerialization.data(withJSONObject: fields)
      return (now, try JSONDecoder().decode(CacheOrigin.self, from: before))
    }
    let ordered = try origins("pixel0,pixel1,pixel2,pixel3")
    #expect(ordered.before == ordered.now && ordered.before.difference(from: ordered.now) == nil)
    let other = try origins("pixel3,pixel2,pixel1,pixel0")
    #expect(!other.before.bindsPixels(as: other.now) && other.now.bindsPixels(as: other.now))
    #expect(
      other.before.difference(from: other.now)?.description
        == "the columns of its pixels were taken in another order")
  }

  @Test("The pixels of JSON Lines are in the order of their numbers")
  func jsonLines() throws {
    let pixels = (0..<16).map { #""pixel\#($0)": \#($0)"# }.joined(separator: ", ")
    let row = #"{"label": 0, \#(pixels)}"# + "\n"
    let table = try folder.write(Array(row.utf8), to: "train.jsonl")
    let source = try DataSource.open(table, Preprocessing(height: 4, width: 4))
    #expect(try source.splits[.training]?.sample(at: 0) == (0..<16).map { UInt8($0) })
  }

  @Test("Pictures are scaled as those of IDX files are")
  func scaled() throws {
    let pixels = (0..<16).map { UInt8($0 * 16) }
    let names = (0..<16).map { "pixel\($0)" }.joined(separator: ",")
    let row = pixels.map { "\($0)" }.joined(separator: ",")
    let table = try #require(try open("label,\(names)\n1,\(row)\n", side: 3).splits[.training])
    try folder.write(IDXBytes.file([1, 4, 4], pixels), to: "idx/train-images-idx3-ubyte")
    try folder.write(IDXBytes.labels([1]), to: "idx/train-labels-idx1-ubyte")
    let idx = try DataSource.open(folder.path("idx"), Preprocessing(height: 3, width: 3))
    #expect(try table.sample(at: 0) == idx.splits[.training]?.sample(at: 0))
    #expect(table.isWorthCaching)
  }

  @Test(
    "A value that is no label or no pixel is an error that names its place",
    arguments: [
      ("1,0,256,2,3", "has no pixel from 0 to 255 in line 2, column 3: \"256\""),
      ("1,0,1,-2,3", "has no pixel from 0 to 255 in line 2, column 4: \"-2\""),
      ("1,0,1,2,", "has no pixel from 0 to 255 in line 2, column 5: \"\""),
      ("cat,0,1,2,3", "has no label from 0 up in line 2, column 1: \"cat\""),
      ("1,0,1,2", "has 4 fields in line 2, and 5 columns"),
      ("9999999,0,1,2,3", "has no label from 0 up in line 2, column 1: \"9999999\""),
      ("", "holds no pictures"),
    ])
  func malformed(_ row: String, _ expected: String) {
    #expect(problem(Self.header + row + "\n") == expected)
  }

  @Test("A table without labels is only for predictions, and pictures are square")
  func unlabelled() throws {
    let text = "pixel0,pixel1,pixel2,pixel3\n1,2,3,4\n"
    #expect(problem(text) == "has pixels, but no column label")
    #expect(try open(text) { $0.acceptsUnlabelled = true }.splits[.training]?.sample(at: 0) == [1, 2, 3, 4])
    #expect(problem("label,pixel0,pixel1\n1,2,3\n") == "has 2 pixels in a row, which is no square number")
    #expect(
      problem(Self.header + "1,2,3,4,5\n") { $0.maximumPixels = 3 }.contains(
        "2x2 pixels, over the limit of 3"))
    #expect(
      problem(Self.header + "5,2,3,4,5\n") { $0.classNames = ["a"] }.contains(
        "label 5, but there are 1 classes"))
  }
}
