import CKernels
import Foundation
import Testing
import WhiskerNN
import WhiskerTensor

@Suite struct KernelTests {
  @Test func theVariantThatIsAskedForIsUsed() {
    guard let wanted = ProcessInfo.processInfo.environment["WHISKER_KERNELS"] else { return }
    #expect(Machine.kernels == wanted)
  }

  @Test func softmaxSurvivesLargeLogits() {
    let logits = Tensor(shape: [2, 3], values: [1e4, 0, -1e4, 88, 89, 90])
    var totals = SoftmaxCrossEntropy.Totals()
    SoftmaxCrossEntropy.measure(logits, labels: [0, 2], classCount: 3, into: &totals)
    // log(1 + e^-1 + e^-2) for the second row; the first loses nothing.
    #expect(abs(totals.lossSum - 0.4076059644) < 1e-9)
    #expect(totals.correct == 2)
  }

  @Test func classWeightsCountInLossAndGradient() {
    let logits = Tensor(shape: [1, 2], values: [0, 0])
    let gradient = Tensor(shape: [1, 2])
    var totals = SoftmaxCrossEntropy.Totals()
    SoftmaxCrossEntropy.measure(
      logits, labels: [1], classCount: 2, classWeights: [1, 3], gradient: gradient, into: &totals)
    #expect(abs(totals.lossSum - 3 * log(2)) < 1e-12)
    #expect(gradient.values == [1.5, -1.5])
  }
}
