import WhiskerData
import WhiskerTensor

/// Pictures as the network sees them, each with what it was taken for and where it is.
struct PictureSection {
  let title: String
  let note: HTML
  /// What is told where there are none.
  let nothing: String
  let samples: [NotableSamples.Sample]
  let dataset: any Dataset
  let classNames: [String]

  var section: ReportSection {
    let body: HTML =
      samples.isEmpty
      ? "<p class=\"empty\">\(nothing)</p>"
      : "<div class=\"pictures\">\n\(samples.map(figure))</div>"
    return ReportSection(title: title, note: samples.isEmpty ? "" : note, body: body)
  }

  private func figure(_ sample: NotableSamples.Sample) -> HTML {
    let path = dataset.name(at: sample.index)
    let (actual, predicted) = (classNames[sample.label], classNames[sample.predicted])
    let words: HTML =
      sample.label == sample.predicted
      ? "<b>\(name(predicted))</b> \(percent(sample.confidence, 1)), rightly"
      : "<b>\(name(predicted))</b> \(percent(sample.confidence, 1)), is <b>\(name(actual))</b>"
    return """
      <figure><span class="frame">\(image(sample.index))</span>\
      <figcaption>\(words)<span class="path" title="\(path)">\(path)</span></figcaption></figure>

      """
  }

  /// Nothing where the picture, which was there a moment ago, can no longer be read.
  private func image(_ index: Int) -> HTML {
    guard let pixels = try? dataset.sample(at: index) else { return "" }
    return picture(Thumbnail(pixels, of: dataset.preprocessing).dataURI)
  }
}
