import CKernels
import WhiskerCore

/// A residual block (He, Zhang, Ren & Sun, "Deep Residual Learning for Image Recognition", CVPR 2016): the output of `body` plus that
/// of `shortcut`, which is the input itself where it is empty.
///
/// With `drop_rate`, the body of a sample is left out in training with that probability, and divided by 1 - `drop_rate`
/// otherwise (stochastic depth: Huang, Sun, Liu, Sedra & Weinberger, ECCV 2016).
package struct ResidualKind: LayerKind {
  package static let type = "residual"
  package var body: [LayerSpecification]
  package var shortcut: [LayerSpecification] = []
  package var dropRate = 0.0

  package init(body: [LayerSpecification], shortcut: [LayerSpecification] = [], dropRate: Double = 0) {
    (self.body, self.shortcut, self.dropRate) = (body, shortcut, dropRate)
  }
  package init(from options: LayerOptions) throws {
    body = try options.value("body")
    shortcut = try options.value("shortcut", default: [])
    dropRate = try options.value("drop_rate", default: 0)
  }
  package func write(to options: inout LayerOptionsWriter) throws {
    try options.set("body", body)
    try options.set("shortcut", shortcut, unless: [])
    try options.set("drop_rate", dropRate, unless: 0)
  }

  package func output(of input: FeatureShape, classCount: Int) throws(NetworkError) -> FeatureShape {
    guard !body.isEmpty else { throw NetworkError("has no layers in its body") }
    guard (0...LayerSpecification.rateLimit).contains(dropRate) else {
      throw NetworkError("has a drop_rate that is not between 0 and \(LayerSpecification.rateLimit)")
    }
    let (one, other) = (
      try LayerSequence.output(of: body, input: input, classCount: classCount, in: "body"),
      try LayerSequence.output(of: shortcut, input: input, classCount: classCount, in: "shortcut")
    )
    guard one == other else {
      throw NetworkError(
        "has a body with the output \(one) and a shortcut with \(other): give it a shortcut with the same output"
      )
    }
    return one
  }

  package func describe(
    _ place: InferenceGraph.Place, _ input: InferenceGraph.Value, in graph: inout InferenceGraph
  ) -> InferenceGraph.Value {
    let one = graph.append(body, "body", in: place, input)
    let other = graph.append(shortcut, "shortcut", in: place, input)
    return graph.append("add", .add, [one, other], place)
  }
  package var branches: [(name: String, layers: [LayerSpecification])] {
    [("body", body), ("shortcut", shortcut)]
  }
  package func withBranches(_ branches: [[LayerSpecification]]) -> Self {
    Self(body: branches[0], shortcut: branches[1], dropRate: dropRate)
  }
  package var samplesPerMask: Int { (body + shortcut).map(\.kind.samplesPerMask).max() ?? 1 }
  package var description: String {
    "residual (" + body.map(\.description).joined(separator: "; ") + ")"
  }
  package func build(_ place: LayerPlace) -> (any Layer)? { Residual(self, place) }
}

/// The sum of two sequences of layers.
final class Residual: Layer {
  private let body: LayerSequence
  private let shortcut: LayerSequence
  /// The end of the body, where it can add the shortcut.
  private let tail: BatchNorm?
  private let pool: ComputePool
  private let output: Activations
  private let inputGradient: Activations
  /// Leaves out the body of some samples in training; nil without stochastic depth.
  private let drop: DropoutMask?
  private let dropped: Activations?
  private var pass = Pass.inference

  var parameters: [Parameter] { body.parameters + shortcut.parameters }
  var buffers: [NetworkBuffer] { body.buffers + shortcut.buffers }
  var dropouts: [DropoutMask] { body.dropouts + shortcut.dropouts }

  init(_ kind: ResidualKind, _ place: LayerPlace) {
    pool = place.pool
    var builder = LayerBuilder(place, firstNumber: place.number + 1)
    body = builder.sequence(kind.body, path: "\(place.path).body", input: place.input)
    shortcut = builder.sequence(kind.shortcut, path: "\(place.path).shortcut", input: place.input)
    tail = place.fuses && kind.dropRate == 0 ? body.layers.last as? BatchNorm : nil
    output = Activations(features: tail == nil ? place.output.count : 0, capacity: place.capacity)
    inputGradient = Activations(features: place.input.count, capacity: place.capacity)
    drop = kind.dropRate > 0 ? DropoutMask(layer: place.number, rate: kind.dropRate) : nil
    dropped = drop.map { _ in Activations(features: place.output.count, capacity: place.capacity) }
  }

  func initialize(seed: UInt64) {
    body.initialize(seed: seed)
    shortcut.initialize(seed: seed)
  }

  func synchronize(over communicator: any Communicator) {
    body.synchronize(over: communicator)
    shortcut.synchronize(over: communicator)
  }

  func forward(_ input: Activations, count: Int, pass: Pass) -> Activations {
    self.pass = pass
    let other = shortcut.forward(input, count: count, pass: pass)
    if let tail {
      tail.addend = other
      return body.forward(input, count: count, pass: pass)
    }
    let one = scaled(body.forward(input, count: count, pass: pass), count: count)
    add(one, other, into: output, count: count)
    return output
  }

  func backward(
    _ gradient: Activations, count: Int, needsInputGradient: Bool, step: FusedStep?
  ) -> Activations? {
    backward(gradient, count: count, needsInputGradient) {
      $0.backward($1, count: count, needsInputGradient: needsInputGradient, step: step)
    }
  }

  func backward(
    _ gradient: Activations, count: Int, needsInputGradient: Bool, reducing allReduce: GradientAllReduce
  ) -> Activations? {
    backward(gradient, count: count, needsInputGradient) {
      $0.backward($1, count: count, needsInputGradient: needsInputGradient, reducing: allReduce)
    }
  }

  private func backward(
    _ gradient: Activations, count: Int, _ needsInputGradient: Bool,
    through: (LayerSequence, Activations) -> Activations?
  ) -> Activations? {
    // The shortcut first: the body may use the buffer that its gradient is scaled in.
    let other = through(shortcut, gradient)
    let one = through(body, scaled(gradient, count: count))
    guard needsInputGradient, let one, let other else { return nil }
    add(one, other, into: inputGradient, count: count)
    return inputGradient
  }

  /// The values with those of the samples that are left out as zero.
  private func scaled(_ values: Activations, count: Int) -> Activations {
    guard let drop, let dropped, pass.wantsGradients, drop.drops(in: pass) else { return values }
    pool.run(blockCount(count)) { block, _ in
      var mask = drop.dropout(pass, block: block)
      whisker_spatial_dropout_block(
        &mask, 1, Int64(values.features), values.block(block), dropped.block(block))
    }
    return dropped
  }

  private func add(_ one: Activations, _ other: Activations, into sum: Activations, count: Int) {
    pool.run(blockCount(count)) { block, _ in
      whisker_add(Int64(sum.blockStride), one.block(block), other.block(block), sum.block(block))
    }
  }
}
