import ArgumentParser
import WhiskerCore
import WhiskerData
import WhiskerReport
import WhiskerTraining

struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Find wrong labels, copies and other pictures to look at.",
    usage: "whisker audit [<options>] <data>",
    discussion: """
      Lists, the most important first:
        - pictures whose label is probably wrong (requires --backbone)
        - copies, and near-copies that were resized, recompressed, mirrored or
          slightly cropped; first those in two classes, then in two splits
        - pictures unlike all others (requires --backbone)
        - blank pictures, and pictures much smaller than the others

      Labels are judged by models that were not trained on the picture: each of
      five heads is trained on the features of the other folds. Nothing is
      changed. With --output, the folder gets audit.csv, audit.json and
      audit.html, which shows the pictures. Mark pictures in the column exclude
      of audit.csv, and pass the file to whisker train --exclude.

      Examples:
        whisker audit photos --backbone backbone.safetensors
        whisker audit photos --backbone backbone.safetensors -o audit
        whisker train photos --exclude audit/audit.csv
      """)

  @Argument(help: "Dataset, as for whisker train.", completion: .file())
  var data: String

  @Option(
    help: ArgumentHelp(
      "Model whose layers before its classifier compute features, as for whisker train. (default: none)",
      valueName: "model"), completion: .file(extensions: ["safetensors"]))
  var backbone: String?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Folder for audit.csv, audit.json and audit.html. (default: none)", valueName: "folder"),
    completion: .directory)
  var output: String?

  @Flag(help: "Replace existing files in the output folder.")
  var overwrite = false

  @Option(help: ArgumentHelp("Output format.", valueName: "format"))
  var format = ReportFormat.text

  @OptionGroup(title: "Classes")
  var naming: NamingOptions

  @OptionGroup(title: "Reading")
  var reading: ReadingOptions

  @OptionGroup(title: "Computing")
  var computing: ComputingOptions

  func validate() throws {
    guard output != "" else { throw ValidationError("--output must name a folder.") }
  }

  func run() throws {
    let files = output.map { AuditFiles(folder: $0, overwrites: overwrite) }
    try files?.check(isOutside: data)
    let opened = try backbone.map { try Backbone($0).checked() }
    let source = try source(opened)
    Interruption.listen()
    var options = Audit.Options()
    options.readAhead = reading.readAhead
    options.threads = computing.pool.threads
    let audit = try audited(source, opened, options)
    FailureList(audit.failures).warn()
    try files?.write(audit)
    switch format {
    case .json: Terminal.print(json: try AuditDocument(audit).json())
    case .text:
      for line in AuditDisplay(audit, files: files).lines { Terminal.print(paragraph: line) }
    }
    try Terminal.confirm()
  }

  private func source(_ backbone: Backbone?) throws -> DataSource {
    guard let backbone else {
      let cached = try DataSource.cachedPreprocessing(at: data)
      guard cached?.features == nil else {
        throw FileError(data, "holds features, and an audit needs the pictures", advice: "Name the pictures")
      }
      return try naming.source([data], cached ?? Preprocessing(height: 64, width: 64), reading)
    }
    return try naming.source([data], backbone.preprocessing, reading)
  }

  private func audited(_ source: DataSource, _ backbone: Backbone?, _ options: Audit.Options) throws -> Audit
  {
    var bar = ReadingBar("Reading")
    let start = ContinuousClock.now
    defer { bar.erase() }
    do {
      return try Audit(source, backbone: backbone, options) { stage, done, total in
        if stage == .reading { bar.draw(done, of: total, since: start) } else { bar.erase() }
        return !Interruption.isWished
      }
    } catch is CancellationError {
      throw ExitCode(Interruption.exitStatus)
    }
  }
}
