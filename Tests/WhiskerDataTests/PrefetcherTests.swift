import Dispatch
import Foundation
import Testing
import WhiskerData
import WhiskerCore

@Suite struct PrefetcherTests {
  private struct Broken: Error, Equatable {
    let position: Int
  }

  /// Reads to the end.
  private func all(_ prefetcher: Prefetcher<Int>) throws -> [Int] {
    var elements: [Int] = []
    while let element = try prefetcher.next() { elements.append(element) }
    return elements
  }

  /// Takes up to 200 microseconds, the early positions longer than the late ones.
  private static func dawdle(_ position: Int) { usleep(UInt32(200 - position * 37 % 200)) }

  @Test(arguments: [0, 1, 2, 5], [1, 2, 3, 16])
  func elementsComeInOrderWhateverWorkersAndDepth(_ workers: Int, depth: Int) throws {
    for count in [0, 1, 2, 100] {
      let prefetcher = Prefetcher(count: count, workers: workers, depth: depth) { position in
        Self.dawdle(position)
        return position * position
      }
      #expect(try all(prefetcher) == (0..<count).map { $0 * $0 })
      #expect(try prefetcher.next() == nil)
    }
  }

  @Test(arguments: [0, 1, 2, 5], [1, 3, 16])
  func anErrorArrivesInItsPlaceAndEndsTheStreamInsteadOfHanging(_ workers: Int, depth: Int) {
    let result = Lock([Result<Int?, any Error>]())
    let isDone = finishes(within: 10) {
      // The later ones fail as well, and sooner.
      let prefetcher = Prefetcher(count: 50, workers: workers, depth: depth) { position -> Int in
        if position == 7 { usleep(5000) }
        if position >= 7 { throw Broken(position: position) }
        return position
      }
      for _ in 0..<12 {
        let next = Result { try prefetcher.next() }
        result.withLock { $0.append(next) }
      }
    }
    #expect(isDone)
    let results = result.withLock { $0 }
    #expect(results.prefix(7).map { try? $0.get() } == Array(0..<7))
    #expect(throws: Broken(position: 7)) { try results[7].get() }
    #expect(results.dropFirst(8).allSatisfy { (try? $0.get()) == .some(nil) })
  }

  @Test(arguments: [1, 2, 5], [1, 2, 7])
  func neverMoreThanTheDepthIsProducedAhead(_ workers: Int, depth: Int) throws {
    let started = Lock(0)
    let prefetcher = Prefetcher(count: 100, workers: workers, depth: depth) { position in
      started.withLock { $0 += 1 }
      return position
    }
    for taken in 0..<20 {
      // What may be started is started soon; then there is time for a mistake.
      try #require(holds(within: 10) { started.withLock { $0 } == taken + depth })
      usleep(500)
      try #require(started.withLock { $0 } == taken + depth)
      #expect(try prefetcher.next() == taken)
    }
  }

  @Test func withoutWorkersAnElementIsProducedWhenItIsAskedFor() throws {
    let started = Lock([Int]())
    let prefetcher = Prefetcher(count: 3, workers: 0, depth: 4) { position in
      started.withLock { $0.append(position) }
      return position
    }
    #expect(started.withLock { $0 } == [])
    #expect(try prefetcher.next() == 0)
    #expect(started.withLock { $0 } == [0])
  }

  @Test(arguments: [0, 1, 3]) func workersThatHadNothingToDoTakeWorkThatComesLater(_ workers: Int) throws {
    let queue = OrderedTaskQueue<Int>(workers: workers)
    for number in 0..<200 {
      #expect(try queue.next() == nil)
      queue.add { number }
      #expect(try queue.next() == number)
    }
  }

  @Test(arguments: [0, 2]) func afterACancelNothingIsPending(_ workers: Int) throws {
    let queue = OrderedTaskQueue<Int>(workers: workers)
    for number in 0..<5 { queue.add { number } }
    queue.cancel()
    queue.add { 5 }
    #expect(queue.pending == 0)
    #expect(try queue.next() == nil)
  }

