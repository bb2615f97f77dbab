import WhiskerNN
import WhiskerTensor

/// What the best weights of a training did, and how they look.
struct BestWeights {
  /// Their validation; nil where nothing was validated.
  let measurement: Measurement?
  /// What they look for in a picture; nil where that is nothing to look at.
  let filters: FirstFilters?

  /// Notes the weights of `network` as they are.
  init(_ network: Network, _ measurement: Measurement?) {
    self.measurement = measurement
    filters = FirstFilters(network)
  }

  /// The best weights of a run that is resumed, measured once more: a run keeps the weights, and not all that is told of
  /// them. Nil where there are none yet.
  /// - Parameter steps: The steps behind the weights that `network` has, and has again afterwards.
  /// - Parameter job: The processes that measure together, and therefore either all do or none.
  init?(
    of state: TrainingState, _ network: Network, at steps: Int, in folder: RunFolder, job: any Communicator,
    measure: () throws -> Measurement?
  ) throws {
    guard let best = state.best else { return nil }
    guard best.step != steps else {
      self.init(network, try measure())
      return
    }
    // What a page shows is worth no failure.
    let model = try? Model(folder.best)
    let readers = job.sum([model == nil ? 0 : 1])[0]
    guard let model, Int(readers) == job.size else { return nil }
    try model.load(into: network)
    self.init(network, try measure())
    try Model(folder.last).load(into: network)
  }
}
