import Testing
import WhiskerCore
import WhiskerNN

/// Smoothed and mixed targets, compared to the values from References/label_smoothing.py.
@Suite struct TargetsTests {
  private let logits = Tensor(
    shape: [3, 4], values: [1.5, -0.5, 0.25, 2, 0, 3, -1, 0.5, -2, 0.75, 0.5, -0.25])
  private static let labels: [Int32] = [3, 0, 1]
  private static let mixture = SoftmaxCrossEntropy.Targets.Mixture(
    labels: [1, 2, 1], weights: [0.25, 0.5, 0.125])

  private static func targets(smoothing: Double, isMixed: Bool) -> SoftmaxCrossEntropy.Targets {
    var targets = SoftmaxCrossEntropy.Targets(labels, smoothing: smoothing)
    if isMixed { targets.mixture = mixture }
    return targets
  }

  private struct Case: Sendable {
    let smoothing: Double
    let isMixed: Bool
    let loss: Double
    let gradient: [Float]
  }

  private static let cases = [
    Case(
      smoothing: 0.1, isMixed: false, loss: 4.711303176,
      gradient: [
        0.1002244, 0.0063584, 0.022769, -0.1293518, -0.2939047, 0.2814744, -0.0030253, 0.0154555, 0.0013062,
        -0.1575453, 0.1091005, 0.0471385,
      ]),
    Case(
      smoothing: 0, isMixed: true, loss: 5.680053176,
      gradient: [
        0.1085578, -0.0686416, 0.0311023, -0.0710185, -0.152238, 0.2898078, -0.1613587, 0.0237889, 0.0096396,
        -0.1825453, 0.1174339, 0.0554718,
      ]),
    Case(
      smoothing: 0.1, isMixed: true, loss: 5.723803176,
      gradient: [
        0.1002244, -0.0686416, 0.022769, -0.0543518, -0.1439047, 0.2814744, -0.1530253, 0.0154555, 0.0013062,
        -0.1575453, 0.1091005, 0.0471385,
      ]),
  ]

  @Test("Smoothed and mixed targets have PyTorch's losses and gradients", arguments: cases.indices)
  func referenceValues(index: Int) {
    let (test, gradient) = (Self.cases[index], Tensor(shape: [3, 4]))
    var totals = SoftmaxCrossEntropy.Totals()
    SoftmaxCrossEntropy.measure(
      logits, Self.targets(smoothing: test.smoothing, isMixed: test.isMixed), classCount: 4,
      gradient: gradient, into: &totals)
    #expect(abs(totals.lossSum - test.loss) < 1e-8)
    for (value, expected) in zip(gradient.values, test.gradient) { #expect(abs(value - expected) < 2e-7) }
    #expect(totals.correct == 2)
  }

  @Test(
    "Gradients agree with finite differences of the loss", arguments: [0, 0.1, 0.5], [false, true])
  func finiteDifferences(smoothing: Double, isMixed: Bool) {
    var targets = Self.targets(smoothing: smoothing, isMixed: isMixed)
    targets.classWeights = [1, 0.5, 2, 1.5]
    targets.batchSize = 5
    let gradient = Tensor(shape: [3, 4])
    var totals = SoftmaxCrossEntropy.Totals()
    SoftmaxCrossEntropy.measure(logits, targets, classCount: 4, gradient: gradient, into: &totals)
    // A step that the logits, which are single precision, represent exactly.
    let step: Float = 1.0 / 1024
    for index in 0..<12 {
      let losses = [step, -step].map { step in
        let moved = Tensor(shape: [3, 4], values: logits.values)
        moved[index] += step
        var totals = SoftmaxCrossEntropy.Totals()
        SoftmaxCrossEntropy.measure(moved, targets, classCount: 4, into: &totals)
        return totals.lossSum / 5
      }
      let difference = (losses[0] - losses[1]) / Double(2 * step)
      #expect(abs(Double(gradient[index]) - difference) < 1e-6, "logit \(index)")
    }
  }

  @Test("Without smoothing, the loss and the gradient are those of the labels, to the last bit") func plain()
  {
    let gradients = [Tensor(shape: [3, 4]), Tensor(shape: [3, 4])]
    var totals = [SoftmaxCrossEntropy.Totals(), SoftmaxCrossEntropy.Totals()]
    SoftmaxCrossEntropy.measure(
      logits, labels: Self.labels, classCount: 4, gradient: gradients[0], into: &totals[0])
    var targets = Self.targets(smoothing: 0, isMixed: true)
    targets.mixture?.weights = [0, 0, 0]
    SoftmaxCrossEntropy.measure(
      logits, targets, classCount: 4, gradient: gradients[1], into: &totals[1])
    #expect(totals[0] == totals[1] && gradients[0].values == gradients[1].values)
  }
}
