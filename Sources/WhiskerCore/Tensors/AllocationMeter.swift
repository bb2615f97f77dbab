/// Counts the bytes of buffers instead of allocating them.
package final class AllocationMeter: @unchecked Sendable {
  /// The bytes so far.
  private(set) var byteCount = 0

  /// The meter of the current thread; nil where buffers are allocated.
  @TaskLocal static var current: AllocationMeter?

  /// The bytes of the buffers that `body` creates. The buffers have no memory: `body` must not access their elements.
  package static func byteCount(of body: () throws -> Void) rethrows -> Int {
    let meter = AllocationMeter()
    try $current.withValue(meter) { try body() }
    return meter.byteCount
  }

  func add(_ size: Int) { byteCount = min(byteCount + min(size, Self.limit), Self.limit) }

  /// No machine has more, and a few of it can be added.
  private static let limit = 1 << 56
}
