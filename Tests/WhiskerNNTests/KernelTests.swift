import CKernels
import Foundation
import Testing
import WhiskerNN
import WhiskerTensor

@Suite struct KernelTests {
  /// Every combination of tile, edge and transposition that layers ask for.
  @Test(arguments: [1, 2, 5, 12, 13, 127, 128, 131], [1, 3, 16, 32, 33, 65])
  func matrixProductsAgreeWithDoublePrecision(m: Int, n: Int) {
    for k in [1, 9, 255, 256, 300] {
      for (aTransposed, bTransposed) in [(false, false), (true, false), (false, true)] {
        let error = productError(m, n, k, aTransposed, bTransposed)
        #expect(error < 1e-5 * Double(k).squareRoot() + 1e-6, "k \(k)")
      }
    }
  }

  private func productError(_ m: Int, _ n: Int, _ k: Int, _ aTransposed: Bool, _ bTransposed: Bool) -> Double
  {
    var random = RandomStream(seed: UInt64(m * 1000 + n), purpose: .samples, index: UInt32(k))
    let (a, b, c) = (Tensor(shape: [m, k]), Tensor(shape: [k, n]), Tensor(shape: [m, n]))
    let bias = Tensor(shape: [n])
    for tensor in [a, b, bias] {
      for index in 0..<tensor.count { tensor[index] = Float(random.unit() - 0.5) }
    }
    let (aRow, aColumn) = aTransposed ? (1, m) : (k, 1)
    let (bRow, bColumn) = bTransposed ? (1, k) : (n, 1)
    var product = whisker_gemm(
      m: Int64(m), n: Int64(n), k: Int64(k), a: a.elements, a_row: Int64(aRow), a_column: Int64(aColumn),
      b: b.elements, b_row: Int64(bRow), b_column: Int64(bColumn), c: c.elements, c_row: Int64(n),
      bias: bias.elements, accumulate: 0)
    // Backwards, as panels may come in any order.
    for panel in (0..<whisker_gemm_panels(&product)).reversed() {
      whisker_gemm_run(&product, panel, panel + 1)
    }
    var worst = 0.0
    for i in stride(from: 0, to: m, by: max(1, m / 7)) {
      for j in 0..<n {
        let exact = (0..<k).reduce(Double(bias[j])) {
          $0 + Double(a[i * aRow + $1 * aColumn]) * Double(b[$1 * bRow + j * bColumn])
        }
        worst = max(worst, abs(exact - Double(c[i * n + j])))
      }
    }
    return worst
  }

  @Test func aProductIsAddedToWhatIsThere() {
    let (a, b, c) = (
      Tensor(shape: [1, 2], values: [1, 2]), Tensor(shape: [2, 1], values: [3, 4]),
      Tensor(shape: [1, 1], values: [100])
    )
    var product = whisker_gemm(
      m: 1, n: 1, k: 2, a: a.elements, a_row: 2, a_column: 1, b: b.elements, b_row: 1, b_column: 1,
      c: c.elements,
      c_row: 1, bias: nil, accumulate: 1)
    whisker_gemm_run(&product, 0, whisker_gemm_panels(&product))
    #expect(c[0] == 111)
  }

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
