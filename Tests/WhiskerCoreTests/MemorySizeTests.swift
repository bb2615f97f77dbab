import Testing
import WhiskerCore

@Suite struct MemorySizeTests {
  private let gigabyte = 1 << 30
  private let megabyte = 1 << 20

  @Test func aShortageIsGivenInFiguresThatDiffer() {
    #expect(
      MemorySize.shortage(need: gigabyte * 12 / 10, available: gigabyte)
        == "needs 1.2 GB of memory, 1.0 GB available")
    // Both would be rounded to 1.0 GB.
    #expect(
      MemorySize.shortage(need: gigabyte + megabyte, available: gigabyte - megabyte)
        == "needs 1,025 MB of memory, 1,023 MB available")
    #expect(
      MemorySize.shortage(need: 30 * megabyte + 1, available: 20 * megabyte + 1)
        == "needs 31 MB of memory, 20 MB available")
    #expect(MemorySize.shortage(need: 1, available: -5) == "needs 1 MB of memory, 0 MB available")
  }
}
