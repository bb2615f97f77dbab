/// An option that an error message can name. The libraries print this name; a program that uses them can print its own
/// name for it, such as a command-line flag.
public enum Setting: String, Sendable, CaseIterable {
  /// Whether classes without pictures are accepted.
  case allowsEmptyClasses
  /// Whether pictures that are cut short are accepted.
  case allowsTruncated
  /// The file that renames and drops classes.
  case classChanges
  /// The classes and their order.
  case classNames
  /// The list of the pictures to leave out.
  case excluded
  /// Whether symbolic links in the data are followed.
  case followsLinks
  /// The IDX file with the labels of an IDX file of images.
  case labels
  /// The column of a list that holds the labels.
  case labelColumn
  /// Whether labels are taken from file names.
  case labelsFromNames
  /// The maximum number of pixels of a picture.
  case maximumPixels
  /// The column of a list that holds the paths.
  case pathColumn
  /// Whether listed paths end with zero bytes instead of line feeds.
  case usesNullSeparators

  /// The model whose first layers compute features.
  case backbone
  /// The number of samples per training step.
  case batchSize
  /// Grayscale or RGB.
  case colorMode
  /// Whether dropout rates are adapted during training.
  case dropoutAdaptation
  /// The number of epochs.
  case epochs
  /// The number of folds of a cross-validation.
  case folds
  /// The regular expression that names the group of a sample.
  case groupPattern
  /// The layers after a backbone.
  case head
  /// The size of the network's input in pixels.
  case imageSize
  /// The step size of the optimizer.
  case learningRate
  /// The layers, as a preset or a JSON file.
  case network
  /// The number of epochs without improvement after which training stops.
  case patience
  /// Whether activations are computed again in the backward pass.
  case recomputes
  /// The size of the training samples in pixels.
  case trainingSize
  /// The fraction of the data that is held out for validation.
  case validationSplit

  /// The path of the file or folder to write.
  case output
  /// Whether an existing output is replaced.
  case overwrites
  /// The part of the data that one of several processes writes.
  case shard
  /// The split of the dataset: training, validation or test.
  case split

  /// The file format of an exported model.
  case format
  /// The range of pixel values that imported weights expect.
  case inputRange
  /// The memory layout of imported weights.
  case layout
}
