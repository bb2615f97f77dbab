import Foundation
import Testing
import WhiskerNN
import WhiskerTraining

@Suite struct NetworkMemoryTests {
  // In a process of its own, where nothing but the network takes memory.
  @Test func aNetworkTakesNoMoreThanIsForetold() async {
    await #expect(processExitsWith: .success) {
      let pool = ComputePool(threads: 2)
      // All are kept, so that none takes the memory of the one before.
      var networks: [Network] = []
      // Tiles of 6, of 5 and of 4, and a map that is too small for any.
      for side in [14, 12, 10, 8] {
        let layers: [LayerSpecification] = [
          .convolution(filters: 256, kernel: 1), .relu, .convolution(filters: 256, kernel: 3), .relu,
          .maxPool(size: 2), .flatten, .dense(units: nil),
        ]
        let specification = NetworkSpecification(layers: layers)
        let input = FeatureShape.map(channels: 3, height: side, width: side)
        let memory = try NetworkMemory(
          specification, input: input, classCount: 2, capacity: 16, threads: 2, isTrained: false)
        let before = try heldMemory()
        networks.append(
          try Network(specification, input: input, classCount: 2, capacity: 16, pool: pool))
        let taken = try heldMemory() - before
        // What is small is left out.
        #expect(taken < memory.need + 1 << 20, "\(side): \(taken) bytes, and foretold were \(memory.need)")
        #expect(taken > memory.need / 3, "\(side): \(taken) bytes, and foretold were \(memory.need)")
      }
      withExtendedLifetime(networks) {}
    }
  }
}

/// The bytes of the process's own memory, touched or not.
private func heldMemory() throws -> Int {
  let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
  let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmData:") })
  return try 1024 * #require(line.split(whereSeparator: { " \t".contains($0) }).compactMap { Int($0) }.first)
}
