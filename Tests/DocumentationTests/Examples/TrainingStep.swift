import WhiskerNN
import WhiskerCore

/// Trains a network on one batch of two classes, again and again. Returns the loss of every step.
func trainByHand(images: [UInt8], labels: [Int32], steps: Int) throws -> [Double] {
  var losses: [Double] = []
  let network = try Network(
    NetworkPreset.dropoutCNN.specification, input: .map(channels: 1, height: 28, width: 28), classCount: 2,
    capacity: 128, pool: ComputePool(threads: Machine.cores))
  network.initialize(seed: 0)
  let optimizer = Adam(network.parameters, learningRate: 0.001)
  let gradient = Tensor(shape: [network.capacity, network.classCount])

  for _ in 0..<steps {
    var totals = SoftmaxCrossEntropy.Totals()
    let pass = Pass.training(seed: 0, step: UInt32(optimizer.steps))
    let logits = network.forward(images, count: labels.count, pass: pass)
    SoftmaxCrossEntropy.measure(
      logits, labels: labels, classCount: network.classCount, gradient: gradient, into: &totals)
    network.backward(gradient, count: labels.count, updating: optimizer)
    losses.append(totals.lossSum / Double(labels.count))
  }
  return losses
}
