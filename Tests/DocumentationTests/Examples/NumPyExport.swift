import Foundation
import WhiskerNN
import WhiskerTraining

/// Writes what a model has learned into `folder`, a NumPy file for each parameter. Returns their names.
func exportNumPy(_ model: Model, to folder: String) throws -> [String] {
  let network = try model.network(capacity: 1, pool: ComputePool(threads: 1))
  return try network.parameters.map { parameter in
    let bytes = numPyFile(shape: parameter.value.shape, values: parameter.value.values)
    let file = URL(filePath: folder).appending(path: parameter.name + ".npy")
    try Data(bytes).write(to: file, options: .atomic)
    return file.lastPathComponent
  }
}

/// The format's version 1.0: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
private func numPyFile(shape: [Int], values: [Float]) -> [UInt8] {
  let extents = shape.map { "\($0)," }.joined(separator: " ")
  var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(extents)), }"
  // With the ten bytes before it and the line feed.
  header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
  let length = header.utf8.count
  return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 255), UInt8(length >> 8)] + Array(header.utf8)
    + values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init) }
}

/// Exports the best model of a run. Returns the names of the files.
func export(run: String, to folder: String) throws -> [String] {
  let files = try exportNumPy(Model(run), to: folder)
  return files
}
