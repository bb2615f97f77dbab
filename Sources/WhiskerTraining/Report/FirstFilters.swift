import WhiskerData
import WhiskerNN
import WhiskerTensor

/// What the first layer that learns looks for: a picture for every filter or unit.
struct FirstFilters: Sendable {
  /// How many there are, of which the first ones are kept.
  let count: Int
  /// What they are called.
  let noun: String
  let (channels, height, width): (Int, Int, Int)
  /// The weights kept, `[filters, channels, height, width]`.
  let weights: [Float]

  private static let filtersShown = 64
  /// A picture with more pixels says nothing more.
  private static let pixelLimit = 1 << 14

  /// The filters of the network as it is; nil where its first weights do not look at pixels.
  init?(_ network: Network) {
    guard let parameter = network.parameters.first,
      case .map(let channels, let height, let width) = network.inputShape
    else { return nil }
    let shape = parameter.value.shape
    switch shape.count {
    case 4 where shape[1] == channels: (noun, self.height, self.width) = ("filter", shape[2], shape[3])
    case 2 where shape[1] == network.inputShape.count:
      (noun, self.height, self.width) = ("unit", height, width)
    default: return nil
    }
    guard self.height * self.width <= Self.pixelLimit else { return nil }
    (count, self.channels) = (shape[0], channels)
    let size = channels * self.height * self.width
    weights = (0..<min(count, Self.filtersShown) * size).map { parameter.value[$0] }
  }

  private var size: Int { channels * height * width }
  private var shownCount: Int { weights.count / size }

  var section: ReportSection {
    let largest = weights.reduce(0) { max($0, $1.magnitude) }
    let images = (0..<shownCount).map { index -> HTML in
      let pixels = pixels(of: index, largest: largest)
      return picture(PNGEncoder.dataURI(pixels, height: height, width: width, channels: channels))
    }
    let body: HTML = "<div class=\"filters\(when(width > 9, " large"))\">\n\(images)</div>"
    return ReportSection(title: "What the first layer looks for", note: note, isHalf: true, body: body)
  }

  private var note: HTML {
    let shown = shownCount < count ? "The first \(shownCount) of \(grouped(count))" : "All \(grouped(count))"
    return
      "\(shown) \(noun)s of the best weights, \(width)x\(height) pixels each: light where light speaks for it, dark where dark does, gray where nothing matters."
  }

  /// Gray, or red, green and blue side by side, on a scale that all filters share.
  private func pixels(of index: Int, largest: Float) -> [UInt8] {
    let area = height * width
    return (0..<area * channels).map { place in
      let (pixel, channel) = (place / channels, place % channels)
      let weight = weights[index * size + channel * area + pixel]
      guard largest > 0, weight.isFinite else { return 128 }
      return UInt8(min(max(128 + 127 * weight / largest, 0), 255))
    }
  }
}
