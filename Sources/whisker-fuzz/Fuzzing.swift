#if FUZZING
  import CLibFuzzer
  import FuzzTargets
  import Glibc

  // libFuzzer calls a plain function, which can carry nothing with it; it does so on one thread.
  nonisolated(unsafe) private var current: (any FuzzTarget)?

  /// Hands the process to libFuzzer, which ends it.
  func run(_ target: any FuzzTarget, _ options: [String]) throws -> Never {
    current = target
    let all = [CommandLine.arguments[0], "-max_len=\(target.maximumLength)"] + options
    var argc = CInt(all.count)
    let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: all.count + 1)
    for (index, option) in all.enumerated() { pointers[index] = strdup(option) }
    pointers[all.count] = nil
    var argv: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = pointers
    exit(LLVMFuzzerRunDriver(&argc, &argv, check))
  }

  private func check(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    do {
      _ = try current?.check(input)
    } catch {
      // An abnormal end is how libFuzzer is told of a finding.
      fatalError("\(error)")
    }
    return 0
  }
#endif
