import Foundation
import SampleImages
import TestSupport
import Testing
import WhiskerCore
import WhiskerData

/// Lists of pictures with their labels.
@Suite struct ListTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func add(_ names: String...) throws {
    for (index, name) in names.enumerated() { try folder.write(flatPNG(UInt8(index)), to: name) }
  }

  private func open(
    _ text: String, as name: String = "list.csv", _ configure: (inout DataSource.Options) -> Void = { _ in }
  ) throws -> DataSource {
    try folder.write(Array(text.utf8), to: name)
    var options = DataSource.Options()
    configure(&options)
    return try DataSource.open(folder.path(name), Preprocessing(height: 2, width: 2), options: options)
  }

  private func problem(
    _ text: String, as name: String = "list.csv", _ configure: (inout DataSource.Options) -> Void = { _ in }
  ) -> String {
    let error = #expect(throws: FileError.self, "\(text)") { try open(text, as: name, configure) }
    return error?.problem.description ?? ""
  }

  private func names(_ dataset: (any Dataset)?) -> [String] {
    dataset.map { dataset in (0..<dataset.count).map(dataset.name) } ?? []
  }

  @Test("A list has the samples of the folder that it lists, in the same order")
  func sameAsFolder() throws {
    try add("set/dog/2.png", "set/cat/1.png", "set/dog/1.png", "set/cat/x/3.png")
    let rows = "dog/1.png,dog\ncat/x/3.png,cat\ndog/2.png,dog\n./cat//1.png,cat\n"
    let list = try #require(try open("path,label\n" + rows, as: "set/list.csv").splits[.training])
    let files = try #require(
      try DataSource.open(folder.path("set"), Preprocessing(height: 2, width: 2)).splits[.training])
    #expect(names(list) == names(files) && list.classNames == files.classNames)
    #expect((0..<4).map(list.label) == (0..<4).map(files.label))
    #expect(try (0..<4).map(list.sample) == (0..<4).map(files.sample))
    #expect(list.pictureFiles?.file(of: 0) == folder.path("set/cat/1.png"))
  }

  @Test(
    "Columns have many names, separators and line ends",
    arguments: [
      ("list.csv", "File Name,Class\na.png,x\nb.png,y\n"),
      ("list.csv", "\u{FEFF}label;image\r\nx;a.png\r\n\r\ny;b.png\r\n;;\r\n"),
      ("LIST.CSV", "\"category\",\"notes\",\"filepath\"\rx,\"one, two\n\"\"three\"\"\",a.png\ry,,b.png"),
      ("list.tsv", "target\tpath\nx\ta.png\n y \tb.png\n"),
      (
        "list.jsonl",
        "{\"file_name\": \"a.png\", \"label\": \"x\"}\n\n{\"label\":\"y\",\"file_name\":\"\\u0062.png\"}"
      ),
      (
        "list.ndjson",
        "{\"image\": \"a.png\", \"class\": \"x\", \"box\": [1, {}]}\n{\"image\": \"b.png\", \"class\": \"y\"}\n"
      ),
      ("list.csv", "id,label\na.png,x\nb.png,y\n"),
    ])
  func columns(_ name: String, _ text: String) throws {
    try add("a.png", "b.png")
    let source = try open(text, as: name)
    #expect(source.kind == .list && source.classNames == ["x", "y"] && source.notes == [])
    #expect(names(source.splits[.training]) == ["a.png", "b.png"])
  }

  @Test("Columns with other names are named by the user")
  func namedColumns() throws {
    try add("a.png", "b.png")
    let text = "where,what,label\na.png,x,1\nb.png,y,2\n"
    #expect(problem(text).contains("no column with the paths of pictures, but where, what, label"))
    let source = try open(text) { ($0.pathColumn, $0.labelColumn) = ("where", "What") }
    #expect(source.classNames == ["x", "y"])
    #expect(problem(text) { $0.pathColumn = "file" }.contains("no column file"))
    #expect(problem("path,class,label\na.png,x,1\n").contains("several columns"))
    #expect(problem("path,size\na.png,1\n").contains("no column with labels, but path, size"))
    #expect(problem("id,label\nnowhere,1\n").contains("no column with the paths"))
  }

  @Test("Where no column holds labels, a column per class does, with a 1 for the picture's")
  func oneHot() throws {
    try add("a.png", "b.png")
    let text = "image,NV,MEL\na.png,0.0,1.0\nb.png,1,0\n"
    let source = try open(text)
    #expect(source.classNames == ["MEL", "NV"])
    #expect((0..<2).map { source.splits[.training]?.label(at: $0) } == [0, 1])
    #expect(problem(text.replacing("1,0", with: "1,1")) == "has 2 classes in line 3")
    #expect(problem(text.replacing("1,0", with: "1,x")) == "has neither 0 nor 1 in line 3, column MEL")
    #expect(problem("image,NV\na.png,1\n").contains("no column with labels"))
  }

  @Test("Labels come from the names of the files where the user says so")
  func labelsFromNames() throws {
    try add("cat.1.png", "dog.2.png", "7.png")
    for (name, text) in [
      ("list.txt", "cat.1.png\r\n7.png\n\ndog.2.png\n"), ("list.csv", "path\ncat.1.png\n7.png\ndog.2.png\n"),
    ] {
      let source = try open(text, as: name) { $0.labelsFromNames = true }
      #expect(source.classNames == ["cat", "dog"] && names(source.splits[.training]).count == 2)
      #expect(source.notes == ["1 row ignored, whose file names start with no class"])
    }
    #expect(problem("cat.1.png\n", as: "list.txt") == "is a text file, not a dataset")
  }

  @Test("A split column divides the pictures; every class needs some to train on")
  func splits() throws {
    try add("a.png", "b.png", "c.png", "d.png")
    let text = "path,label,Split\na.png,x,train\nb.png,y,training\nc.png,x,Valid\nd.png,y,test\n"
    let source = try open(text)
    #expect(
      source.splits.mapValues { names($0) } == [
        .training: ["a.png", "b.png"], .validation: ["c.png"], .test: ["d.png"],
      ])
    #expect(source.splits.values.allSatisfy { $0.classNames == ["x", "y"] })
    #expect(problem(text.replacing("Valid", with: "mine")).contains("unknown split, mine, in line 4"))
    #expect(
      problem(text.replacing("training", with: "val")).contains("no pictures of the class y for training"))
  }

  @Test("A group column keeps pictures together")
  func groups() throws {
    try add("a.png", "b.png", "c.png", "d.png")
    let source = try open("path,label,group\nb.png,y,p1\na.png,x,p1\nd.png,x,\nc.png,x,p2\n")
    let dataset = try #require(source.splits[.training]?.grouped)
    let found = (0..<4).map { dataset.group(at: $0) }
    #expect(names(dataset) == ["a.png", "c.png", "d.png", "b.png"])
    #expect(found[0] == found[3] && found[0] != nil && found[1] != found[0] && found[2] == nil)
    #expect(try open("path,label\na.png,x\n").splits[.training]?.grouped == nil)
  }

  @Test("A missing file cannot be read, and is no fault of the machine")
  func missing() throws {
    try add("a.png", "b.png")
    let source = try open("path,label\na.png,x\ngone.png,x\nb.png,y\n")
    #expect(source.notes == ["1 picture of the list is missing and skipped, such as gone.png"])
    let dataset = try #require(source.splits[.training])
    #expect(names(dataset) == ["a.png", "gone.png", "b.png"])
    let error = #expect(throws: FileError.self) { try dataset.sample(at: 1) }
    #expect(error?.problem.description == "cannot be opened: No such file or directory")
    #expect(try dataset.copies(readAhead: ReadAhead(workers: 1)) == .none)
    #expect(problem("path,label\nx/1.png,x\n").contains("lists 1 picture, but none of the files exists"))
  }

  @Test("A path may stand twice with one label, but not with two")
  func repeated() throws {
    try add("a.png", "b.png")
    let source = try open("path,label\nb.png,y\na.png,x\n./a.png,x\n")
    #expect(names(source.splits[.training]) == ["a.png", "b.png"])
    #expect(source.notes == ["1 row repeats another and is ignored, such as line 4, a.png"])
    #expect(
      problem("path,label\na.png,x\nb.png,y\na.png,y\n")
        == "lists a.png with two labels, in line 2 and line 4")
    #expect(
      problem("path,label,split\na.png,x,val\na.png,x,train\n")
        == "lists a.png with two splits, in line 2 and line 3")
  }

  @Test(
    "A row that is not complete is an error that names its line",
    arguments: [
      ("path,label\na.png,x\n\nb.png\n", "has 1 field in line 4, and 2 columns"),
      ("path,label\na.png,x,y\n", "has 3 fields in line 2, and 2 columns"),
      ("path,label\n,x\n", "has no path in line 2"), ("path,label\na.png, \n", "has no label in line 2"),
      ("path,label\n\"a.png,x\n", "has a quoted field in line 2 that does not end"),
      ("path,label\na.png,\u{1B}[2J\n", "has a label in line 2 that is not plain text: \\x1b[2J"),
      ("path,label\na\0.png,x\n", "is of an unknown format, not a dataset"),
      ("path,label\n", "lists no pictures"),
      ("", "is empty, not a dataset"), ("1,2,3\n4,5,6\n", "is a text file, not a dataset"),
    ])
  func malformed(_ text: String, _ expected: String) throws {
    try add("a.png")
    #expect(problem(text) == expected)
  }

  @Test("Lines of JSON that are no objects are errors that name the line")
  func malformedJSON() throws {
    try add("a.png")
    let row = #"{"path": "a.png", "label": "x"}"# + "\n"
    for line in ["[1]", "{", "7", "{\"path\": }", "x"] {
      #expect(problem(row + line, as: "list.jsonl") == "holds no JSON object in line 2")
    }
    #expect(problem(row + "{}", as: "list.jsonl") == "has no path in line 2")
  }

  @Test("A path need not be UTF-8, and may leave the folder")
  func paths() throws {
    try add("set/a.png", "b.png")
    let odd: [UInt8] = Array("set/".utf8) + [0xFF, 0x20] + Array(".png".utf8)
    let absolute = folder.path("b.png").replacing("//", with: "/")
    let target = (Array("\(folder.path)/".utf8) + odd + [0]).map { CChar(truncatingIfNeeded: $0) }
    #expect(rename(try folder.write(flatPNG(9), to: "set/odd.png"), target) == 0)
    let text =
      Array("path,label\n".utf8) + odd.dropFirst(4) + Array(",x\n../b.png,y\n\(absolute),y\na.png,x\n".utf8)
    try folder.write(text, to: "set/list.csv")
    let source = try DataSource.open(folder.path("set/list.csv"), Preprocessing(height: 2, width: 2))
    let dataset = try #require(source.splits[.training])
    #expect(names(dataset) == ["a.png", "\\xff .png", "../b.png", absolute])
    #expect(try (0..<4).map { try dataset.sample(at: $0)[0] } == [0, 9, 1, 1])
    #expect((dataset as? any StoredDataset)?.path(at: 1) == Array(odd.dropFirst(4)))
  }

  @Test("Rows and fields have limits")
  func limits() throws {
    try add("a.png")
    let long = String(repeating: "x", count: 1 << 20)
    #expect(problem("path,label\na.png,\(long)\n") == "has more than 1048576 bytes in line 2")
    #expect(
      problem("{\"path\": \"\(long)\"}", as: "list.jsonl").contains("more than 1048576 bytes in line 1"))
    let wide = "path,label" + String(repeating: ",", count: 1 << 16)
    #expect(problem(wide) == "has more than 65536 fields in line 1")
  }
}
