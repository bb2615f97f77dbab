import WhiskerTensor

extension Dataset {
  /// Where a data set knows no shorter way, every sample's fingerprint is taken.
  public func copies(lanes: BatchStream.Lanes) throws -> CopyGroups {
    var table = FingerprintTable(count: count)
    var copies: [CopyGroups.Copy] = []
    let fingerprint = { @Sendable in try fingerprintIfReadable(at: $0) }
    try lanes.inOrder(count, stretch: 512, compute: fingerprint) { index, found in
      guard let found else { return }
      let index = SampleIndex(index)
      let first = try table.earlier(than: index, found) { try fingerprint(Int($0)) }
      if let first { copies.append(.init(first: first, index: index)) }
    }
    return CopyGroups(copies)
  }

  /// The fingerprint of a sample; nil where it cannot be read.
  /// - Throws: `ResourceError`, which is no sample's fault.
  func fingerprintIfReadable(at index: Int) throws -> Fingerprint? {
    do {
      return try fingerprint(at: index)
    } catch let error where !(error is ResourceError) {
      return nil
    }
  }
}
