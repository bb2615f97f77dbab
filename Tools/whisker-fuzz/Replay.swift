#if !FUZZING
  import FuzzTargets
  import WhiskerCore

  /// Runs the target on every file and prints the outcome.
  /// - Throws: `Defect` for the first file that is not handled correctly; `FileError` when a file cannot be opened.
  func run(_ target: any FuzzTarget, _ files: [String]) throws {
    for file in files {
      let outcome = try target.check(FileBytes.read(file, limit: 1 << 30))
      switch outcome {
      case .accepted: print("\(file): accepted")
      case .refused(let reason): print("\(file): refused: \(reason)")
      }
    }
  }
#endif
