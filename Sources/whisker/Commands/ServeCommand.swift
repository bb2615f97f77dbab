import ArgumentParser
import WhiskerCore
import WhiskerServing
import WhiskerTraining

struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serve predictions over HTTP.",
    usage: "whisker serve [<options>] <model>",
    discussion: """
      MODEL is a model file, or a run folder, whose best model is used. The server
      listens on 127.0.0.1, for this machine only, unless --host names another
      address. It has no passwords and no encryption: put a reverse proxy in
      front of it where others can reach it.

      POST a picture to / as the body of a request. The answer is the object that
      whisker predict --format json prints, or for multipart/form-data a list of
      one object per part. The query ?top_k=3&threshold=0.8, or threshold=auto,
      overrides the options.
      GET / is a page to drop pictures on, /health reports the state, and /metrics
      has the counters for Prometheus. Errors are {"error": "..."} with a status:
      415 for a body that is not a readable picture, 413 for one over a limit, 503
      with Retry-After when the server is busy.

      SIGTERM stops the server after the requests in flight, with exit status 0;
      Ctrl-C too, with 130. A second signal stops it at once.

      Examples:
        whisker serve runs/train1
        whisker serve runs/train1 --port 9000 --top-k 3
        curl --data-binary @photo.jpg http://127.0.0.1:8000/
        curl -F picture=@a.jpg -F picture=@b.jpg http://127.0.0.1:8000/
      """)

  @Argument(help: "Model file, or run folder.", completion: .file())
  var model: String

  @Option(help: ArgumentHelp("Port; 0 for any free one.", valueName: "number"))
  var port: UInt16 = 8000

  @Option(
    help: ArgumentHelp(
      "IP address to listen on; 0.0.0.0 for all of this machine.", valueName: "address"))
  var host = "127.0.0.1"

  @Option(
    help: ArgumentHelp(
      "Further name by which clients address the server; repeatable. localhost and the address of --host are known. "
        + "(default: none)", valueName: "name"))
  var allowHost: [String] = []

  @Option(
    help: ArgumentHelp(
      "Number of classes per picture, most probable first. (default: all)", valueName: "k"))
  var topK: Int?

  @Option(
    help: ArgumentHelp(
      "Abstain below this probability, from 0 to 1, or auto for that of the model file. (default: 0)",
      valueName: "probability"))
  var threshold: ThresholdValue?

  @Option(
    help: ArgumentHelp(
      "Test-time augmentation: flip averages the probabilities of each picture and its mirror image, which "
        + "takes twice as long. (default: off)", valueName: "kind"))
  var tta: TestTimeAugmentation?

  @OptionGroup(title: "Limits")
  var limits: ServerLimitOptions

  @Flag(help: "Accept truncated and damaged pictures of which at least one row can be decoded.")
  var allowTruncated = false

  @Option(
    help: ArgumentHelp("Number of decoding threads. (default: number of cores)", valueName: "count"))
  var workers: Int?

  @OptionGroup(title: "Computing")
  var computing: ComputingOptions

  func validate() throws {
    guard topK ?? 1 >= 1 else { throw ValidationError("--top-k must be at least 1.") }
    try threshold?.check(with: tta == nil ? nil : "--tta")
    guard IPAddress.isValid(host) else {
      throw ValidationError("--host must be an IP address such as 127.0.0.1 or 0.0.0.0, not \"\(host)\".")
    }
    if let name = allowHost.first(where: { $0.isEmpty || $0.contains(":") || $0.contains("/") }) {
      throw ValidationError("--allow-host must be a name without a port, not \"\(name)\".")
    }
    try (1...TrainingConfiguration.workerRange.upperBound).check(workers, "--workers")
  }

  func run() throws {
    let program = try SiblingProgram.path(
      of: "whisker-serve", purpose: "serves predictions", advice: "Install it next to whisker")
    let settings = ServerSettings(
      model: model, host: host, port: port, allowedHosts: allowHost, limits: limits.limits,
      prediction: .init(
        workers: workers ?? ProcessGroup.cores, threads: computing.threads ?? ProcessGroup.cores, topK: topK,
        threshold: try threshold?.probability(for: Model(model)) ?? 0, allowsTruncated: allowTruncated,
        augmentation: tta?.rawValue))
    try SiblingProgram.replaceProcess(with: program, [try StableJSON.line(settings)])
  }
}
