import WhiskerCore

/// Any safetensors file. A refused input is tried again with the correct header length, because otherwise inserting or
/// removing a byte would always fail there.
struct SafetensorsTarget: FuzzTarget {
  let name = "safetensors"
  let maximumLength = 8192

  var words: [[UInt8]] {
    [
      #""dtype":"#, #""shape":"#, #""data_offsets":"#, #""__metadata__":"#, #""F32""#, #""I32""#, #""U8""#,
      "[0,0]",
      "9223372036854775807", "-1", "1e400", "null", #"\u0000"#,
    ].map { Array($0.utf8) }
  }

  func check(_ bytes: [UInt8]) throws -> FuzzOutcome {
    let outcome = try read(bytes)
    return outcome == .accepted ? outcome : try read(SafetensorsLength.repaired(bytes))
  }

  private func read(_ bytes: [UInt8]) throws -> FuzzOutcome {
    try FuzzOutcome {
      let file = try SafetensorsReader(bytes, path: "file")
      var total = 0
      for name in file.names {
        guard let type = file.elementType(of: name), let shape = file.shape(of: name) else {
          throw Defect("a tensor of no type or shape")
        }
        let (size, sum) = try file.withBytes(of: name, type: type) { bytes in
          (bytes.count, bytes.reduce(0) { $0 + Int($1) })
        }
        try Defect.unless(
          sum >= 0 && size == shape.reduce(type.size, *), "a tensor of \(size) bytes: \(shape)")
        total += size
        try read(file, name, type, shape)
      }
      try Defect.unless(total <= bytes.count - 8, "tensors of \(total) bytes together")
    }
  }

  private func read(
    _ file: SafetensorsReader, _ name: String, _ type: Safetensors.ElementType, _ shape: [Int]
  )
    throws
  {
    if type == .float32 { try file.copy(name, into: Tensor(shape: shape)) }
    // A wrong type and a missing tensor are errors, not crashes.
    _ = try FuzzOutcome { try file.copy(name + "?", into: Tensor(shape: [1])) }
    _ = try FuzzOutcome { try file.copy(name, into: Tensor(shape: shape + [1])) }
  }

  func seeds() throws -> [[UInt8]] {
    [
      file(#"{}"#, 0), file(#"{"__metadata__":{"format":"pt"}}"#, 0),
      file(#"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}"#, 24),
      file(
        #"{"__metadata__":{"k":"v"},"a":{"dtype":"U8","shape":[2,2],"data_offsets":[0,4]},"#
          + #""b":{"dtype":"I32","shape":[],"data_offsets":[4,8]},"c":{"dtype":"F32","shape":[0],"data_offsets":[8,8]}}   "#,
        8),
    ]
  }

  private func file(_ header: String, _ dataSize: Int) -> [UInt8] {
    [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8) + (0..<dataSize).map { UInt8($0) }
  }
}
