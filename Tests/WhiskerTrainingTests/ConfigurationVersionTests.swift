import Testing
import WhiskerCore
import WhiskerData
import WhiskerTraining

/// Configurations as `args.json` holds them.
@Suite struct ConfigurationVersionTests {
  /// As version 1 wrote it.
  private let flat = """
    {
      "allowsEmptyClasses": false, "allowsTruncated": false,
      "augmentation": {"brightness": 0, "dropout": 0, "flip": 0.5, "noise": 0, "rotate": 0, "shift": 0},
      "averageMomentum": 0.99, "batchSize": 16, "cacheMemory": 1000000, "classWeights": "balanced",
      "data": "photos", "epochs": 3, "followsLinks": true, "learningRate": 0.01, "maximumPixels": 1000,
      "momentum": 0.8, "network": NETWORK, "onError": "skip", "optimizer": "sgd", "patience": 2,
      "preprocessing": PREPROCESSING, "schedule": SCHEDULE, "seed": 7, "splitSeed": 9, "threads": 2, "workers": 1,
      "weightDecay": 0.001, "synthetic": SYNTHETIC, "cache": "c.safetensors", "labels": "l.idx", "labelsFromNames": true,
      "classNames": ["a", "b"], "validationSplit": 0.3, "dropoutAdaptation": ADAPTATION, "validateEvery": 4,
      "checkpointEvery": 5, "monitor": "val_accuracy", "prefetch": 6, "processes": 3, "tensorBoard": false
    }
    """

  @Test("A flat configuration of version 1 is read into groups")
  func older() throws {
    let defaults = TrainingConfiguration(data: "photos")
    let text = flat.replacing("NETWORK", with: try StableJSON.line(defaults.model.network))
      .replacing("PREPROCESSING", with: try StableJSON.line(defaults.data.preprocessing))
      .replacing("SCHEDULE", with: try StableJSON.line(defaults.optimization.schedule))
      .replacing("SYNTHETIC", with: try StableJSON.line(SyntheticData.noise(seed: 8)))
      .replacing("ADAPTATION", with: try StableJSON.line(DropoutAdaptation()))
    let configuration = try StableJSON.decode(TrainingConfiguration.self, from: text)
    var expected = TrainingConfiguration(data: "photos", cores: 2)
    expected.seed = 7
    (expected.data.splitSeed, expected.data.followsLinks, expected.data.maximumPixels) = (9, true, 1000)
    expected.data.augmentation.flip = 0.5
    (expected.optimization.epochs, expected.optimization.batchSize) = (3, 16)
    (expected.optimization.optimizer, expected.optimization.learningRate) = (.sgd, 0.01)
    (expected.optimization.momentum, expected.optimization.weightDecay) = (0.8, 0.001)
    (expected.optimization.averageMomentum, expected.optimization.classWeights) = (0.99, .balanced)
    expected.evaluation.patience = 2
    (expected.execution.workers, expected.execution.cacheMemory) = (1, 1_000_000)
    (expected.data.synthetic, expected.data.cache, expected.data.labels) = (
      .noise(seed: 8), "c.safetensors", "l.idx"
    )
    (expected.data.labelsFromNames, expected.data.classNames) = (true, ["a", "b"])
    (expected.data.validationSplit, expected.model.dropoutAdaptation) = (0.3, DropoutAdaptation())
    (expected.evaluation.monitor, expected.evaluation.validateEvery) = (.validationAccuracy, 4)
    (expected.execution.checkpointEvery, expected.execution.prefetch) = (5, 6)
    (expected.execution.processes, expected.execution.tensorBoard) = (3, false)
    #expect(configuration == expected)
  }

  @Test(
    "There are two readers per core, at most as many as may be asked for",
    arguments: [(1, 2), (3, 6), (2000, 1024)])
  func readers(cores: Int, expected: Int) throws {
    var configuration = TrainingConfiguration(data: "photos", cores: cores)
    configuration.execution.threads = 1
    #expect(configuration.readAhead.workers == expected && configuration.readAhead.depth == expected)
    let text = try StableJSON.line(configuration)
    #expect(try StableJSON.decode(TrainingConfiguration.self, from: text) == configuration)
  }

  @Test("The current version is read as it was written; a later one is refused")
  func current() throws {
    var configuration = TrainingConfiguration(data: "photos", cores: 3)
    (configuration.seed, configuration.evaluation.monitor) = (11, .validationAccuracy)
    let text = try StableJSON.line(configuration)
    #expect(try StableJSON.decode(TrainingConfiguration.self, from: text) == configuration)
    #expect(!text.contains("labelSmoothing") && !text.contains("clipNorm"))
    (configuration.optimization.labelSmoothing, configuration.optimization.clipNorm) = (0.1, 2)
    let line = try StableJSON.line(configuration)
    #expect(try StableJSON.decode(TrainingConfiguration.self, from: line) == configuration)
    let later = text.replacing("\"version\":2", with: "\"version\":3")
    #expect(later != text)
    let error = #expect(throws: TrainingError.self) {
      try StableJSON.decode(TrainingConfiguration.self, from: later)
    }
    #expect(error?.description.contains("later version") == true)
    let none = text.replacing("\"version\":2", with: "\"version\":0")
    #expect(throws: DecodingError.self) { try StableJSON.decode(TrainingConfiguration.self, from: none) }
  }
}
