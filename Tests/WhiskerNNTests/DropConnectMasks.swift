import WhiskerNN

extension DropConnect {
  /// The factors of the weights for `count` samples, `[count, units, features]`. With weights of 1 and no biases, a one-hot input
  /// gives the factors of a feature.
  func masks(_ count: Int, pass: Pass) -> [Float] {
    let (units, features) = (weight.value.shape[0], weight.value.shape[1])
    for index in 0..<weight.value.count { weight.value[index] = 1 }
    for unit in 0..<units { bias.value[unit] = 0 }
    var masks = [Float](repeating: 0, count: count * units * features)
    for feature in 0..<features {
      let input = Activations(features: features, capacity: count)
      for sample in 0..<count { input[sample, feature] = 1 }
      let output = forward(input, count: count, pass: pass)
      for sample in 0..<count {
        for unit in 0..<units { masks[(sample * units + unit) * features + feature] = output[sample, unit] }
      }
    }
    return masks
  }
}
