import Foundation
import Testing

/// How much of the machine a test takes while it runs. Without it Swift Testing starts all tests, and so all their
/// processes, at once.
struct MachineShare: SuiteTrait, TestTrait, TestScoping {
  fileprivate let isWhole: Bool

  var isRecursive: Bool { true }

  func scopeProvider(for test: Test, testCase: Test.Case?) -> Self? {
    // A test that takes the whole machine has this trait twice, its suite's and its own: only its own may wait.
    let own = test.traits.compactMap { $0 as? MachineShare }
    return testCase == nil || isWhole != own.contains(where: \.isWhole) ? nil : self
  }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    await Machine.shared.take(whole: isWhole)
    let start = ContinuousClock.now
    let result: Result<Void, any Error>
    do { result = .success(try await function()) } catch { result = .failure(error) }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    // The time that Swift Testing prints includes the wait for the machine.
    if seconds > 5 { print("== \(test.displayName ?? test.name) took \(Int(seconds)) s") }
    await Machine.shared.giveBack(whole: isWhole)
    try result.get()
  }
}

extension Trait where Self == MachineShare {
  /// One core at a time.
  static var divided: Self { Self(isWhole: false) }
  /// All of it, for what measures time.
  static var alone: Self { Self(isWhole: true) }
}

/// The cores, which are given out in the order in which they are asked for.
private actor Machine {
  static let shared = Machine()

  private let cores = max(2, ProcessInfo.processInfo.activeProcessorCount)
  private var taken = 0
  private var waiting: [(count: Int, go: CheckedContinuation<Void, Never>)] = []

  func take(whole: Bool) async {
    let count = whole ? cores : 1
    if waiting.isEmpty, taken + count <= cores {
      taken += count
      return
    }
    await withCheckedContinuation { waiting.append((count, $0)) }
  }

  func giveBack(whole: Bool) {
    taken -= whole ? cores : 1
    while let next = waiting.first, taken + next.count <= cores {
      taken += next.count
      waiting.removeFirst()
      next.go.resume()
    }
  }
}
