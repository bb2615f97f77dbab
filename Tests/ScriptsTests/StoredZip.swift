/// A zip archive of uncompressed files, created without a tool.
///
/// Layout: PKWARE's APPNOTE.TXT, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (end record).
func storedZip(_ files: KeyValuePairs<String, [UInt8]>) -> [UInt8] {
  var archive: [UInt8] = []
  var directory: [UInt8] = []
  for (name, bytes) in files {
    let offset = UInt32(archive.count)
    let fields = commonFields(name: name, bytes: bytes)
    archive += le(0x0403_4b50 as UInt32) + fields + Array(name.utf8) + bytes
    directory += le(0x0201_4b50 as UInt32) + le(20 as UInt16) + fields
    // Comment length, disk, internal attributes, external attributes, offset of the local header.
    directory += [UInt8](repeating: 0, count: 10) + le(offset) + Array(name.utf8)
  }
  let count = le(UInt16(files.count))
  let end = le(0x0605_4b50 as UInt32) + [0, 0, 0, 0] + count + count
  return archive + directory + end + le(UInt32(directory.count)) + le(UInt32(archive.count)) + [0, 0]
}

/// The common fields of both headers: version, flags, method, time, date, CRC, both sizes, lengths of name and extra.
private func commonFields(name: String, bytes: [UInt8]) -> [UInt8] {
  let january1980: UInt16 = 0x0021
  return le(20 as UInt16) + [0, 0, 0, 0, 0, 0] + le(january1980) + le(crc32(bytes))
    + le(UInt32(bytes.count)) + le(UInt32(bytes.count)) + le(UInt16(name.utf8.count)) + [0, 0]
}

private func crc32(_ bytes: [UInt8]) -> UInt32 {
  ~bytes.reduce(~0) { crc, byte in
    (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
  }
}

private func le<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
