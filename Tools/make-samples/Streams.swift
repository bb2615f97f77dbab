import WhiskerCore

/// The random stream of one picture. Each picture has its own, so that a change to one does not affect the others.
func stream(for index: Int) -> RandomStream {
  RandomStream(seed: 7, purpose: .samples, index: UInt32(index))
}

/// The index of the first stream of each kind of picture.
enum FirstStream {
  static let pets = 0
  static let digits = 10_000
}
