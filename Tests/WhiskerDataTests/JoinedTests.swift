import SampleImages
import TestSupport
import Testing
import WhiskerCore
import WhiskerData

/// Several datasets as one, and changes of classes.
@Suite struct JoinedTests {
  private let folder: TemporaryFolder
  private static let preprocessing = Preprocessing(height: 2, width: 2)

  init() throws { folder = try TemporaryFolder() }

  private func add(_ names: String...) throws {
    for (index, name) in names.enumerated() { try folder.write(flatPNG(UInt8(index)), to: name) }
  }

  private func open(
    _ names: String..., configure: (inout DataSource.Options) -> Void = { _ in }
  ) throws -> DataSource {
    var options = DataSource.Options()
    options.furtherPaths = names.dropFirst().map(folder.path)
    configure(&options)
    return try DataSource.open(folder.path(names[0]), Self.preprocessing, options: options)
  }

  private func changes(_ text: String) throws -> ClassChanges {
    try ClassChanges(folder.write(Array(text.utf8), to: "changes.csv"))
  }

  private func problem(_ body: () throws -> Void) -> String {
    let error = #expect(throws: FileError.self) { try body() }
    return error?.problem.description ?? ""
  }

  @Test("Samples follow each other by dataset, with its name, and classes are joined by name")
  func joined() throws {
    try add("one/cat/1.png", "one/dog/1.png", "two/bird/1.png", "two/cat/1.png")
    let source = try open("one", "two")
    let dataset = try #require(source.splits[.training])
    #expect(source.classNames == ["bird", "cat", "dog"] && source.kind == .imageFolder)
    #expect(names(dataset) == ["one/cat/1.png", "one/dog/1.png", "two/bird/1.png", "two/cat/1.png"])
    #expect((0..<4).map(dataset.label) == [1, 2, 0, 1])
    #expect(try (0..<4).map { try dataset.sample(at: $0)[0] } == [0, 1, 2, 3])
    #expect(dataset.pictureFiles?.file(of: 3) == folder.path("two/cat/1.png"))
    var files: [String] = []
    (dataset as? any FileBackedDataset)?.forEachFile {
      files.append("\($0.label ?? -1) " + printable($0.path))
    }
    #expect(files == ["1 one/cat/1.png", "2 one/dog/1.png", "0 two/bird/1.png", "1 two/cat/1.png"])
  }

  @Test("Groups of joined lists are numbered over all splits, so that a cache of them shares the same ones")
  func groupsOfSplits() throws {
    try add("1.png", "2.png", "3.png", "4.png", "5.png", "6.png")
    let header = "path,label,group,split\n"
    let lists = [
      "a.csv": "1.png,x,r,val\n2.png,y,s,val\n6.png,x,p,val\n",
      "b.csv": "3.png,x,p,train\n4.png,y,t,train\n5.png,x,q,val\n",
    ]
    for (name, rows) in lists { try folder.write(Array((header + rows).utf8), to: name) }
    let source = try open("a.csv", "b.csv")
    let cache = folder.path("cache.safetensors")
    _ = try CacheBuilder(source, options: .init(), readAhead: .init(workers: 1)).write(to: cache)
    #expect(source.sharedGroups.map(\.name) == ["p"])
    for shared in [source.sharedGroups, try DataSource.open(cache).sharedGroups] {
      #expect(shared.map(\.splits) == [[.training, .validation]])
    }
  }

