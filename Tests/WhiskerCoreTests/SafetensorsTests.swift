import Foundation
import TestSupport
import Testing
import WhiskerCore

@Suite struct SafetensorsTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path("model.safetensors") }

  init() throws { folder = try TemporaryFolder() }

  private static let values: [Float] = [0, -1.5, .pi, .infinity, -0.0, .leastNonzeroMagnitude]

  private func write(_ path: String) throws {
    var writer = SafetensorsWriter(metadata: ["note": "é \"quoted\"\n", "a/b": "c"])
    writer.add("weight", Tensor(shape: [2, 3], values: Self.values))
    writer.add("bias", Tensor(shape: [1], values: [0.25]))
    writer.add("none", Tensor(shape: [0, 4]))
    writer.add("scalar", Tensor(shape: [], values: [7]))
    try writer.write(to: path)
  }

  @Test func writtenTensorsAreReadBack() throws {
    try write(path)
    let reader = try SafetensorsReader(path)
    #expect(reader.metadata == ["note": "é \"quoted\"\n", "a/b": "c"])
    #expect(reader.names == ["bias", "none", "scalar", "weight"])
    #expect(reader.shape(of: "weight") == [2, 3])
    #expect(reader.elementType(of: "weight") == .float32)
    #expect(reader.shape(of: "other") == nil)
    let weight = Tensor(shape: [2, 3]), none = Tensor(shape: [0, 4]), scalar = Tensor(shape: [])
    try reader.copy("weight", into: weight)
    try reader.copy("none", into: none)
    try reader.copy("scalar", into: scalar)
    #expect(weight.values.map(\.bitPattern) == Self.values.map(\.bitPattern))
    #expect(scalar.values == [7])
  }

  @Test func theSameTensorsGiveTheSameBytesInWhateverOrderTheyWereAdded() throws {
    let names = (0..<20).map { "layer\($0)" }
    let files = try [names, names.reversed()].map { names in
      var writer = SafetensorsWriter(metadata: Dictionary(uniqueKeysWithValues: names.map { ($0, "x") }))
      for name in names { writer.add(name, Tensor(shape: [1], values: [Float(name.count)])) }
      try writer.write(to: path)
      return try FileBytes.read(path, limit: 1 << 20)
    }
    #expect(files[0] == files[1])
  }

  @Test func theBytesAreThoseOfTheSpecification() throws {
    var writer = SafetensorsWriter(metadata: [:])
    writer.add("t", Tensor(shape: [1], values: [1]))
    try writer.write(to: path)
    let header = #"{"t":{"data_offsets":[0,4],"dtype":"F32","shape":[1]}}"#
    let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    let expected = [UInt8(padded.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(padded.utf8) + [0, 0, 0x80, 0x3F]
    #expect(try FileBytes.read(path, limit: 1 << 20) == expected)
  }

  @Test func aTensorOfAnotherShapeOrNameIsRefused() throws {
    try write(path)
    let reader = try SafetensorsReader(path)
    #expect(throws: FileError.self) { try reader.copy("weight", into: Tensor(shape: [3, 2])) }
    #expect(throws: FileError.self) { try reader.copy("weights", into: Tensor(shape: [2, 3])) }
    #expect(throws: FileError.self) { try reader.withBytes(of: "weight", type: .int32) { _ in } }
  }

  @Test(.enabled(if: PythonSafetensors.isInstalled, "needs python3 with the safetensors package"))
  func pythonsSafetensorsPackageReadsOurFiles() throws {
    try write(path)
    let script = """
      import sys
      from safetensors import safe_open
      with safe_open(sys.argv[1], framework="np") as f:
          print(f.metadata()["note"] == 'é "quoted"\\n', f.metadata()["a/b"], sorted(f.keys()))
          for name in sorted(f.keys()):
              t = f.get_tensor(name)
              print(name, t.dtype, list(t.shape), [float(v) for v in t.ravel()[:2]])
      """
    #expect(
      try PythonSafetensors.run(script, path) == """
        True c ['bias', 'none', 'scalar', 'weight']
        bias float32 [1] [0.25]
        none float32 [0, 4] []
        scalar float32 [] [7.0]
        weight float32 [2, 3] [0.0, -1.5]

        """)
  }
}

/// The first Python in PATH, if it has the package.
private enum PythonSafetensors {
  static let isInstalled = (try? run("import numpy, safetensors; print(1)", "")) == "1\n"

  static func run(_ script: String, _ argument: String) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script, argument]
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: text, as: UTF8.self)
  }
}
