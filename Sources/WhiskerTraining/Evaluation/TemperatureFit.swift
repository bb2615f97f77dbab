import Glibc
import WhiskerCore
import WhiskerNN

/// Fits the temperature of a network on samples that it was not trained on, and finds the threshold for 95 % of correct answers.
///
/// The logits of all samples are kept, or, where they are many, of every second, third and so on. Sums are in the order of the
/// samples.
package struct TemperatureFit {
  /// The most logits that are kept: 16 MB.
  package static let logitLimit = 1 << 22
  private let classCount: Int
  /// One of so many samples is kept.
  private let interval: Int
  /// `[capacity, classes]`
  private let logits: Tensor
  private var labels: [Int32] = []
  /// Whether the largest logit of a sample is that of its label.
  private var isCorrect: [Bool] = []
  private var seen = 0

  /// Without samples.
  /// - Parameter count: The most samples that are added.
  package init(count: Int, classCount: Int, logitLimit: Int = logitLimit) {
    self.classCount = classCount
    let capacity = max(1, min(count, logitLimit / classCount))
    interval = max(1, (count + capacity - 1) / capacity)
    logits = Tensor(shape: [capacity, classCount])
  }

  /// Adds samples by their logits `[labels, classes]`.
  package mutating func add(_ logits: Tensor, labels: [Int32]) {
    for (row, label) in labels.enumerated() {
      defer { seen += 1 }
      guard seen.isMultiple(of: interval), self.labels.count < self.logits.shape[0] else { continue }
      let target = self.logits.elements + self.labels.count * classCount
      target.update(from: logits.elements + row * classCount, count: classCount)
      self.labels.append(label)
      isCorrect.append(
        SoftmaxCrossEntropy.prediction(logits, row: row, classCount: classCount) == Int(label))
    }
  }

  /// The temperature, and the probabilities that it gives; nil with too few samples, with those of a single class, or where a
  /// logit is NaN or infinite.
  ///
  /// The temperature is 1 where all samples are classified correctly, which says nothing about mistakes, and where no other
  /// one is better.
  package var result: (scaling: TemperatureScaling, probabilities: CalibratedProbabilities)? {
    let count = labels.count
    guard count >= TemperatureScaling.minimumSamples, Set(labels).count > 1,
      (0..<count * classCount).allSatisfy({ logits[$0].isFinite })
    else { return nil }
    var before = CalibratedProbabilities(temperature: 1)
    var after = CalibratedProbabilities(temperature: temperature)
    add(to: &before)
    add(to: &after)
    if after.loss >= before.loss { after = before }
    let scaling = TemperatureScaling(
      temperature: after.temperature, samples: count, before: before.measure, after: after.measure,
      threshold: threshold(after.temperature))
    return (scaling, after)
  }

  private func scores(of row: Int) -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(start: logits.elements + row * classCount, count: classCount)
  }

  /// The probability of the most probable class, and the cross-entropy.
  private func scaled(_ row: Int, by temperature: Double) -> (confidence: Double, loss: Double) {
    let scores = scores(of: row)
    let top = Double(scores.max() ?? 0)
    let sum = scores.reduce(0) { $0 + exp((Double($1) - top) / temperature) }
    return (1 / sum, log(sum) + (top - Double(scores[Int(labels[row])])) / temperature)
  }

  private func add(to probabilities: inout CalibratedProbabilities) {
    for row in labels.indices {
      let (confidence, loss) = scaled(row, by: probabilities.temperature)
      probabilities.add(confidence: confidence, loss: loss, isCorrect: isCorrect[row])
    }
  }

  /// The minimum of the cross-entropy, which is convex in the inverse temperature: Newton's method, and bisection where
  /// a step leaves the interval that holds the minimum.
  private var temperature: Double {
    let range = TemperatureScaling.range
    var (low, high) = (1 / range.upperBound, 1 / range.lowerBound)
    var inverse = 1.0
    guard isCorrect.contains(false) else { return 1 }
    if derivatives(at: low).first >= 0 { return range.upperBound }
    if derivatives(at: high).first <= 0 { return range.lowerBound }
    for _ in 0..<100 {
      let (first, second) = derivatives(at: inverse)
      if first > 0 { high = inverse } else { low = inverse }
      let step = inverse - first / second
      let next = low < step && step < high ? step : (low + high) / 2
      let change = abs(next - inverse)
      inverse = next
      if change <= 1e-12 * inverse { break }
    }
    return min(max(1 / inverse, range.lowerBound), range.upperBound)
  }

  /// The derivatives of the sum of the cross-entropies of softmax(inverse * logits): the sums of the mean logit minus that of the
  /// label, and of the variances of the logits.
  private func derivatives(at inverse: Double) -> (first: Double, second: Double) {
    var (first, second) = (0.0, 0.0)
    for (row, label) in labels.enumerated() {
      let scores = scores(of: row)
      let top = Double(scores.max() ?? 0)
      var (sum, mean, square) = (0.0, 0.0, 0.0)
      for score in scores {
        let gap = Double(score) - top
        let weight = exp(inverse * gap)
        sum += weight
        mean += weight * gap
        square += weight * gap * gap
      }
      mean /= sum
      first += mean - (Double(scores[Int(label)]) - top)
      second += max(0, square / sum - mean * mean)
    }
    return (first, second)
  }

  /// The threshold halfway between the last sample that is answered and the first that is not, so that rounding does not decide;
  /// 0 if all are answered.
  private func threshold(_ temperature: Double) -> TemperatureScaling.Threshold? {
    let sure = labels.indices.map {
      (confidence: scaled($0, by: temperature).confidence, isCorrect: isCorrect[$0])
    }
    .sorted { $0.confidence > $1.confidence }
    var (correct, best) = (0, TemperatureScaling.Threshold?.none)
    for (place, sample) in sure.enumerated() {
      correct += sample.isCorrect ? 1 : 0
      let (answers, next) = (place + 1, place + 1 < sure.count ? sure[place + 1].confidence : nil)
      let accuracy = Double(correct) / Double(answers)
      // Samples that are equally sure are answered together.
      guard next != sample.confidence, answers >= TemperatureScaling.minimumSamples,
        accuracy >= TemperatureScaling.targetAccuracy
      else { continue }
      best = .init(
        probability: next.map { (sample.confidence + $0) / 2 } ?? 0,
        coverage: Double(answers) / Double(sure.count), accuracy: accuracy)
    }
    return best
  }
}
