import WhiskerTraining
import WhiskerData
import WhiskerCore

/// Everything needed to reproduce the run.
struct RecipeSection {
  let report: RunReport

  private var configuration: TrainingConfiguration { report.configuration }

  var section: ReportSection {
    ReportSection(title: "Reproduce", note: note, body: body)
  }

  private var note: HTML {
    """
    The same data, options, seed, kind of CPU and number of processes give the same model, byte for byte, with any number \
    of threads.
    """
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
    let source = report.context.source
    let copies = report.context.split.copyCount
    return [
      ("Data", "\(source.path): \(source.kind.rawValue), \(counted(report.arguments.origin.files, "file"))"),
      ("Cache", configuration.data.cache), ("Labels", configuration.data.labels),
      (
        "Class names",
        configuration.data.classNames.map {
          "given: \(counted($0.count, "class", "classes"))"
        }
      ),
      (
        "Changed classes",
        configuration.data.classChanges.map { counted($0.changes.count, "class", "classes") }
      ),
      ("Split", split),
      (
        "Copies",
        copies > 0 ? "\(counted(copies, "duplicate")), kept on one side of the split" : nil
      ),
      ("Groups", groups), ("Input", configuration.data.preprocessing.ofPictures.description),
      ("Training samples", configuration.data.trainingSizeText),
      (
        "Augmentation",
        configuration.data.augmentation.isIdentity ? "none" : configuration.data.augmentation.description
      ),
      ("Unreadable files", configuration.data.onError.rawValue),
      ("Damaged pictures", configuration.data.allowsTruncated ? "used as far as they decode" : nil),
      ("Pixel limit", grouped(configuration.data.maximumPixels)),
      ("Symbolic links", configuration.data.followsLinks ? "followed" : nil),
      ("Empty classes", configuration.data.allowsEmptyClasses ? "allowed" : nil),
    ]
  }

  private var groups: String? {
    report.context.split.groupCount.map {
      "\(counted($0, "group")) of \(configuration.data.groupPattern ?? "the column group"), kept on one side of the split"
    }
  }

  private var split: String {
    let counts =
      "\(grouped(report.context.training.count)) training, \(grouped(report.context.validation.count)) validation"
    guard !report.context.split.isGiven else { return counts + ", as divided in the dataset" }
    if let fold = configuration.data.fold {
      return counts + " (fold \(fold.number) of \(fold.count), by the seed), listed in split.csv"
    }
    return counts + " (\(report.context.split.shareText), by the seed), listed in split.csv"
  }

  private var training: [FactList.Fact] {
    let optimization = configuration.optimization
    return [
      (
        "Backbone",
        report.context.backbone.map {
          "\($0.path), frozen: \($0.origin), from \(counted($0.parameterCount, "parameter"))"
        }
      ),
      ("Seed", "\(configuration.seed)"), ("Epochs", grouped(configuration.optimization.epochs)),
      ("Batch size", grouped(configuration.optimization.batchSize)),
      (
        "Optimizer",
        configuration.optimization.optimizer.rawValue
          + (optimization.optimizer.hasMomentum ? ", momentum \(optimization.momentum)" : "")
      ),
      ("Learning rate", "\(configuration.optimization.learningRate)"),
      ("Schedule", configuration.optimization.schedule.description),
      (
        "Weight decay",
        configuration.optimization.weightDecay > 0
          ? "\(configuration.optimization.weightDecay), weights only" : nil
      ),
      ("Dropout", dropout),
      ("Class weights", configuration.optimization.classWeights.rawValue),
      ("Label smoothing", optimization.labelSmoothing.map { "\($0), in the training loss only" }),
      ("Mixing", optimization.mixing.map { "\($0)" }),
      ("Gradient clipping", optimization.clipNorm.map { "to norm \($0)" }),
      ("Weight averaging", configuration.optimization.averageMomentum.map { "momentum \($0)" }),
      ("Best weights by", configuration.evaluation.monitor.words),
      ("Patience", configuration.evaluation.patience.map { counted($0, "epoch") }),
      (
        "Validation",
        configuration.evaluation.validateEvery.map { "every \(counted($0, "step")), and after every epoch" }
      ),
      (
        "Checkpoints",
        configuration.execution.checkpointEvery.map { "every \(counted($0, "step")), and after every epoch" }
      ),
    ]
  }

  private var dropout: String {
    let rates = configuration.model.network.dropoutRates
    guard !rates.isEmpty else { return "none" }
    let words = rates.map { "\($0)" }.joined(separator: ", ")
    return configuration.model.dropoutAdaptation.map { "from \(words), then \($0)" } ?? words
  }

  private var machine: [FactList.Fact] {
    [
      ("Whisker", report.arguments.whisker), ("Kernels", report.arguments.kernels),
      ("Processes", configuration.execution.processes > 1 ? grouped(configuration.execution.processes) : nil),
      ("Threads", grouped(configuration.execution.threads)),
      ("Workers", grouped(configuration.execution.workers)),
      ("Prefetch", configuration.execution.prefetch.map { counted($0, "batch", "batches") }),
      ("Pictures in memory", "up to \(grouped(configuration.execution.cacheMemory >> 20)) MB"),
      ("Files", "args.json, split.csv, files.csv and weights/ in the same folder"),
    ]
  }
}
