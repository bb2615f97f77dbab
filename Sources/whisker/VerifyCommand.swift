import ArgumentParser
import WhiskerData
import WhiskerTensor

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Read a data set as training would, and tell what is wrong with it.",
    usage: "whisker verify [<options>] <data>",
    discussion: """
      Every picture is decoded. Told are the files that cannot be read and why,
      classes and counts, formats and sizes, and pictures with the same
      contents: within a class, in two classes, in two parts. Of a tensor cache
      every byte is compared with its checksums. Nothing is changed.

      The exit status is 1 when something should be mended: files that cannot
      be read or are not opened, empty classes, copies in two classes or in
      two parts, and a damaged cache.

      Examples:
        whisker verify photos
        whisker verify photos --format json > report.json
      """)

  @Argument(help: "The data set, as whisker train takes it.", completion: .file())
  var data: String

  @Option(help: ArgumentHelp("How the result is printed.", valueName: "format"))
  var format = ReportFormat.text

  @OptionGroup(title: "Classes")
  var naming: NamingOptions

  @OptionGroup(title: "Reading")
  var reading: ReadingOptions

  func run() throws {
    // Empty classes do not keep the data set from being opened: they are among what is to be told.
    var opening = naming
    opening.allowEmptyClasses = true
    let source = try opening.source(data, nil, reading)
    var counter = ProgressCounter("Reading")
    let verifier = Verifier(source, lanes: reading.lanes, allowsEmptyClasses: naming.allowEmptyClasses)
    let verification = try verifier.run { counter.draw($0, of: $1) }
    counter.erase()
    let report = VerificationReport(source: source, verification: verification)
    switch format {
    case .json: Terminal.print(json: try report.json())
    case .text: for line in report.lines { Terminal.tell(line) }
    }
    try Terminal.confirm()
    guard verification.isClean else { throw ExitCode(1) }
  }
}
