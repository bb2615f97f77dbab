#if FUZZING
  import CLibFuzzer
  import FuzzTargets
  import Glibc

  // libFuzzer calls a C function, which cannot capture the target. It uses a single thread.
  nonisolated(unsafe) private var current: (any FuzzTarget)?

  /// Runs libFuzzer, which does not return.
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
      // libFuzzer detects a finding by the crash.
      fatalError("\(error)")
    }
    return 0
  }
#endif
