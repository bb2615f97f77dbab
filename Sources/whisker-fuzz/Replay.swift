#if !FUZZING
  import FuzzTargets
  import WhiskerTensor

  /// Reads every file once and tells what became of it.
  /// - Throws: `Defect` at the first that is not treated as it should be; `FileError` when a file cannot be opened.
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
