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
    func measured() throws -> EvaluationResult? {
      var result = try measure()
      // The file of an earlier version has no temperature that predictions could have.
      if best.temperature == nil { result?.details.calibrated = nil }
      return result
    }
    guard best.step != steps else {
      self.init(network, try measured())
      return
    }
    // An incomplete report is no reason to fail.
    let model = try? Model(folder.best)
    let readers = communicator.sum([model == nil ? 0 : 1])[0]
    guard let model, Int(readers) == communicator.size else { return nil }
    try model.load(into: network)
    self.init(network, try measured())
    try Model(folder.last).load(into: network)
  }
}
