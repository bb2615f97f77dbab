import Glibc
import TestSupport
import Testing
import WhiskerCore
import WhiskerData
import WhiskerNN
import WhiskerTraining

/// Against SciPy: what References/temperature.py printed with SciPy 1.17.1 and NumPy 2.4.6.
@Suite struct TemperatureTests {
  private let count = 240
  private let classCount = 5
  private var labels: [Int32] { (0..<count).map { (sample: Int) in Int32((sample * 7 + sample / 5) % 5) } }

  private func logits(factor: Float, gain: Float) -> Tensor {
    let (logits, labels) = (Tensor(shape: [count, classCount]), labels)
    for sample in 0..<count {
      for label in 0..<classCount {
        let mixed: Int = sample * 37 + label * 101 + sample * label * 13
        let isRight = label == Int(labels[sample]) && sample % 8 != 0
        logits[sample * classCount + label] = (Float(mixed % 97) / 32 + (isRight ? gain : 0)) * factor
      }
    }
    return logits
  }

  private func fitted(
    _ logits: Tensor, _ labels: [Int32], logitLimit: Int = TemperatureFit.logitLimit
  ) -> (scaling: TemperatureScaling, probabilities: CalibratedProbabilities)? {
    var fit = TemperatureFit(count: labels.count, classCount: logits.shape[1], logitLimit: logitLimit)
    fit.add(logits, labels: labels)
    return fit.result
  }

  private struct Expected {
    let (factor, gain): (Float, Float)
    let temperature: Double
    let (before, after): (Double, Double)
    let (errorBefore, errorAfter): (Double, Double)
  }

  @Test func temperatureLossAndErrorAreSciPys() throws {
    let cases = [
      Expected(
        factor: 4, gain: 3, temperature: 2.3556052056920227, before: 0.6605131370349958,
        after: 0.4400656459910006, errorBefore: 0.06863605541399298, errorAfter: 0.057792407761202765),
      Expected(
        factor: 0.25, gain: 3, temperature: 0.1472253275900065, before: 1.1523181290123659,
        after: 0.4400656459910007, errorBefore: 0.5583903032420954, errorAfter: 0.057792409726738096),
      // The answers are those of chance: the temperature is the upper bound.
      Expected(
        factor: 4, gain: 0, temperature: 20, before: 4.329087093411755, after: 1.6248086826401078,
        errorBefore: 0.5810599215071375, errorAfter: 0.06197021776217705),
    ]
    for expected in cases {
      let logits = logits(factor: expected.factor, gain: expected.gain)
      let (found, probabilities) = try #require(fitted(logits, labels))
      #expect(abs(found.temperature / expected.temperature - 1) < 1e-6)
      #expect(found.samples == count && probabilities.temperature == found.temperature)
      #expect(abs(found.before.loss - expected.before) < 1e-9)
      #expect(abs(found.after.loss - expected.after) < 1e-9)
      #expect(abs(found.before.calibrationError - expected.errorBefore) < 1e-9)
      #expect(abs(found.after.calibrationError - expected.errorAfter) < 1e-6)
      #expect(probabilities.loss == found.after.loss)
    }
  }

  @Test func theThresholdIsTheLowestOfAllWithEnoughCorrectAnswers() throws {
    for (factor, gain) in [(4, 3), (0.25, 3), (1, 2.5), (4, 0)] as [(Float, Float)] {
      let logits = logits(factor: factor, gain: gain)
      let scaling = try #require(fitted(logits, labels)).scaling
      let sure = labels.enumerated().map { row, label in
        let probabilities = SoftmaxCrossEntropy.probabilities(
          logits, row: row, classCount: classCount, temperature: scaling.temperature)
        let confidence = probabilities.max() ?? 0
        return (confidence, probabilities.firstIndex(of: confidence) == Int(label))
      }
      func answered(from threshold: Double) -> (count: Int, accuracy: Double) {
        let answers = sure.filter { $0.0 >= threshold }
        return (answers.count, Double(answers.count { $0.1 }) / Double(max(1, answers.count)))
      }
      let possible = sure.map(\.0).filter {
        let (count, accuracy) = answered(from: $0 - 1e-9)
        return count >= 50 && accuracy >= 0.95
      }
      guard let lowest = possible.min() else {
        #expect(scaling.threshold == nil)
        continue
      }
      let threshold = try #require(scaling.threshold)
      let (found, expected) = (answered(from: threshold.probability), answered(from: lowest - 1e-9))
      #expect(found == expected && threshold.probability <= lowest)
      #expect(threshold.accuracy == found.accuracy)
      #expect(threshold.coverage == Double(found.count) / Double(count))
    }
    // That of the script.
    let threshold = try #require(fitted(logits(factor: 4, gain: 3), labels)?.scaling.threshold)
    #expect(abs(threshold.accuracy - 0.9523809523809523) < 1e-12 && threshold.coverage == 210.0 / 240)
  }

  @Test func aFewLuckyAnswersAreNoThreshold() throws {
    // 49 sure and correct answers, and 191 that are correct by chance.
    let labels = (0..<count).map { Int32($0 % classCount) }
    func scaling(sure: Int) throws -> TemperatureScaling {
      let logits = Tensor(shape: [count, classCount])
      for row in 0..<count {
        logits[row * classCount + (row < sure ? Int(labels[row]) : 0)] = row < sure ? 8 : 1
      }
      return try #require(fitted(logits, labels)).scaling
    }
    #expect(try scaling(sure: 49).threshold == nil)
    let threshold = try #require(try scaling(sure: 50).threshold)
    #expect(threshold.accuracy >= 0.95 && threshold.coverage >= 50.0 / 240)
  }

