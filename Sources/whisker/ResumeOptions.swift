import ArgumentParser
import WhiskerTraining

/// What may be said when a run is resumed: all else is as the run was asked for.
enum ResumeOptions {
  /// Of a training.
  static let ofTraining = ofComputing.union([
    "--epochs", "--patience", "--checkpoint-every", "--tensorboard", "--no-tensorboard", "--serve",
  ])
  /// Of a sweep, whose trainings are all to be alike.
  static let ofSweep = ofComputing.union(["--parallel"])

  private static let ofComputing: Set<Substring> = [
    "--resume", "--threads", "--workers", "--prefetch", "--cache", "--cache-memory", "--verbose",
  ]

  /// - Throws: `ValidationError` for an option that cannot change in the midst of a run.
  static func check(_ allowed: Set<Substring>, _ arguments: [String] = Arguments.typed) throws {
    let options = arguments.prefix { $0 != "--" }.filter { $0.hasPrefix("-") && $0.count > 1 }
    let names = options.map { $0.prefix { $0 != "=" } }.filter { !isNumber($0) }
    guard let refused = names.first(where: { !allowed.contains($0) }) else { return }
    throw ValidationError(
      "\(refused) does not go with --resume, which goes on as the run was asked for. "
        + "What may change: \(allowed.subtracting(["--resume"]).sorted().joined(separator: ", ")).")
  }

  /// A negative number, which some option has before it.
  private static func isNumber(_ name: Substring) -> Bool { Double(name) != nil }
}
