import WhiskerTraining
import WhiskerCore

/// Calibration: a reliability diagram (Guo et al., 2017, figure 1).
struct ReliabilitySection {
  let calibration: Calibration
  /// The same with the temperature of the model; nil without one.
  let calibrated: CalibratedProbabilities?

  private static let (left, top, side, strip) = (44.0, 8.0, 232.0, 40.0)
  private static let width = left + side + 20
  private static let height = top + side + 24 + strip + 16
  /// The least difference of mean confidence and accuracy that the page mentions.
  private static let notableGap = 0.01

  var section: ReportSection {
    ReportSection(title: "Calibration", note: note, isHalf: true, body: diagram)
  }

  private var note: HTML {
    let error = percent(calibration.expectedError, 1)
    let gap = calibration.overconfidence
    let points = fixed(abs(gap) * 100, 1)
    let judgement =
      abs(gap) < Self.notableGap
      ? "on average its probabilities match its accuracy"
      : gap > 0
        ? "it is overconfident by \(points) percentage points on average"
        : "it is underconfident by \(points) percentage points on average"
    guard let calibrated else { return "Expected calibration error \(error): \(judgement)." }
    return """
      Expected calibration error \(error): \(judgement). With temperature \(fixed(calibrated.temperature, 2)), as whisker \
      predict applies it, the error is \(percent(calibrated.calibration.expectedError, 1)).
      """
  }

  private var diagram: HTML {
    """
    <ul class="legend"><li><i></i>accuracy</li><li><i class="mean"></i>mean confidence</li>\(scaledLegend)</ul>
    <svg class="square" viewBox="0 0 \(Self.width) \(Self.height)" role="img" aria-label="Reliability diagram">
    \(grid)\(calibration.bins.indices.map(bar))\
    <line class="guide" x1="\(x(0))" y1="\(y(0))" x2="\(x(1))" y2="\(y(1))"/>
    \(scaledCurve)\(calibration.bins.indices.map(count))\
    <text x="\(x(0.5))" y="\(Self.height - 4)" text-anchor="middle">confidence; below: number of pictures</text>
    </svg>
    """
  }

  private var scaledLegend: HTML {
    when(
      calibrated != nil,
      """
      <li><svg viewBox="0 0 24 8" aria-hidden="true"><polyline class="other whole" points="1,4 23,4"/></svg>\
      accuracy with temperature</li>
      """)
  }

  /// The accuracy over the mean confidence of the bins, with the temperature.
  private var scaledCurve: HTML {
    guard let bins = calibrated?.calibration.bins else { return "" }
    let places = bins.compactMap { bin in
      bin.meanConfidence.flatMap { confidence in bin.accuracy.map { (x(confidence), y($0)) } }
    }
    let points: [HTML] = places.map { "\($0.0),\($0.1) " }
    let dots: [HTML] = places.map {
      "<circle class=\"dot other whole\" cx=\"\($0.0)\" cy=\"\($0.1)\" r=\"2.5\"/>"
    }
    return "<polyline class=\"other whole\" points=\"\(points)\"/>\(dots)\n"
  }

  private func x(_ share: Double) -> Double { Self.left + share * Self.side }
  private func y(_ share: Double) -> Double { Self.top + (1 - share) * Self.side }

  private var grid: HTML {
    HTML(
      [0, 0.25, 0.5, 0.75, 1].map { share in
        """
        <line class="grid" x1="\(x(0))" x2="\(x(1))" y1="\(y(share))" y2="\(y(share))"/>\
        <text x="\(Self.left - 6)" y="\(y(share) + 4)" text-anchor="end">\(percent(share))</text>\
        <text x="\(x(share))" y="\(y(0) + 15)" text-anchor="middle">\(label(share))</text>

        """
      })
  }

  /// The label of a tick on the horizontal axis. Zero is labelled on the vertical one.
  private func label(_ share: Double) -> String { share > 0 ? percent(share) : "" }

  private func bar(_ index: Int) -> HTML {
    let bin = calibration.bins[index]
    guard let accuracy = bin.accuracy, let confidence = bin.meanConfidence else { return "" }
    let (start, width) = column(index)
    return """
      <g><title>\(counted(bin.count, "picture")): confidence \(percent(confidence, 1)), accuracy \(percent(accuracy, 1))</title>\
      <rect class="fill" x="\(start)" y="\(y(accuracy))" width="\(width)" height="\(accuracy * Self.side)"/>\
      <line class="mean" x1="\(start)" x2="\(start + width)" y1="\(y(confidence))" y2="\(y(confidence))"/></g>

      """
  }

  /// A bar of the histogram below the diagram.
  private func count(_ index: Int) -> HTML {
    let most = calibration.bins.map(\.count).max() ?? 0
    guard most > 0, calibration.bins[index].count > 0 else { return "" }
    let (start, width) = column(index)
    let height = max(1, Double(calibration.bins[index].count) / Double(most) * (Self.strip - 8))
    let bottom = Self.height - 20
    return
      "<rect class=\"few\" x=\"\(start)\" y=\"\(bottom - height)\" width=\"\(width)\" height=\"\(height)\"/>\n"
  }

  private func column(_ index: Int) -> (start: Double, width: Double) {
    let width = Self.side / Double(Calibration.binCount)
    return (Self.left + Double(index) * width + 0.5, width - 1)
  }
}
