import WhiskerCore
import WhiskerNN

extension BestWeights {
  /// The best weights of a resumed run, measured again: a run stores the weights, but not their evaluation.
  /// Nil before the first validation.
  /// - Parameter steps: The steps of the network's current weights, which it has again afterwards.
  /// - Parameter communicator: The processes that measure together: either all of them or none.
  init?(
    of state: TrainingState, _ network: Network, at steps: Int, in folder: RunFolder,
    communicator: any Communicator,
    measure: () throws -> EvaluationResult?
  ) throws {
    guard let best = state.best else { return nil }
    guard best.step != steps else {
      self.init(network, try measure())
      return
    }
    // An incomplete report is no reason to fail.
    let model = try? Model(folder.best)
    let readers = communicator.sum([model == nil ? 0 : 1])[0]
    guard let model, Int(readers) == communicator.size else { return nil }
    try model.load(into: network)
    self.init(network, try measure())
    try Model(folder.last).load(into: network)
  }
}
