import WhiskerCore
import WhiskerTraining

/// The folds of a cross-validation, one line each, and the confusion matrix of all.
struct FoldTable {
  private let configuration: SweepConfiguration
  private let record: SweepRecord
  private let together: SweepMeasurement?
  private let classNames: [String]

  /// The largest number of classes for a confusion matrix on a screen.
  private static let matrixLimit = 20

  init(_ sweep: Sweep) {
    (configuration, record, together) = (sweep.configuration, sweep.record, sweep.together)
    classNames = sweep.data.source.classNames
  }

  func lines(columns: Int?) -> [StyledText] {
    let matrix = matrix(columns)
    return folds.lines(columns: columns) + (matrix.isEmpty ? [] : [""] + matrix)
  }

  private var folds: Table {
    let samples = Dictionary(
      uniqueKeysWithValues: (record.outOfFold?.folds ?? []).map { ($0.fold, $0.samples) })
    var table = Table([.right, .right, .right, .right, .right, .right])
    table.add(
      ["fold", "pictures", "epoch", "val_accuracy", "val_loss", "accuracy"].map { StyledText($0, .faint) })
    for training in record.trainings {
      let number = configuration.fold(of: training.seed)?.number ?? 0
      guard let best = training.best, let measure = training.training else {
        table.add(["\(number)", "", "", "failed", "", ""])
        continue
      }
      table.add([
        "\(number)", samples[number].map(grouped) ?? "", "\(best.epoch)", fixed(best.validationAccuracy, 4),
        fixed(best.validationLoss, 4), fixed(measure.accuracy, 4),
      ])
    }
    return table
  }

  private func matrix(_ columns: Int?) -> [StyledText] {
    guard let matrix = together?.result.evaluation.confusion, classNames.count <= Self.matrixLimit else {
      return []
    }
    return ConfusionTable(matrix, names: classNames).lines(columns: columns) ?? []
  }
}
