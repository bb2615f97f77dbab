import Foundation
import Testing
import WhiskerCore

@Suite struct NumberFormatTests {
  @Test func numbersHaveTheDecimalsThatWereAskedFor() {
    #expect(fixed(0.98736, 4) == "0.9874")
    #expect(fixed(2, 2) == "2.00")
    #expect(fixed(-1.5, 0) == "-2")
    #expect(fixed(1e15, 1) == "1000000000000000.0")
    #expect(fixed(0.1, 20) == "0.10000000000000000555")
  }

  @Test func theLargestNumberFits() {
    #expect(fixed(.greatestFiniteMagnitude, 6).count == 309 + 7)
    #expect(fixed(-.greatestFiniteMagnitude, 100).count == 310 + 101)
  }

  @Test func whatIsNotFiniteHasAName() {
    #expect(fixed(.nan, 3) == "nan")
    #expect(fixed(.infinity, 3) == "inf")
    #expect(fixed(-.infinity, 3) == "-inf")
  }

  @Test func aListNamesTheFirstAndCountsTheOthers() {
    let names = ["a", "b", "c"]
    #expect(listed(names, upTo: 3, "class", "classes") == "a, b, c")
    #expect(listed(names, upTo: 2, "class", "classes") == "a, b and 1 class")
    #expect(listed(names, upTo: 1, "class", "classes") == "a and 2 classes")
    #expect(listed([], upTo: 1, "class", "classes") == "")
  }
}
