// Random draws from whole words of a generator. The standard library's algorithms for Double and shuffling may change between
// Swift versions, which would change every picture.

/// A uniform number in `range`, from the top 53 bits of one word.
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

/// A uniformly chosen element of `choices`, which must not be empty.
public func pick<Choice>(
  _ choices: [Choice], using generator: inout some RandomNumberGenerator
) -> Choice {
  let place = Int(uniform(in: 0...1, using: &generator) * Double(choices.count))
  return choices[min(place, choices.count - 1)]
}
