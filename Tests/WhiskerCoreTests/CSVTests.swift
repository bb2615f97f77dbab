import Testing
import WhiskerCore

@Suite struct CSVTests {
  @Test func plainFieldsStandAsTheyAre() {
    #expect(CSV.row(["epoch", "loss", ""]) == "epoch,loss,\n")
  }

  @Test func fieldsThatWouldBreakARowAreQuoted() {
    #expect(CSV.row(["a,b", "say \"hi\"", "two\nlines"]) == "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\n")
  }

  @Test(arguments: [
    ["a", "b"], ["", ""], ["a,b", "\"", "\"\"", "x\"y"], ["two\nlines", "and\r\nmore", "\r"], ["ä", "猫"],
    ["\"quoted\"", ",", "\n"],
  ])
  func rowsAreReadBackAsTheyWereWritten(_ row: [String]) {
    #expect(CSV.parse(CSV.row(row) + CSV.row(["next"])) == [row, ["next"]])
  }

  @Test func rowsOfOtherProgramsAreRead() {
    #expect(
      CSV.parse("a,b\r\n\"c\",\"d\"\"e\"\r\nlast,one") == [["a", "b"], ["c", "d\"e"], ["last", "one"]])
    #expect(CSV.parse("") == [])
  }
}
