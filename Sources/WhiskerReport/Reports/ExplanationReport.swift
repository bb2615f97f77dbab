import WhiskerCore
import WhiskerData
import WhiskerTraining

/// The page of explained pictures: each with its heat map, the predicted class and its probability.
public struct ExplanationReport {
  private let model: Model
  private let heatMaps: HeatMaps
  private let label: Int?
  private let command: [String]
  private var figures: [HTML] = []
  private var (explained, unreadable) = (0, 0)
  /// Whether there are pictures that were not explained.
  package var isPartial = false

  /// The pictures that are shown. Their files are embedded.
  private static let shown = 100
  /// The longest side of a picture as it is embedded, in pixels.
  private static let side = 160

  /// A page without pictures yet.
  /// - Parameter label: The class of the maps; nil for the predicted one.
  /// - Parameter command: The command line; empty for none.
  public init(_ model: Model, _ heatMaps: HeatMaps, label: Int?, command: [String]) {
    (self.model, self.heatMaps, self.label, self.command) = (model, heatMaps, label, command)
  }

  /// Adds a picture.
  /// - Parameter overlay: The heat map over the picture; nil for a picture that cannot be read.
  package mutating func add(_ answer: Explainer.Answer, _ overlay: HeatMapOverlay?) {
    guard case .success(let explanation) = answer.result, let overlay else {
      unreadable += 1
      return
    }
    explained += 1
    guard figures.count < Self.shown else { return }
    let picture = explanation.picture
    let images = [
      photo(picture.pixels, height: picture.height, width: picture.width, side: Self.side),
      overlay.image(side: Self.side),
    ]
    figures.append(
      """
      <figure><span class="frame">\(images)</span>\
      <figcaption>\(caption(explanation))<span class="path" title="\(answer.path)">\(answer.path)</span></figcaption></figure>

      """)
  }

  private func caption(_ explanation: Explainer.Explanation) -> HTML {
    func words(_ label: Int) -> HTML {
      "<b>\(name(model.classNames[label]))</b> \(percent(explanation.prediction.probabilities[label], 1))"
    }
    let predicted = explanation.prediction.top(1)[0]
    guard explanation.label != predicted else { return words(predicted) }
    return "\(words(predicted)), shown for \(words(explanation.label))"
  }

  /// Writes the page atomically.
  /// - Throws: `FileError` when it cannot be written.
  public func write(to path: String) throws { try AtomicFile.write(page.text, to: path) }

  private var page: ReportPage {
    let rest = explained - figures.count
    let pictures = ReportSection(
      title: "Pictures",
      note: """
        \(HeatMapOverlay.note(subject)) Nor does it show whether the network is right. The grid is as coarse as the layer's output. \
        \(HeatMapOverlay.scale)
        """,
      body: """
        <div class="pictures large pairs">
        \(figures)</div>
        \(when(rest > 0, "<p class=\"rest\">And \(counted(rest, "other")), in this folder.</p>"))
        """)
    return ReportPage(
      title: "Heat maps of \(model.path)", subject: "<b>\(model.path)</b>",
      verdict: "What speaks for \(subject) in \(counted(explained, "picture")).",
      remarks: (unreadable > 0 ? ["\(counted(unreadable, "file")) cannot be read."] : [])
        + (isPartial ? ["The command was stopped before it had explained all pictures."] : []),
      figures: [
        .init(name: "Pictures", value: grouped(explained)),
        .init(
          name: "Grid", value: "\(heatMaps.height)x\(heatMaps.width)",
          note: "the output of layer \(heatMaps.layer)"),
      ],
      sections: (figures.isEmpty ? [] : [pictures]) + [origin])
  }

  private var subject: HTML { label.map { "“\(name(model.classNames[$0]))”" } ?? "the predicted class" }

  private var origin: ReportSection {
    let facts = FactList(facts: [
      ("Model", model.path), ("Input", model.preprocessing.description), ("Layer", heatMaps.layer),
      ("Ensemble", model.memberCount.map { "mean of \(counted($0, "network"))" }),
    ])
    let commands = when(!command.isEmpty, "<pre><code>\(ShellWords(command).text)</code></pre>\n")
    return ReportSection(title: "Reproduce", body: commands + facts.html)
  }
}
