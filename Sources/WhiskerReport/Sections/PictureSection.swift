import WhiskerCore
import WhiskerData
import WhiskerNN
import WhiskerTraining

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
  /// The file of the model that classified a picture, by its index, to draw what speaks for the predicted class beside the original;
  /// nil for nothing.
  var modelFile: (Int) -> String? = { _ in nil }

  /// The longest side of an original as it is embedded, in pixels.
  private static let side = 160
  /// That of its heat map, which is coarse anyway, and the least one of a small picture.
  private static let (mapSide, leastMapSide) = (112, 56)

  var section: ReportSection {
    let images = samples.map { ($0, image($0.index)) }
    let maps = heatMaps(of: images.filter { !$1.isEmpty }.map(\.0))
    let holdsMaps = maps.values.contains { !$0.isEmpty }
    let body: HTML =
      samples.isEmpty
      ? "<p class=\"empty\">\(nothing)</p>"
      : """
      <div class="pictures\(when(showsOriginals, " large"))\(when(holdsMaps, " pairs"))">
      \(images.map { figure($0, $1 + (maps[$0.index] ?? "")) })</div>
      """
    let legend = when(holdsMaps, " \(HeatMapOverlay.note("the predicted class"))")
    return ReportSection(title: title, note: samples.isEmpty ? "" : note + legend, body: body)
  }

  private func figure(_ sample: TopLosses.Sample, _ images: HTML) -> HTML {
    let path = dataset.name(at: sample.index)
    let file = dataset.pictureFiles?.file(of: sample.index) ?? path
    let (actual, predicted) = (classNames[sample.label], classNames[sample.predicted])
    let words: HTML =
      sample.label == sample.predicted
      ? "<b>\(name(predicted))</b> \(percent(sample.confidence, 1)), correct"
      : "<b>\(name(predicted))</b> \(percent(sample.confidence, 1)), actually <b>\(name(actual))</b>"
    return """
      <figure><span class="frame">\(images)</span>\
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

  /// The heat maps of samples by their indices. Only one model is in memory at a time. One without heat maps has none here.
  private func heatMaps(of samples: [TopLosses.Sample]) -> [Int: HTML] {
    var found: [Int: HTML] = [:]
    for case (let file?, let own) in Dictionary(grouping: samples, by: { modelFile($0.index) }) {
      guard let heatMaps = try? HeatMaps(Model(file), pool: ComputePool(threads: 1)) else { continue }
      for sample in own { found[sample.index] = heatMap(sample, heatMaps) }
    }
    return found
  }

  /// The heat map of the predicted class over the picture; nothing if the picture cannot be read.
  private func heatMap(_ sample: TopLosses.Sample, _ heatMaps: HeatMaps) -> HTML {
    guard let picture = shown(sample.index, heatMaps.preprocessing) else { return "" }
    let map = heatMaps.heatMap(of: picture.sample, for: sample.predicted)
    return HeatMapOverlay(picture, map, leastSide: Self.leastMapSide).image(side: Self.mapSide)
  }

  /// The picture as the network sees it and as it is shown.
  private func shown(_ index: Int, _ preprocessing: Preprocessing) -> ShownPicture? {
    guard let files = dataset.pictureFiles else {
      guard dataset.preprocessing == preprocessing, let pixels = try? dataset.sample(at: index) else {
        return nil
      }
      return ShownPicture(pixels, of: preprocessing)
    }
    let decoder = ImageDecoder(preprocessing, maximumPixels: ImageDecoder.thumbnailPixels)
    return try? files.show(index, by: decoder, side: Self.mapSide)
  }
}
