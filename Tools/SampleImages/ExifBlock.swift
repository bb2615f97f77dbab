/// A TIFF block with only an orientation.
///
/// - Parameter orientation: 1 to 8 in the Exif standard; other values are written as they are.
public func exifBlock(orientation: UInt16) -> [UInt8] {
  let low = UInt8(truncatingIfNeeded: orientation)
  let high = UInt8(truncatingIfNeeded: orientation >> 8)
  let header: [UInt8] = [0x49, 0x49, 42, 0, 8, 0, 0, 0]
  let entryCount: [UInt8] = [1, 0]
  let tag: [UInt8] = [0x12, 0x01]
  let shortType: [UInt8] = [3, 0]
  let valueCount: [UInt8] = [1, 0, 0, 0]
  let noNextDirectory: [UInt8] = [0, 0, 0, 0]
  return header + entryCount + tag + shortType + valueCount + [low, high, 0, 0] + noNextDirectory
}
