/// The files of MNIST, recognised by their shape and checked by their contents.
enum KnownIDXFiles {
  /// The CRC-32 of the elements behind the header. Computed with zlib from files whose MD5s are those that the
  /// data set is known by (6bbc9ace898e44ae57da46a324031adb, a25bea736e30d166cdddb491f175f624,
  /// 2646ac647ad5339dbf082846283269ea and 27ae3e4e09519cfbb04c329615203637, unzipped).
  private static let mnist: [Int: (images: UInt32, labels: UInt32)] = [
    60_000: (images: 0xF363_9B56, labels: 0xBA07_E8EF),
    10_000: (images: 0xE4CA_5F57, labels: 0xEE86_04D9),
  ]

  /// What to tell about a pair of files that has the shape of MNIST but not its contents.
  static func notes(images: IDXFile, labels: IDXFile) -> [String] {
    guard images.dimensions[1...] == [28, 28], let known = mnist[images.dimensions[0]] else { return [] }
    let differing =
      (images.checksum == known.images ? [] : [images]) + (labels.checksum == known.labels ? [] : [labels])
    return differing.map {
      "\(lastPart(of: $0.path)) has the size of MNIST's file but other contents: "
        + "fine for Fashion-MNIST and the like, otherwise the file is damaged"
    }
  }
}
