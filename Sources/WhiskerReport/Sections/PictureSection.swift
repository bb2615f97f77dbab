import WhiskerTraining
import WhiskerData
import WhiskerCore

/// Pictures with their predicted class, its probability, the actual class and the path.
struct PictureSection {
  let title: String
  let note: HTML
  /// The text where there are none.
  let nothing: String
  let samples: [TopLosses.Sample]
  let dataset: any Dataset
  let classNames: [String]
  /// Whether the original pictures are shown where they can be read, rather than the network's input.
  var showsOriginals = false

  /// The longest side of an original as it is embedded, in pixels.
  private static let side = 160

  var section: ReportSection {
    let body: HTML =
      samples.isEmpty
      ? "<p class=\"empty\">\(nothing)</p>"
      : "<div class=\"pictures\(when(showsOriginals, " large"))\">\n\(samples.map(figure))</div>"
    return ReportSection(title: title, note: samples.isEmpty ? "" : note, body: body)
  }

  private func figure(_ sample: TopLosses.Sample) -> HTML {
    let path = dataset.name(at: sample.index)
    let file = dataset.pictureFiles?.file(of: sample.index) ?? path
    let (actual, predicted) = (classNames[sample.label], classNames[sample.predicted])
    let words: HTML =
      sample.label == sample.predicted
      ? "<b>\(name(predicted))</b> \(percent(sample.confidence, 1)), correct"
      : "<b>\(name(predicted))</b> \(percent(sample.confidence, 1)), actually <b>\(name(actual))</b>"
    return """
      <figure><span class="frame">\(image(sample.index))</span>\
      <figcaption>\(words)<span class="path" title="\(file)">\(path)</span></figcaption></figure>

      """
  }

  /// The original, or else the network's input; nothing if neither can be read.
  private func image(_ index: Int) -> HTML {
    if showsOriginals, let files = dataset.pictureFiles {
      if let original = try? files.thumbnail(of: index, side: Self.side) {
        return "<img class=\"photo\" alt=\"\" src=\"\(HTML(markup: original.dataURI))\"/>"
      }
      // Reading the file once more would wait for a disk that is gone.
      guard (dataset as? any InMemoryDataset)?.address(of: index) != nil else { return "" }
    }
    guard dataset.preprocessing.features == nil, let pixels = try? dataset.sample(at: index) else {
      return ""
    }
    return picture(Thumbnail(pixels, of: dataset.preprocessing).dataURI)
  }
}
