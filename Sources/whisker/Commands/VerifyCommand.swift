import ArgumentParser
import WhiskerData
import WhiskerCore

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check a dataset for damage and duplicates.",
    usage: "whisker verify [<options>] <data> ...",
    discussion: """
      Every picture is decoded. The result lists unreadable files with the
      reason, classes and their counts, formats and sizes, and pictures with
      equal contents: within a class, in two classes, or in two splits, and the
      groups of a list that are in two splits. In a tensor cache, every byte is
      checked against its checksums. Nothing is changed.

      The exit status is 1 if there are unreadable or refused files, empty
      classes, copies in two classes or splits, groups in two splits, or a
      damaged cache.

      Examples:
        whisker verify photos
        whisker verify photos --format json > report.json
      """)

  @Argument(help: "Dataset, as for whisker train; several are joined.", completion: .file())
  var data: [String]

  @Option(help: ArgumentHelp("Output format.", valueName: "format"))
  var format = ReportFormat.text

  @OptionGroup(title: "Classes")
  var naming: NamingOptions

  @OptionGroup(title: "Reading")
  var reading: ReadingOptions

  func run() throws {
    // Empty classes are part of the result, not an error of opening.
    var opening = naming
    opening.allowEmptyClasses = true
    let source = try opening.source(data, nil, reading)
    var counter = ProgressCounter("Reading")
    let verifier = Verifier(
      source, readAhead: reading.readAhead, allowsEmptyClasses: naming.allowEmptyClasses)
    let verification = try verifier.run { counter.draw($0, of: $1) }
    counter.erase()
    let report = VerificationReport(source: source, verification: verification)
    switch format {
    case .json: Terminal.print(json: try report.json())
    case .text: for line in report.lines { Terminal.print(paragraph: line) }
    }
    try Terminal.confirm()
    guard verification.isClean else { throw ExitCode(1) }
  }
}
