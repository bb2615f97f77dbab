/// Probably wrong labels, by confident learning (Northcutt, Jiang & Chuang, "Confident Learning: Estimating Uncertainty in Dataset
/// Labels", JAIR 2021).
///
/// The threshold of a class is the mean probability that the pictures with its label have of being of it. A picture is counted in
/// the most probable of the classes whose thresholds it reaches. Where that is not its label, and its label is not the most probable
/// class either, the label is probably wrong.
package struct ConfidentLearning {
  /// A label that is probably wrong.
  package struct Suspicion: Equatable {
    package let index: Int
    /// The class that the picture is probably of.
    package let suggestion: Int
    /// The probability of the label less that of the most probable other class, -1 to 1.
    package let margin: Double
  }

  /// The suspicions, the surest first.
  package let suspicions: [Suspicion]
  /// The other pictures whose label is not their most probable class, in the same order.
  package let doubts: [Suspicion]

  /// - Parameter labels: The label of every picture.
  /// - Parameter probabilities: The probabilities of every picture, by a model that was not trained on it.
  /// - Parameter judged: Whether the labels of a class are judged at all.
  package init(labels: [Int], _ probabilities: HeldOutProbabilities, judged: (Int) -> Bool = { _ in true }) {
    let classCount = probabilities.classCount
    var (sums, counts) = ([Double](repeating: 0, count: classCount), [Int](repeating: 0, count: classCount))
    for (index, label) in labels.enumerated() {
      sums[label] += probabilities[index][index * classCount + label]
      counts[label] += 1
    }
    let thresholds = zip(sums, counts).map { $1 > 0 ? $0 / Double($1) : .infinity }
    var (suspicions, doubts): ([Suspicion], [Suspicion]) = ([], [])
    for (index, label) in labels.enumerated() where judged(label) {
      let own = Array(probabilities[index])
      let others = own.indices.filter { $0 != label }
      guard let other = others.max(by: { own[$0] < own[$1] }), own[other] > own[label] else { continue }
      let likeliest = own.indices.filter { own[$0] >= thresholds[$0] }.max { own[$0] < own[$1] }
      let margin = own[label] - own[other]
      if let likeliest, likeliest != label {
        suspicions.append(Suspicion(index: index, suggestion: likeliest, margin: margin))
      } else {
        doubts.append(Suspicion(index: index, suggestion: other, margin: margin))
      }
    }
    self.suspicions = suspicions.sorted { ($0.margin, $0.index) < ($1.margin, $1.index) }
    self.doubts = doubts.sorted { ($0.margin, $0.index) < ($1.margin, $1.index) }
  }
}
