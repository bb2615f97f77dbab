import WhiskerData
import WhiskerCore
import WhiskerTraining

extension FirstFilters {
  private var size: Int { channels * height * width }
  private var shownCount: Int { weights.count / size }

  var section: ReportSection {
    let largest = weights.reduce(0) { max($0, $1.magnitude) }
    let images = (0..<shownCount).map { index -> HTML in
      let pixels = pixels(of: index, largest: largest)
      return picture(PNGEncoder.dataURI(pixels, height: height, width: width, channels: channels))
    }
    let body: HTML = "<div class=\"filters\(when(width > 9, " large"))\">\n\(images)</div>"
    return ReportSection(title: "First-layer filters", note: note, isHalf: true, body: body)
  }

  private var note: HTML {
    let shown = shownCount < count ? "The first \(shownCount) of \(grouped(count))" : "All \(grouped(count))"
    return
      "\(shown) \(noun)s of the best weights, \(width)x\(height) pixels each. Bright pixels are positive weights, dark ones negative, mid-gray is zero."
  }

  /// Gray or interleaved RGB values on a scale common to all filters.
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
