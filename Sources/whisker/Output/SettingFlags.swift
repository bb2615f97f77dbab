import WhiskerCore

extension Setting {
  /// The option of the command line.
  var flag: String {
    switch self {
    case .allowsEmptyClasses: "--allow-empty-classes"
    case .allowsTruncated: "--allow-truncated"
    case .classChanges: "--classes"
    case .classNames: "--class-names"
    case .excluded: "--exclude"
    case .followsLinks: "--follow-links"
    case .labels: "--labels"
    case .labelColumn: "--label-column"
    case .labelsFromNames: "--labels-from-names"
    case .maximumPixels: "--max-pixels"
    case .pathColumn: "--path-column"
    case .usesNullSeparators: "--null"
    case .backbone: "--backbone"
    case .batchSize: "--batch-size"
    case .colorMode: "--color-mode"
    case .dropoutAdaptation: "--dropout auto"
    case .epochs: "--epochs"
    case .folds: "--folds"
    case .groupPattern: "--group-by"
    case .head: "--head"
    case .imageSize: "--image-size"
    case .learningRate: "--learning-rate"
    case .network: "--network"
    case .patience: "--patience"
    case .recomputes: "--recompute"
    case .trainingSize: "--train-size"
    case .validationSplit: "--validation-split"
    case .output: "--output"
    case .overwrites: "--overwrite"
    case .shard: "--shard"
    case .split: "--split"
    case .format: "--format"
    case .inputRange: "--input-range"
    case .layout: "--layout"
    }
  }
}

extension ErrorText {
  /// The text with the options of the command line in place of the settings.
  var withFlags: String { text { $0.flag } }
}

/// An error as the tool prints it, with the options of the command line in place of the settings.
func errorText(_ error: any Error) -> String {
  (error as? any ErrorWithText)?.text.withFlags ?? "\(error)"
}
