// Random draws made from whole words of a generator only. The standard library's own ways to draw a
// Double or to shuffle may change between Swift versions, and with them every picture.

/// A number in `range`, from the top 53 bits of one word.
public func uniform(
  in range: ClosedRange<Double>, using generator: inout some RandomNumberGenerator
) -> Double {
  let fraction = Double(generator.next() >> 11) / 9_007_199_254_740_992
  return range.lowerBound + (range.upperBound - range.lowerBound) * fraction
}

/// True with the given probability.
public func chance(_ probability: Double, using generator: inout some RandomNumberGenerator) -> Bool {
  uniform(in: 0...1, using: &generator) < probability
}

/// One of `choices`, which must not be empty, each as likely as the others.
public func pick<Choice>(
  _ choices: [Choice], using generator: inout some RandomNumberGenerator
) -> Choice {
  let place = Int(uniform(in: 0...1, using: &generator) * Double(choices.count))
  return choices[min(place, choices.count - 1)]
}