  @Test func withoutAMistakeTheTemperatureIsOneAndEverythingIsAnswered() throws {
    let logits = logits(factor: 1, gain: 0)
    let best = (0..<count).map { Int32(SoftmaxCrossEntropy.prediction(logits, row: $0, classCount: 5)) }
    let found = try #require(fitted(logits, best)).scaling
    #expect(found.temperature == 1 && found.before == found.after)
    #expect(found.threshold == .init(probability: 0, coverage: 1, accuracy: 1))
  }

  @Test func thereIsNoTemperatureOfTooFewSamplesOrOneClassOrNaN() {
    let logits = logits(factor: 1, gain: 3)
    let few = Tensor(shape: [49, 5], values: Array(logits.values.prefix(49 * 5)))
    #expect(fitted(few, Array(labels.prefix(49))) == nil)
    #expect(fitted(logits, Array(repeating: 2, count: count)) == nil)
    logits[77] = .nan
    #expect(fitted(logits, labels) == nil)
    logits[77] = .infinity
    #expect(fitted(logits, labels) == nil)
    #expect(TemperatureFit(count: 0, classCount: 5).result == nil)
  }

  @Test func hugeLogitsGiveAFiniteTemperature() throws {
    let found = try #require(fitted(logits(factor: 1e36, gain: 3), labels)).scaling
    #expect(found.temperature == TemperatureScaling.range.upperBound)
    #expect(found.after.loss.isFinite && found.before.loss.isFinite)
  }

  @Test func ofManySamplesEverySecondOrThirdIsKept() throws {
    let logits = logits(factor: 4, gain: 3)
    let kept = stride(from: 0, to: count, by: 3).map { $0 }
    let third = Tensor(
      shape: [kept.count, 5], values: kept.flatMap { row in (0..<5).map { logits[row * 5 + $0] } })
    let found = try #require(fitted(logits, labels, logitLimit: 99 * 5))
    #expect(found.scaling.samples == 80)
    #expect(found.scaling == fitted(third, kept.map { labels[$0] })?.scaling)
  }

  @Test func aSampleIsScaledAsTheLogits() {
    let logits = logits(factor: 4, gain: 3)
    var details = EvaluationDetails(topK: 1, worst: 0, temperature: 2.5)
    var loss = 0.0
    for (row, label) in labels.enumerated() {
      details.add(SampleResult(index: row, label: Int(label), logits: logits, row: row, classCount: 5))
      let scaled = SoftmaxCrossEntropy.probabilities(logits, row: row, classCount: 5, temperature: 2.5)
      loss -= log(scaled[Int(label)]) / Double(count)
    }
    #expect(abs((details.calibrated?.loss ?? 0) - loss) < 1e-9)
    #expect(EvaluationDetails(topK: 1, worst: 0).calibrated == nil)
  }

  private func scaling(_ temperature: Double, threshold: Double = 0.5) -> TemperatureScaling {
    let measure = TemperatureScaling.Measure(loss: 0.5, calibrationError: 0.25)
    return TemperatureScaling(
      temperature: temperature, samples: 100, before: measure, after: measure,
      threshold: .init(probability: threshold, coverage: 0.75, accuracy: 0.96))
  }

  private func write(_ scaling: TemperatureScaling?, to path: String) throws {
    let network = try Network(
      NetworkSpecification(layers: [.flatten, .dense(units: nil)]),
      input: .map(channels: 1, height: 3, width: 3),
      classCount: 2, capacity: 1, pool: ComputePool(threads: 1))
    network.initialize(seed: 1)
    try Model.write(
      .init(
        network: network, classNames: ["a", "b"], preprocessing: Preprocessing(height: 3, width: 3),
        temperature: scaling), .init(seed: 1, steps: 1, report: nil), to: path)
  }

  @Test func aModelFileKeepsTheTemperature() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("model.safetensors")
    try write(scaling(1.0 / 3), to: path)
    let model = try Model(path)
    #expect(model.temperature == scaling(1.0 / 3))
    #expect(try model.threshold.probability == 0.5)
    try write(nil, to: path)
    let plain = try Model(path)
    #expect(plain.temperature == nil)
    let error = #expect(throws: FileError.self) { _ = try plain.threshold }
    #expect(error.map { "\($0)".contains("has no threshold") } == true)
  }

  @Test(arguments: [0, -1, 1e300, 0.01, 21]) func anImpossibleTemperatureIsDamage(temperature: Double) throws
  {
    let folder = try TemporaryFolder()
    let path = folder.path("model.safetensors")
    try write(scaling(temperature), to: path)
    try expectDamage(path)
  }

  @Test(arguments: [-0.1, 1.5]) func anImpossibleThresholdIsDamage(threshold: Double) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("model.safetensors")
    try write(scaling(2, threshold: threshold), to: path)
    try expectDamage(path)
  }

  @Test(arguments: ["", "NaN", "{}", "1.5", #"{"temperature":NaN}"#, #"{"temperature":"2"}"#])
  func whatIsNoTemperatureIsDamage(text: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("model.safetensors")
    try write(scaling(2), to: path)
    let file = try SafetensorsReader(path)
    var metadata = file.metadata
    metadata["whisker.calibration"] = text
    var writer = SafetensorsWriter(metadata: metadata)
    for name in ["1.weight", "1.bias"] { writer.add(name, from: file, named: name) }
    let other = folder.path("damaged.safetensors")
    try writer.write(to: other)
    try expectDamage(other)
  }

  private func expectDamage(_ path: String) throws {
    let error = #expect(throws: FileError.self) { _ = try Model(path) }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.hasPrefix(path) && text.contains("is damaged: its whisker.calibration"), "\(text)")
  }
}