  @Test("Datasets whose folders have equal names are named by their paths, and splits are joined by name")
  func splits() throws {
    try add("a/set/train/x/1.png", "a/set/val/x/2.png", "b/set/train/y/3.png", "b/set/test/y/4.png")
    let source = try open("a/set", "b/set")
    let (one, two) = (folder.path("a/set"), folder.path("b/set"))
    #expect(
      source.splits.mapValues { names($0) } == [
        .training: ["\(one)/x/1.png", "\(two)/y/3.png"].map { $0.replacing("/set/", with: "/set/train/") },
        .validation: ["\(one)/val/x/2.png"], .test: ["\(two)/test/y/4.png"],
      ])
    try add("plain/x/1.png", "plain/y/1.png")
    #expect(problem { _ = try open("a/set", "plain") }.hasPrefix("has no splits, but "))
  }

  @Test("The same dataset twice, one inside another, and a cache are refused")
  func refused() throws {
    try add("one/cat/1.png", "one/dog/1.png", "one/dog/x/2.png", "more/cat/2.png")
    #expect(problem { _ = try open("one", "more", "one/.") } == "is given twice")
    #expect(problem { _ = try open("one/dog", "one") }.hasPrefix("is inside "))
    let cache = folder.path("cache.safetensors")
    _ = try CacheBuilder(open("one"), options: .init(), readAhead: .init(workers: 1)).write(to: cache)
    #expect(problem { _ = try open("more", "cache.safetensors") }.hasPrefix("is a tensor cache"))
  }

  @Test("Copies are found across datasets, and within")
  func copies() throws {
    try add("one/cat/1.png", "one/cat/2.png", "one/dog/3.png", "two/cat/4.png")
    try folder.write(flatPNG(1), to: "two/dog/5.png")
    try folder.write(flatPNG(0), to: "one/dog/6.png")
    let dataset = try #require(try open("one", "two").splits[.training])
    let groups = try dataset.copies(readAhead: ReadAhead(workers: 2))
    let found = groups.map { group in group.map { dataset.name(at: Int($0)) } }
    #expect(found == [["one/cat/1.png", "one/dog/6.png"], ["one/cat/2.png", "two/dog/5.png"]])
  }

  @Test("Groups of lists are joined by name")
  func groups() throws {
    try add("1.png", "2.png", "3.png")
    try folder.write(Array("path,label,group\n1.png,x,p\n2.png,y,q\n".utf8), to: "a.csv")
    try folder.write(Array("path,label,group\n3.png,x,q\n".utf8), to: "b.csv")
    let dataset = try #require(try open("a.csv", "b.csv").splits[.training]?.grouped)
    #expect(names(dataset) == ["a.csv/1.png", "a.csv/2.png", "b.csv/3.png"])
    #expect(dataset.group(at: 1) == dataset.group(at: 2) && dataset.group(at: 0) != dataset.group(at: 1))
  }

  @Test("Classes are renamed, merged and dropped")
  func classes() throws {
    try add("set/bird/1.png", "set/cat/1.png", "set/dog/1.png", "set/dog/2.png", "set/newt/1.png")
    try folder.write(flatPNG(3), to: "set/newt/copy.png")
    let changes = try changes("cat,pet\r\n dog , pet \n\n\"newt\",animal\nbird,\n")
    let source = try open("set") { $0.classChanges = changes }
    let dataset = try #require(source.splits[.training])
    #expect(source.classNames == ["animal", "pet"])
    #expect(source.notes == ["1 class dropped (bird 1)", "pet joins cat, dog"])
    #expect(
      names(dataset) == ["cat/1.png", "dog/1.png", "dog/2.png", "newt/1.png", "newt/copy.png"])
    #expect((0..<5).map(dataset.label) == [1, 1, 1, 0, 0])
    #expect(try dataset.sample(at: 0)[0] == 1)
    let copies = try dataset.copies(readAhead: ReadAhead(workers: 1))
    #expect(copies.map(Array.init) == [[2, 4]])
    var files: [String] = []
    (dataset as? any FileBackedDataset)?.forEachFile { files.append(printable($0.path)) }
    #expect(files == names(dataset))
    let ordered = try open("set") {
      $0.classChanges = changes
      $0.classNames = ["pet", "animal"]
    }
    #expect(ordered.classNames == ["pet", "animal"])
  }

  @Test("Changes that do not fit are errors")
  func malformedChanges() throws {
    try add("set/cat/1.png", "set/dog/1.png")
    for (text, expected) in [
      ("cat\n", "has no class and its new name in line 1"),
      ("a,b,c\n", "has no class and its new name in line 1"),
      ("a,b\n,c\n", "has no class and its new name in line 2"), ("", "changes no class"),
      ("a,b\na,c\n", "changes the class a twice, in line 1 and line 2"),
    ] {
      #expect(problem { _ = try changes(text) } == expected)
    }
    let unknown = try changes("dgo,hund\n")
    let error = #expect(throws: FileError.self) { try open("set") { $0.classChanges = unknown } }
    #expect(
      error?.text.description.hasSuffix("has no class dgo, which `classChanges` changes. Is dog meant?")
        == true)
    let all = try changes("cat,\ndog,\n")
    #expect(problem { _ = try open("set") { $0.classChanges = all } }.hasPrefix("has no class left"))
  }

  @Test("A cache keeps labels, groups and changed classes, and is stale when they change")
  func caches() throws {
    try add("1.png", "2.png", "3.png", "4.png")
    let list = "path,label,group\n1.png,x,p\n2.png,y,p\n3.png,x,\n4.png,y,q\ngone.png,y,q\n"
    let cache = folder.path("cache.safetensors")
    func builder(_ list: String, _ changes: ClassChanges? = nil) throws -> CacheBuilder {
      try folder.write(Array(list.utf8), to: "list.csv")
      var options = DataSource.Options()
      options.classChanges = changes
      let source = try DataSource.open(folder.path("list.csv"), Self.preprocessing, options: options)
      return CacheBuilder(source, options: options, readAhead: .init(workers: 1))
    }
    _ = try builder(list).write(to: cache)
    let cached = try #require(try DataSource.open(cache).splits[.training]?.grouped)
    let listed = try #require(try open("list.csv").splits[.training]?.grouped)
    #expect(names(cached) == names(listed) && names(cached).contains("gone.png"))
    #expect((0..<5).map(cached.label) == (0..<5).map(listed.label))
    #expect((0..<5).map(cached.group) == (0..<5).map(listed.group))
    #expect(try builder(list).reasonToMake(at: cache) == nil)
    let other = try #require(
      try builder(list.replacing("3.png,x,", with: "3.png,x,q")).reasonToMake(at: cache))
    #expect(other.description == "the groups of its pictures have changed since it was made")
    let swapped = list.replacing("1.png,x", with: "1.png,y").replacing("4.png,y", with: "4.png,x")
    let labels = try #require(try builder(swapped).reasonToMake(at: cache))
    #expect(labels.description.contains("groups") || labels.description.contains("files were added"))
    let renamed = try builder(list, changes("x,z\n"))
    #expect(try renamed.reasonToMake(at: cache)?.description == "it has the classes x, y")
    let same = try builder(list, changes("x,x\n"))
    #expect(
      try same.reasonToMake(at: cache)?.description == "it was made with other classes (`classChanges`)")
  }
}
