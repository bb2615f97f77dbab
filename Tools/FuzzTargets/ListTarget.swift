import SampleImages
import TestSupport
import WhiskerCore
import WhiskerData

/// Lists of pictures and files of class changes. The first byte of an input chooses the kind, the rest is the file.
struct ListTarget: FuzzTarget {
  let name = "list"
  let maximumLength = 4096

  private static let endings = ["csv", "tsv", "jsonl", "txt"]
  private static let pictures = ["a.png", "b/cat.1.png"]

  var words: [[UInt8]] {
    [
      "path", "label", "split", "group", "id", "train", "val", "a.png", "./b//cat.1.png", "b/../a.png",
      "\"\"", "\r\n",
      #"{"path": "a.png", "label": "#, "\u{FEFF}", "/dev/zero", "\0",
    ].map { Array($0.utf8) }
  }

  func check(_ bytes: [UInt8]) throws -> FuzzOutcome {
    guard let kind = bytes.first else { return .refused("is too short") }
    let file = Array(bytes.dropFirst())
    let number = Int(kind) % (Self.endings.count + 1)
    guard number < Self.endings.count else { return try changes(file) }
    let folder = try folder()
    let list = try folder.write(file, to: "list.\(Self.endings[number])")
    var options = DataSource.Options()
    options.labelsFromNames = number == Self.endings.count - 1 || kind >= 128
    options.allowsEmptyClasses = true
    _ = try FuzzOutcome { _ = try DataSource.listedPaths(at: list, column: nil) }
    return try FuzzOutcome {
      let source = try DataSource.open(list, Preprocessing(height: 2, width: 2), options: options)
      try Defect.unless(source.notes.allSatisfy(isPrintable), "a note that cannot be printed")
      for samples in source.splits.values {
        try Defect.unless(samples.count <= bytes.count, "\(samples.count) samples")
        for index in 0..<min(samples.count, 16) { try read(index, of: samples) }
      }
    }
  }

  private func read(_ index: Int, of samples: any Dataset) throws {
    try Defect.unless(samples.classNames.indices.contains(samples.label(at: index)), "a label of no class")
    try Defect.unless(isPrintable(samples.name(at: index)), "a name that cannot be printed")
    _ = samples.grouped?.group(at: index)
    _ = try FuzzOutcome { _ = try samples.sample(at: index) }
  }

  private func changes(_ bytes: [UInt8]) throws -> FuzzOutcome {
    let file = try ScratchFile(bytes)
    return try FuzzOutcome {
      let changes = try ClassChanges(file.path).changes
      try Defect.unless(Set(changes.map(\.old)).count == changes.count, "two changes of a class")
      try Defect.unless(changes.allSatisfy { isPrintable($0.old + ($0.new ?? "")) }, "a name with controls")
    }
  }

  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let png = try encodePNG(
      width: 2, height: 2, samples: [1, 2, 3, 4], options: PNGOptions(colorType: .gray))
    for picture in Self.pictures { try folder.write(png, to: picture) }
    return folder
  }

  func seeds() throws -> [[UInt8]] {
    let files: [(UInt8, String)] = [
      (0, "path,label\na.png,x\nb/cat.1.png,y\n"),
      (
        0, "\u{FEFF}\"File Name\";class;split;group\r\n\"a.png\";\"x\"\"y\";val;1\r\nb/cat.1.png;z;train;\r\n"
      ),
      (1, "label\timage\nx\ta.png\nx\t./a.png\n\nx\tb/cat.1.png\n"),
      (
        2,
        #"{"file_name": "a.png", "label": 1, "more": [1, {}]}"# + "\n" + #"{"label": true, "file_name": "b"}"#
      ),
      (3, "b/cat.1.png\r\na.png\n"), (130, "path\nb/cat.1.png\n"), (4, "cat,animal\n\"dog\",\nbird,animal\n"),
    ]
    return files.map { [$0] + Array($1.utf8) }
  }
}
