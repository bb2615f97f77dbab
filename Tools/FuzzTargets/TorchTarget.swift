import TestSupport
import WhiskerCore
import WhiskerInterchange

/// PyTorch files: a state dict in a ZIP archive or in a sequence of pickles.
struct TorchTarget: FuzzTarget {
  let name = "pth"
  let maximumLength = 8192

  var words: [[UInt8]] {
    [
      "PK\u{3}\u{4}", "PK\u{1}\u{2}", "PK\u{5}\u{6}", "PK\u{6}\u{6}", "PK\u{6}\u{7}", "w/data.pkl",
      "w/data/0",
      "w/byteorder", "little", "big", "state_dict", "model", "storage", "cpu", "ccollections\nOrderedDict\n",
      "ctorch._utils\n_rebuild_tensor_v2\n", "ctorch._utils\n_rebuild_parameter\n", "ctorch\nFloatStorage\n",
      "ctorch\nHalfStorage\n", "ctorch\nBFloat16Storage\n", "ctorch\nDoubleStorage\n",
      "ctorch\nLongStorage\n",
      "cposix\nsystem\n",
    ].map { Array($0.utf8) }
  }

  func check(_ bytes: [UInt8]) throws -> FuzzOutcome {
    try FuzzOutcome {
      let contents = FileContents(bytes)
      let file = try TorchFile(contents, path: "file")
      for name in file.names {
        let tensor = try file.tensor(name)
        try Defect.unless(file.shape(of: name) == tensor.shape, "a tensor of another shape: \(name)")
        try Defect.unless(tensor.count <= bytes.count, "a tensor of \(tensor.count) values")
      }
      // A missing tensor is an error, not a crash.
      _ = try FuzzOutcome { _ = try file.tensor((file.names.last ?? "") + "?") }
    }
  }

  func seeds() throws -> [[UInt8]] {
    let entries: [TorchFileWriter.Entry] = [
      ("0.weight", [2, 3], [1, 2, 3, 4, 5, 6]), ("0.bias", [2], [0.5, -0.5]), ("1.num", [], [7]),
    ]
    return [
      TorchFileWriter(entries).archive(), TorchFileWriter(entries).pickles(),
      TorchFileWriter([]).archive(), TorchFileWriter(entries, nest: "state_dict").pickles(),
    ]
  }
}
