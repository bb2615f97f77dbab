import Foundation
import TestSupport
import Testing
import WhiskerCore
import WhiskerData
import WhiskerInterchange
import WhiskerNN

@Suite struct TorchFileTests {
  private static let grid = (0..<12).map(Float.init)

  private func file(_ bytes: [UInt8]) throws -> TorchFile {
    try TorchFile(FileContents(bytes), path: "w.pth")
  }

  private func refusal(_ bytes: [UInt8]) -> String {
    do {
      _ = try file(bytes)
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  private func refusal(pickle: [UInt8]) -> String {
    refusal(TorchFileWriter.zip([("w/data.pkl", TorchFileWriter.pickle(pickle))]))
  }

  @Test(arguments: [TorchFiles.archive, TorchFiles.pickles])
  func tensorsOfPyTorchAreReadInTheirOrder(_ bytes: [UInt8]) throws {
    #expect(TorchFile.recognizes(FileContents(bytes)))
    let file = try file(bytes)
    let expected: [(name: String, shape: [Int], values: [Float])] = [
      ("z", [3, 4], Self.grid.map { $0 / 4 }),
      ("transposed", [4, 3], [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]),
      ("part", [2, 2], [5, 6, 9, 10]), ("half", [2], [1.5, -0.25]), ("brain", [2], [1.5, -3]),
      ("double", [1, 1], [0.1]), ("long", [], [-7]), ("flags", [2], [1, 0]),
    ]
    #expect(file.names == expected.map(\.name))
    for (name, shape, values) in expected {
      #expect(file.shape(of: name) == shape)
      let tensor = try file.tensor(name)
      #expect(tensor.shape == shape && tensor.values == values, "\(name)")
    }
  }

  @Test func theWriterOfTheTestsAgreesWithPyTorch() throws {
    let writer = TorchFileWriter([("b", [2, 3], [1, 2, 3, 4, 5, 6]), ("a", [], [7])], nest: "model")
    for bytes in [writer.archive(), writer.pickles()] {
      let file = try file(bytes)
      #expect(file.names == ["b", "a"])
      #expect(try file.tensor("b").values == [1, 2, 3, 4, 5, 6])
      #expect(try file.tensor("a").values == [7])
    }
  }

  @Test func whatAFileWouldRunIsNamedAndNotRun() {
    #expect(
      refusal(TorchFiles.command).contains("asks for posix.system, which is no part of a state dict"))
    let linear = refusal(pickle: Array("ctorch.nn.modules.linear\nLinear\n)".utf8) + [0x81])
    #expect(linear.contains("asks for torch.nn.modules.linear.Linear") && linear.contains("state_dict()"))
    let getter = refusal(pickle: Array("c__builtin__\ngetattr\n(ctorch\nFloatStorage\ntR".utf8))
    #expect(getter.contains("asks for __builtin__.getattr"))
  }

  /// A file that is cut short anywhere is an error, with nothing read beyond its end.
  @Test(arguments: [TorchFiles.archive, TorchFiles.pickles])
  func aFileThatIsCutShortIsRefused(_ bytes: [UInt8]) {
    for count in stride(from: 0, to: bytes.count, by: 7) {
      let message = refusal(Array(bytes[..<count]))
      #expect(message.hasPrefix("w.pth: "), "\(count): \(message)")
    }
  }

  @Test func aTensorThatIsLargerThanItsStorageIsRefused() throws {
    let writer = TorchFileWriter([("a", [2], [1, 2])])
    for new in ["(K\u{3}t(K\u{1}t", "(K\u{2}t(K\u{2}t"] {
      let bytes = writer.archive()
      let range = try #require(bytes.firstRange(of: "(K\u{2}t(K\u{1}t".utf8))
      let changed = bytes[..<range.lowerBound] + Array(new.utf8) + bytes[range.upperBound...]
      #expect(refusal(Array(changed)).contains("is not inside its storage of 2 values"))
    }
  }

  /// A small pickle cannot claim a large tensor by strides of 0.
  @Test func anExpandedTensorIsRefused() {
    let code =
      "}X\u{1}\0\0\0actorch._utils\n_rebuild_tensor_v2\n((X\u{7}\0\0\0storagectorch\nFloatStorage\nX\u{1}\0\0\00"
      + "X\u{3}\0\0\0cpuK\u{1}tQK\0(J\0\0\0\u{40}t(K\0tNtRs"
    #expect(refusal(pickle: Array(code.utf8)).contains("is not inside its storage of 1 values"))
  }

  @Test func containersThatHoldThemselvesEnd() {
    #expect(refusal(pickle: Array("}q\0X\u{1}\0\0\0ah\0s".utf8)).contains("holds a, which is not a tensor"))
    let deep =
      Array(repeating: UInt8(ascii: "("), count: 5) + Array(")".utf8)
      + Array(repeating: 0x85, count: 200_000)
    #expect(refusal(pickle: deep).contains("holds no state dict"))
    let endless = Array(repeating: UInt8(ascii: ")"), count: 1 << 21)
    #expect(refusal(pickle: endless).contains("instructions"))
  }

  /// The names of a state dict need not be in the order of their letters.
  @Test func layersOfEqualShapeAreMatchedInTheOrderOfTheFile() throws {
    let imported = try weights(["stem", "body", "dense"])
    #expect(imported.sources.map(\.weights) == ["stem.weight", "body.weight", "dense.weight"])
    #expect(imported.classNames == ["0", "1"])
  }

  @Test func anOrderThatNumbersContradictIsRefused() {
    let error = #expect(throws: FileError.self) { try weights(["fc2", "fc1", "last"]) }
    #expect(error?.problem.description.contains("fc2.weight before fc1.weight") ?? false)
  }

  /// The import of a network of three dense layers, two of them of equal shape.
  private func weights(_ names: [String]) throws -> WeightsImport {
    let shapes = [[4, 4], [4, 4], [2, 4]]
    var entries: [TorchFileWriter.Entry] = []
    for (name, shape) in zip(names, shapes) {
      entries.append(("\(name).weight", shape, Array(repeating: Float(entries.count), count: shape[0] * 4)))
      entries.append(("\(name).bias", [shape[0]], Array(repeating: 0, count: shape[0])))
    }
    let folder = try TemporaryFolder()
    let path = try folder.write(TorchFileWriter(entries).archive(), to: "w.pth")
    let network = NetworkSpecification(layers: [
      .flatten, .dense(units: 4), .dense(units: 4), .dense(units: nil),
    ])
    return try WeightsImport(
      path, into: .init(network, preprocessing: Preprocessing(height: 2, width: 2), classNames: nil))
  }
}
