import WhiskerData
import WhiskerTensor

/// Everything that it takes to train the same model again.
struct RecipeSection {
  let report: RunReport

  private var configuration: TrainingConfiguration { report.configuration }

  var section: ReportSection {
    ReportSection(title: "To do it again", note: note, body: body)
  }

  private var note: HTML {
    "The same data, options, seed and kind of CPU give the same model, byte for byte, however many threads there are."
  }

  private var body: HTML {
    let commands = (report.arguments.commands ?? []).map {
      "<pre><code>\(ShellWords($0).text)</code></pre>\n" as HTML
    }
    return """
      \(commands)<div class="columns">
      \(FactList(facts: data).html)\(FactList(facts: training).html)\(FactList(facts: machine).html)</div>
      """
  }

  private var data: [FactList.Fact] {
    let source = report.session.source
    let copies = report.session.copyCount
    return [
      ("Data", "\(source.path): \(source.kind.rawValue), \(counted(report.arguments.origin.files, "file"))"),
      ("Cache", configuration.cache), ("Labels", configuration.labels),
      (
        "Class names",
        configuration.classNames.map {
          "given, in the order of this page's \(counted($0.count, "class", "classes"))"
        }
      ),
      ("Split", split),
      (
        "Copies",
        copies > 0 ? "\(counted(copies, "picture")) like another, kept on one side of the split" : nil
      ),
      ("Input", configuration.preprocessing.description),
      (
        "Augmentation",
        configuration.augmentation.isIdentity ? "none" : configuration.augmentation.description
      ),
      ("Unreadable files", configuration.onError.rawValue),
      ("Damaged pictures", configuration.allowsTruncated ? "accepted as far as they decode" : nil),
      ("Pixel limit", grouped(configuration.maximumPixels)),
      ("Symbolic links", configuration.followsLinks ? "followed" : nil),
      ("Empty classes", configuration.allowsEmptyClasses ? "allowed" : nil),
    ]
  }

  private var split: String {
    let counts =
      "\(grouped(report.session.training.count)) training, \(grouped(report.session.validation.count)) validation"
    guard !report.session.hasOwnValidation else { return counts + ", as the data set is divided" }
    let share = configuration.validationSplit ?? TrainingConfiguration.defaultValidationSplit
    return counts + " (\(plain(100 * share)) % of each class, by the seed), listed in split.csv"
  }

  private var training: [FactList.Fact] {
    let isSGD = configuration.optimizer == .sgd
    return [
      ("Seed", "\(configuration.seed)"), ("Epochs", grouped(configuration.epochs)),
      ("Batch size", grouped(configuration.batchSize)),
      ("Optimizer", configuration.optimizer.rawValue + (isSGD ? ", momentum \(configuration.momentum)" : "")),
      ("Learning rate", "\(configuration.learningRate)"), ("Schedule", configuration.schedule.description),
      ("Weight decay", configuration.weightDecay.map { "\($0), not of biases" }),
      ("Dropout", dropout),
      ("Class weights", configuration.classWeights.rawValue),
      ("Averaged weights", configuration.averageMomentum.map { "momentum \($0)" }),
      ("Best by", (configuration.monitor ?? .validationLoss).words),
      ("Patience", configuration.patience.map { counted($0, "epoch") }),
      (
        "Validation",
        configuration.validateEvery.map { "every \(counted($0, "step")), and after every epoch" }
      ),
      (
        "Checkpoints",
        configuration.checkpointEvery.map { "every \(counted($0, "step")), and after every epoch" }
      ),
    ]
  }

  private var dropout: String {
    let rates = configuration.network.dropoutRates
    guard !rates.isEmpty else { return "none" }
    let told = rates.map { "\($0)" }.joined(separator: ", ")
    return configuration.dropoutAdaptation.map { "from \(told), then \($0)" } ?? told
  }

  private var machine: [FactList.Fact] {
    [
      ("Whisker", report.arguments.whisker), ("Kernels", report.arguments.kernels),
      ("Threads", grouped(configuration.threads)), ("Decoding lanes", grouped(configuration.workers)),
      ("Prefetch", configuration.prefetch.map { counted($0, "batch", "batches") }),
      ("Pictures in memory", "up to \(grouped(configuration.cacheMemory >> 20)) MB"),
      ("Files", "args.json, split.csv, files.csv and weights/ beside this page"),
    ]
  }
}
