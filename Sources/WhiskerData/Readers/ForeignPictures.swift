import WhiskerTensor

extension SampleSet {
  /// The files whose first bytes show another format than those that are read, such as WebP.
  ///
  /// Nothing is decoded. Of a large set only files whose names do not end as those of PNG and JPEG are opened.
  /// - Parameter lanes: What reads.
  /// - Throws: `ResourceError` when the machine is at fault.
  public func foreignPictures(below root: String, _ lanes: BatchStream.Lanes) throws -> [SampleFailure] {
    let isLarge = count > Self.openedAtMost
    let candidates = isLarge ? indices.filter { !hasUsualName(Int($0)) } : indices
    var found: [SampleFailure] = []
    let look = { @Sendable place in foreignFormat(of: Int(candidates[place]), below: root) }
    try lanes.inOrder(candidates.count, stretch: 64, compute: look) { place, format in
      guard let format else { return }
      let index = Int(candidates[place])
      found.append(
        SampleFailure(index: index, name: dataset.name(at: index), reason: "is \(format), not PNG or JPEG"))
    }
    return found
  }

  private static let openedAtMost = 20_000
  private static let usualEndings = [".png", ".jpg", ".jpeg"]
  private static let headSize = 512

  private func hasUsualName(_ index: Int) -> Bool {
    let name = dataset.name(at: index).lowercased()
    return Self.usualEndings.contains { name.hasSuffix($0) }
  }

  /// A file that cannot be opened is not counted; reading it reports the error.
  private func foreignFormat(of index: Int, below root: String) -> String? {
    let path = RelativePath(bytes: dataset.path(at: index)).absolute(below: root)
    let head = try? FileBytes.parts(path, name: dataset.name(at: index)) { [0..<min($0, Self.headSize)] }
    guard let head, case .other(let description) = ImageFormat(head) else { return nil }
    return description
  }
}
