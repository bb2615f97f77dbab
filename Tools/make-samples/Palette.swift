import SampleImages

/// A colour palette for pixels, by median cut.
struct Palette {
  private(set) var colors: [RGB] = []
  /// The index of the colour of every pixel.
  private(set) var indices: [UInt16]

  /// At most `count` colours, or fewer if the pixels have fewer.
  init(of pixels: [RGB], count: Int) {
    indices = Array(repeating: 0, count: pixels.count)
    var boxes = [Box(pixels: pixels, places: Array(pixels.indices))]
    while boxes.count < count {
      guard let widest = boxes.indices.max(by: { boxes[$0].span < boxes[$1].span }) else { return }
      guard let (low, high) = boxes[widest].halves(of: pixels) else { break }
      boxes[widest] = low
      boxes.append(high)
    }
    for box in boxes {
      for place in box.places { indices[place] = UInt16(colors.count) }
      colors.append(box.mean(of: pixels))
    }
  }
}

/// Pixels that will share a colour.
private struct Box {
  let places: [Int]
  /// The channel with the widest range, and that range.
  let channel: Int
  let span: Int

  init(pixels: [RGB], places: [Int]) {
    self.places = places
    let spans = (0..<3).map { channel in
      let values = places.lazy.map { Int(pixels[$0].channel(channel)) }
      return (values.max() ?? 0) - (values.min() ?? 0)
    }
    span = spans.max() ?? 0
    channel = spans.firstIndex(of: span) ?? 0
  }

  /// The pixels below and above the middle of the widest channel; nil if all are equal.
  func halves(of pixels: [RGB]) -> (Box, Box)? {
    if span == 0 { return nil }
    let values = places.map { Int(pixels[$0].channel(channel)) }
    // The middle value rather than the middle pixel: small bright parts such as eyes keep their colour.
    let middle = (values.max() ?? 0) - span / 2
    let low = places.filter { Int(pixels[$0].channel(channel)) < middle }
    let high = places.filter { Int(pixels[$0].channel(channel)) >= middle }
    return (Box(pixels: pixels, places: low), Box(pixels: pixels, places: high))
  }

  func mean(of pixels: [RGB]) -> RGB {
    func mean(_ channel: Int) -> UInt8 {
      let sum = places.reduce(0) { $0 + Int(pixels[$1].channel(channel)) }
      return UInt8(sum / max(places.count, 1))
    }
    return RGB(mean(0), mean(1), mean(2))
  }
}

extension RGB {
  fileprivate func channel(_ number: Int) -> UInt8 { [red, green, blue][number] }
}
