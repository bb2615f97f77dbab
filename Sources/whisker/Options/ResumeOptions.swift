import ArgumentParser

/// The options that can be combined with `--resume`. All others are part of the run.
protocol ResumeOptions: ParsableArguments {}

extension ResumeOptions {
  /// - Throws: `ValidationError` for an option that cannot change when a run is resumed.
  static func check(_ words: [String] = Arguments.parsed()) throws {
    do {
      _ = try parse(Array(words.dropFirst()))
    } catch {
      // The command has parsed the same words: whatever else is wrong, it has found.
      guard let refused = UsageError.unknownOption(in: message(for: error)) else { return }
      let allowed = UsageError.options(in: helpMessage()).filter { !["--resume", "--help"].contains($0) }
      throw ValidationError(
        "\(refused) cannot be combined with --resume: it is part of the run. "
          + "Options that may change: \(allowed.sorted().joined(separator: ", ")).")
    }
  }
}

/// Threads, memory and output, which do not change what is computed.
struct ResumedExecution: ParsableArguments {
  @Argument var data: [String] = []
  @Option var resume: String?
  @Option var threads: String?
  @Option var workers: String?
  @Option var prefetch: String?
  @Option var backbone: String?
  @Option var cache: String?
  @Option var cacheMemory: String?
  @Flag var recompute = false
  @Option var verbose: String?
}

/// What may change when `whisker train` resumes.
struct ResumedTraining: ResumeOptions {
  @OptionGroup var execution: ResumedExecution
  @Option var epochs: String?
  @Option var patience: String?
  @Option var checkpointEvery: String?
  @Flag(inversion: .prefixedNo) var tensorboard: Bool?
  @Option(defaultAsFlag: "") var serve: String?
}

/// What may change when `whisker sweep` resumes.
struct ResumedSweep: ResumeOptions {
  @OptionGroup var execution: ResumedExecution
  @Option var parallel: String?
}
