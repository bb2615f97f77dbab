import WhiskerTraining
import WhiskerCore

/// The number of pictures of each class.
struct BalanceSection {
  private let classNames: [String]
  private let training: [Int]
  private let validation: [Int]
  private let totals: [Int]

  private static let classesShown = 40
  /// The ratio of the largest to the smallest class from which on the page mentions it.
  private static let notableImbalance = 3.0

  init(classNames: [String], training: [Int], validation: [Int]) {
    (self.classNames, self.training, self.validation) = (classNames, training, validation)
    totals = zip(training, validation).map(+)
  }

  var section: ReportSection {
    ReportSection(title: "Pictures per class", note: note, isHalf: true, body: table)
  }

  private var labels: [Int] {
    guard classNames.count > Self.classesShown else { return Array(classNames.indices) }
    let sorted = classNames.indices.sorted { (totals[$1], $0) < (totals[$0], $1) }
    return Array(sorted.prefix(Self.classesShown / 2) + sorted.suffix(Self.classesShown / 2))
  }

  private var note: HTML {
    let (least, most) = (totals.min() ?? 0, totals.max() ?? 0)
    let shown: HTML =
      classNames.count > Self.classesShown
      ? "The \(Self.classesShown / 2) largest and the \(Self.classesShown / 2) smallest of \(grouped(classNames.count)) classes. "
      : ""
    guard least > 0, Double(most) >= Self.notableImbalance * Double(least) else { return shown }
    return """
      \(shown)The largest class has \(fixed(Double(most) / Double(least), 1)) times as many pictures as the smallest. \
      Balanced class weights compensate for that.
      """
  }

  private var table: HTML {
    let most = max(1, totals.max() ?? 1)
    return """
      \(legend)
      <table class="wide counts"><thead><tr><th>class</th><td></td><th class="n">training</th><th class="n">validation</th></tr></thead>
      <tbody>
      \(labels.map { row($0, most: most) })</tbody></table>
      """
  }

  private var legend: HTML {
    guard validation.contains(where: { $0 > 0 }) else { return "" }
    return """
      <ul class="legend"><li><i></i>training \(grouped(training.reduce(0, +)))</li>\
      <li><i class="other"></i>validation \(grouped(validation.reduce(0, +)))</li></ul>
      """
  }

  private func row(_ label: Int, most: Int) -> HTML {
    let widths = [training[label], validation[label]].map { 100 * Double($0) / Double(most) }
    return """
      <tr><th scope="row">\(name(classNames[label]))</th>\
      <td><span class="bar"><i style="width:\(widths[0])%"></i><i style="width:\(widths[1])%"></i></span></td>\
      <td class="n">\(grouped(training[label]))</td><td class="n">\(grouped(validation[label]))</td></tr>

      """
  }
}
