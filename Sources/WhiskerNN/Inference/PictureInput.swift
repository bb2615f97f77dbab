import CKernels

/// The pixels of a picture as the input of the first operation.
struct PictureInput: Sendable {
  private let map: PictureMap
  private let weights: PictureWeights
  private let factors: Factors

  private struct Factors: @unchecked Sendable { let scale, offset: UnsafePointer<Float> }

  /// - Parameter factors: What is done to v / 255 - 1/2.
  init(_ map: PictureMap, _ factors: FusedGraph.Affine, weights: PictureWeights) {
    (self.map, self.weights) = (map, weights)
    let (channels, count) = (map.size.channels, Int(WHISKER_PIXEL_FACTORS))
    precondition(count.isMultiple(of: channels), "a picture has 1 or 3 channels")
    self.factors = Factors(
      scale: weights.reserve((0..<count).map { factors.scale[$0 % channels] / 255 }),
      offset: weights.reserve(
        (0..<count).map { factors.offset[$0 % channels] - factors.scale[$0 % channels] / 2 }))
  }

  /// - Parameter pixels: `[height, width, channels]`
  func write(_ pixels: UnsafePointer<UInt8>, _ memory: UnsafeMutablePointer<Float>) {
    map.clearBorder(memory)
    let (channels, width) = (map.size.channels, map.size.width)
    let count = width * channels
    let view = map.view(memory)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { row in
      for y in 0..<map.size.height {
        let target = view.values! + y * Int(view.row)
        let isPlain = map.pixel == channels
        whisker_map_pixels(
          Int64(count), pixels + y * count, factors.scale, factors.offset,
          isPlain ? target : row.baseAddress)
        if !isPlain { whisker_map_spread(Int64(width), Int64(channels), row.baseAddress, target) }
      }
    }
  }
}
