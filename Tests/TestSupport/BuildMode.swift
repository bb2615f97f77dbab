/// Whether the code is compiled as users run it. What takes minutes in a debug build, or measures time, is skipped there.
public let isOptimized: Bool = {
  #if DEBUG
    false
  #else
    true
  #endif
}()

/// Why a test is skipped in a debug build.
public let needsOptimization: String =
  "takes too long, or measures time, in a debug build: swift test -c release"
