import WhiskerTensor

/// The random stream of one picture, so that a change to one leaves the others as they are.
func stream(for index: Int) -> RandomStream {
  RandomStream(seed: 7, purpose: .samples, index: UInt32(index))
}

/// Where the streams of each kind of picture begin.
enum FirstStream {
  static let pets = 0
  static let digits = 10_000
}
