import WhiskerTensor

/// How far the probabilities that the network tells can be relied on: a reliability diagram (Guo et al., 2017, figure 1).
struct ReliabilitySection {
  let calibration: Calibration

  private static let (left, top, side, strip) = (40.0, 8.0, 232.0, 40.0)
  private static let width = left + side + 8
  private static let height = top + side + 24 + strip + 8
  /// From here on the mean probability is told to be off.
  private static let notableGap = 0.01

  var section: ReportSection {
    ReportSection(title: "Can its confidence be relied on?", note: note, isHalf: true, body: diagram)
  }

  private var note: HTML {
    let error = percent(calibration.expectedError, 1)
    let gap = calibration.overconfidence
    let points = fixed(abs(gap) * 100, 1)
    let judgement =
      abs(gap) < Self.notableGap
      ? "on average its probabilities are right"
      : gap > 0
        ? "on average it is too sure of itself, by \(points) points"
        : "on average it is not sure enough, by \(points) points"
    return "Expected calibration error \(error): \(judgement)."
  }

  private var diagram: HTML {
    """
    <ul class="legend"><li><i></i>share told right</li><li><i class="told"></i>probability told</li></ul>
    <svg class="square" viewBox="0 0 \(Self.width) \(Self.height)" role="img" aria-label="Reliability diagram">
    \(grid)\(calibration.bins.indices.map(bar))\
    <line class="guide" x1="\(x(0))" y1="\(y(0))" x2="\(x(1))" y2="\(y(1))"/>
    \(calibration.bins.indices.map(count))\
    <text x="\(x(0.5))" y="\(Self.height)" text-anchor="middle">probability told; below it, how many pictures</text>
    </svg>
    """
  }

  private func x(_ share: Double) -> Double { Self.left + share * Self.side }
  private func y(_ share: Double) -> Double { Self.top + (1 - share) * Self.side }

  private var grid: HTML {
    HTML(
      [0, 0.25, 0.5, 0.75, 1].map { share in
        """
        <line class="grid" x1="\(x(0))" x2="\(x(1))" y1="\(y(share))" y2="\(y(share))"/>\
        <text x="\(Self.left - 6)" y="\(y(share) + 4)" text-anchor="end">\(percent(share))</text>\
        <text x="\(x(share))" y="\(y(0) + 15)" text-anchor="\(share == 1 ? "end" : "middle")">\(percent(share))</text>

        """
      })
  }

  private func bar(_ index: Int) -> HTML {
    let bin = calibration.bins[index]
    guard let accuracy = bin.accuracy, let told = bin.meanConfidence else { return "" }
    let (start, width) = column(index)
    return """
      <g><title>\(counted(bin.count, "picture")): \(percent(told, 1)) told, \(percent(accuracy, 1)) right</title>\
      <rect class="fill" x="\(start)" y="\(y(accuracy))" width="\(width)" height="\(accuracy * Self.side)"/>\
      <line class="told" x1="\(start)" x2="\(start + width)" y1="\(y(told))" y2="\(y(told))"/></g>

      """
  }

  /// The strip of counts below.
  private func count(_ index: Int) -> HTML {
    let most = calibration.bins.map(\.count).max() ?? 0
    guard most > 0, calibration.bins[index].count > 0 else { return "" }
    let (start, width) = column(index)
    let height = max(1, Double(calibration.bins[index].count) / Double(most) * (Self.strip - 8))
    let bottom = Self.height - 16
    return
      "<rect class=\"few\" x=\"\(start)\" y=\"\(bottom - height)\" width=\"\(width)\" height=\"\(height)\"/>\n"
  }

  private func column(_ index: Int) -> (start: Double, width: Double) {
    let width = Self.side / Double(Calibration.binCount)
    return (Self.left + Double(index) * width + 0.5, width - 1)
  }
}
