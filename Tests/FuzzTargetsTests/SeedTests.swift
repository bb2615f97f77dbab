import FuzzTargets
import Testing

@Suite struct SeedTests {
  @Test(arguments: fuzzTargets.map(\.name)) func everySeedIsAccepted(_ name: String) throws {
    let target = try #require(fuzzTargets.first { $0.name == name })
    let seeds = try target.seeds()
    #expect(!seeds.isEmpty && Set(seeds).count == seeds.count)
    for (index, seed) in seeds.enumerated() {
      #expect(seed.count <= target.maximumLength, "seed \(index)")
      #expect(try target.check(seed) == .accepted, "seed \(index)")
    }
  }

  @Test(arguments: fuzzTargets.map(\.name)) func everySeedThatIsCutShortIsTreatedCleanly(_ name: String)
    throws
  {
    let target = try #require(fuzzTargets.first { $0.name == name })
    for seed in try target.seeds().prefix(3) {
      for count in stride(from: 0, to: seed.count, by: max(1, seed.count / 20)) {
        #expect(throws: Never.self) { try target.check(Array(seed.prefix(count))) }
      }
    }
  }

  @Test func namesAreUnique() {
    #expect(Set(fuzzTargets.map(\.name)).count == fuzzTargets.count)
  }
}
