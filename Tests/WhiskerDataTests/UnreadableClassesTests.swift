import Testing
import WhiskerData
import WhiskerCore

@Suite struct UnreadableClassesTests {
  private func classes(_ dataset: FakeDataset) throws -> [String] {
    try SampleSet(dataset).unreadableClasses(.init(workers: 2)).map(\.className)
  }

  @Test func aClassWithOneReadableSampleIsNoneOfThem() throws {
    let even = (0..<40).filter { $0.isMultiple(of: 2) }
    #expect(try classes(FakeDataset(count: 40, broken: even)) == ["even"])
    for readable in [0, 2, 6, 14, 38] {
      #expect(try classes(FakeDataset(count: 40, broken: even.filter { $0 != readable })).isEmpty)
    }
    #expect(try classes(FakeDataset(count: 40, broken: 0..<40)) == ["even", "odd"])
  }

  @Test func whereTheFirstSamplesAreGoodNoOtherIsRead() throws {
    let dataset = FakeDataset(count: 1000)
    #expect(try classes(dataset).isEmpty)
    #expect(Set(dataset.readIndices) == [0, 1])
  }

  @Test func aFaultOfTheMachineIsNoFaultOfAClass() {
    #expect(throws: ResourceError.self) { try classes(FakeDataset(count: 4, exhaustedFrom: 1)) }
  }
}