  // In a process of its own, whose address space has no room for the stack of a thread.
  @Test func whereNoThreadCanBeHadTheReadersThreadDoesTheWork() async {
    await #expect(processExitsWith: .success) {
      leaveAddressSpace(4 << 20)
      #expect(WorkerThread.start {} != 0)
      let prefetcher = Prefetcher(count: 20, workers: 4, depth: 8) { $0 * $0 }
      var elements: [Int] = []
      while let element = try prefetcher.next() { elements.append(element) }
      #expect(elements == (0..<20).map { $0 * $0 })
      let queue = OrderedTaskQueue<Int>(workers: 4)
      for number in 0..<20 { queue.add { number } }
      for number in 0..<20 { #expect(try queue.next() == number) }
      #expect(try queue.next() == nil)
    }
  }

  @Test func workersWorkAtTheSameTime() throws {
    // Four elements meet: none is done before all are started.
    let started = Lock(0)
    let prefetcher = Prefetcher(count: 4, workers: 4, depth: 4) { position in
      started.withLock { $0 += 1 }
      return holds(within: 10) { started.withLock { $0 } == 4 }
    }
    for _ in 0..<4 { #expect(try prefetcher.next() == true) }
  }

  @Test func aReaderThatWaitsIsWokenWhenTheStreamIsCancelled() {
    let gate = DispatchSemaphore(value: 0)
    let prefetcher = Prefetcher(count: 3, workers: 2, depth: 2) { position in
      gate.wait()
      return position
    }
    let isDone = finishes(within: 10) {
      Thread.detachNewThread {
        usleep(20_000)
        prefetcher.cancel()
      }
      let element = Result { try prefetcher.next() }
      #expect((try? element.get()) == .some(nil))
    }
    #expect(isDone)
    for _ in 0..<3 { gate.signal() }
  }

  @Test(arguments: [0, 1, 3]) func aCancelledStreamEndsAndProducesNoMore(_ workers: Int) throws {
    let started = Lock(0)
    let prefetcher = Prefetcher(count: 1000, workers: workers, depth: 4) { position in
      started.withLock { $0 += 1 }
      return position
    }
    #expect(try prefetcher.next() == 0)
    prefetcher.cancel()
    prefetcher.cancel()
    #expect(try prefetcher.next() == nil)
    usleep(5000)
    let count = started.withLock { $0 }
    usleep(5000)
    #expect(count <= 5 && started.withLock { $0 } == count)
  }

  /// Counts those of its kind that are alive.
  private final class Token: Sendable {
    let alive: Lock<Int>

    init(_ alive: Lock<Int>) {
      self.alive = alive
      alive.withLock { $0 += 1 }
    }

    deinit { alive.withLock { $0 -= 1 } }
  }

  // In a process of its own, where nothing but this makes threads.
  @Test func aThousandEarlyExitsFreeEveryWorkerAndLeaveNoThreadBehind() async {
    await #expect(processExitsWith: .success) {
      let alive = Lock(0)
      let before = threadCount()
      for round in 0..<1000 {
        let token = Token(alive)
        let prefetcher = Prefetcher(count: 1000, workers: 4, depth: 8) { position in
          withExtendedLifetime(token) { Self.dawdle(position) }
          return position
        }
        for _ in 0..<round % 3 { _ = try prefetcher.next() }
      }
      #expect(holds(within: 10) { alive.withLock { $0 } == 0 })
      // 4,000 workers were used. Dispatch keeps some threads for a while.
      #expect(
        holds(within: 10) { threadCount() <= before + 4 }, "\(before) threads before, \(threadCount()) after")
    }
  }

  @Test func elementsThatAreNeverReadAreFreed() {
    let alive = Lock(0)
    do {
      let prefetcher = Prefetcher(count: 10, workers: 2, depth: 5) { _ in Token(alive) }
      #expect(holds(within: 10) { alive.withLock { $0 } == 5 })
      _ = prefetcher
    }
    #expect(holds(within: 10) { alive.withLock { $0 } == 0 })
  }

  /// Runs `body` on a thread of its own. Returns whether it came to its end in time.
  private func finishes(within seconds: Double, _ body: @escaping @Sendable () -> Void) -> Bool {
    let done = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      body()
      done.signal()
    }
    return done.wait(timeout: .now() + seconds) == .success
  }
}
