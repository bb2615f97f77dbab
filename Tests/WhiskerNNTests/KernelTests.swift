import CKernels
import Foundation
import Testing
import WhiskerNN
import WhiskerCore

@Suite struct KernelTests {
  @Test func theVariantThatIsAskedForIsUsed() {
    guard let wanted = ProcessInfo.processInfo.environment["WHISKER_KERNELS"] else { return }
    #expect(Machine.kernels == wanted)
  }

  @Test func softmaxSurvivesLargeLogits() {
    let logits = Tensor(shape: [2, 3], values: [1e4, 0, -1e4, 88, 89, 90])
    var totals = SoftmaxCrossEntropy.Totals()
    SoftmaxCrossEntropy.measure(logits, labels: [0, 2], classCount: 3, into: &totals)
    // log(1 + e^-1 + e^-2) for the second row; the loss of the first is 0.
    #expect(abs(totals.lossSum - 0.4076059644) < 1e-9)
    #expect(totals.correct == 2)
  }

  @Test func classWeightsCountInLossAndGradient() {
    let logits = Tensor(shape: [1, 2], values: [0, 0])
    let gradient = Tensor(shape: [1, 2])
    var totals = SoftmaxCrossEntropy.Totals()
    SoftmaxCrossEntropy.measure(
      logits, .init([1], classWeights: [1, 3]), classCount: 2, gradient: gradient, into: &totals)
    #expect(abs(totals.lossSum - 3 * log(2)) < 1e-12)
    #expect(gradient.values == [1.5, -1.5])
  }

  // The row is followed by an inaccessible page.
  @Test(arguments: [1, 7, 16, 29, 450]) func aRowIsReadNoFurtherThanItsEnd(_ count: Int) {
    let page = Int(getpagesize())
    let pages = mmap(nil, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!
    defer { munmap(pages, 2 * page) }
    mprotect(pages + page, page, PROT_NONE)
    let bytes = (pages + page - count).bindMemory(to: UInt8.self, capacity: count)
    bytes.update(repeating: 3, count: count)
    var line = [Float](repeating: 1, count: count + 16)
    whisker_area_add_bytes(Int64(count), bytes, 0.5, &line)
    #expect(line == [Float](repeating: 2.5, count: count) + [Float](repeating: 1, count: 16))
    let floats = (pages + page - 4 * count).bindMemory(to: Float.self, capacity: count)
    floats.update(repeating: 4, count: count)
    whisker_area_add(Int64(count), floats, 0.25, &line)
    #expect(line == [Float](repeating: 3.5, count: count) + [Float](repeating: 1, count: 16))
  }
}
