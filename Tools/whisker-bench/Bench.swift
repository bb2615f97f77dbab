import ArgumentParser
import Glibc
import WhiskerNN
import WhiskerCore
import WhiskerTraining

@main
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure whisker: minimum, median and maximum of several runs, as one table.",
    usage: "scripts/bench [<options>] [<mnist>]",
    discussion: """
      MNIST is a folder with its four files (scripts/fetch-mnist gets them).
      Without it the drawn digits in data/ serve, which are too few for
      figures to quote. What needs photos is left out where there are none.

      Benchmarks:
      \(Benchmark.all.map { "  \($0.name.padded(to: 18))\($0.about)" }.joined(separator: "\n"))
      """)

  @Argument(help: "The folder with MNIST's four files.")
  var mnist: String?

  @Option(help: "A folder of JPEG photos, in a folder per class.")
  var photos: String?

  @Option(help: ArgumentHelp("Run only these benchmarks, separated by commas.", valueName: "benchmark,..."))
  var only: String?

  @Option(help: ArgumentHelp("The number of runs of each benchmark.", valueName: "count"))
  var runs = 5

  @Flag(help: "Check only that everything works, on the sample data, in less than a minute.")
  var quick = false

  @Flag(help: "Run the same work with Keras, PyTorch and ONNX Runtime, in a separate Python environment.")
  var peers = false

  @Flag(
    help:
      "Limit everything to AVX2, as on a CPU without AVX-512. ONNX Runtime needs a CPU with cpuid_fault for that, and otherwise uses AVX-512."
  )
  var avx2 = false

  @Option(help: ArgumentHelp("Also write the results as JSON.", valueName: "file"))
  var json: String?

  // Options that scripts/bench passes.
  @Option(help: .private) var whisker: String
  @Option(help: .private) var python: String?
  @Option(help: .private) var scripts: String
  @Option(help: .private) var versions = ""

  func validate() throws {
    guard runs >= 1 else { throw ValidationError("--runs must be at least 1.") }
    // scripts/bench sets the variables, as the kernels are chosen before this program starts.
    guard !avx2 || Machine.kernels == "avx2" else {
      throw ValidationError("--avx2 needs a CPU with AVX2, and scripts/bench.")
    }
    guard !peers || python != nil else { throw ValidationError("--peers needs a --python that has them.") }
    _ = try chosen
  }

  private var chosen: [Benchmark] {
    get throws {
      guard let only else { return Benchmark.all }
      let names = only.split(separator: ",").map(String.init)
      for name in names where !Benchmark.all.contains(where: { $0.name == name }) {
        throw ValidationError("unknown benchmark \(name): see --help for the list.")
      }
      return Benchmark.all.filter { names.contains($0.name) }
    }
  }

  func run() throws {
    var place = BenchContext(
      whisker: whisker, digits: mnist ?? "\(scripts)/../data/digits",
      photos: photos ?? (quick ? "\(scripts)/../data/cats-dogs/train" : nil), python: python,
      peers: "\(scripts)/peers",
      scratch: try scratchFolder(), runs: quick ? 1 : runs, isQuick: quick)
    defer { _ = try? Subprocess(["rm", "-rf", place.scratch]) }
    let machine = "\(processor), \(counted(Machine.cores, "core")), \(Machine.kernels) kernels, \(today)"
    print(machine)
    if !versions.isEmpty { print(versions) }
    place.waitForQuiet()
    place.peak = PeakRate.measure(cores: Machine.cores)
    var rows = [Row("fp32 multiply-adds", "all cores", unit: "GFLOP/s", [place.peak])]
    for benchmark in try chosen {
      complain(benchmark.name)
      let measured = try benchmark.rows(place)
      // Prints results as they come, because the table is only complete after a while.
      for row in measured {
        complain("  " + row.cells(isFirst: true).filter { !$0.isEmpty }.joined(separator: "  "))
      }
      rows += measured
    }
    print("\n" + Table(rows).text, terminator: "")
    guard let json else { return }
    let document = Document(machine: machine, versions: versions, rows: rows)
    try AtomicFile.write(StableJSON.page(document), to: json)
  }

  private struct Document: Encodable {
    let machine: String
    let versions: String
    let rows: [Row]
  }

  private func scratchFolder() throws -> String {
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/whisker-bench.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw FileError(parent, systemError: errno, doing: "cannot hold a scratch folder")
    }
    return String(decoding: template.dropLast().map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
  }

  private var processor: String {
    let lines = (try? Subprocess(["grep", "-m1", "model name", "/proc/cpuinfo"]).lines) ?? []
    return lines.first?.text.split(separator: ":").last.map { String($0.drop { $0 == " " }) } ?? "a processor"
  }

  private var today: String {
    var now = time(nil)
    var date = tm()
    localtime_r(&now, &date)
    var text = [UInt8](repeating: 0, count: 16)
    let count = text.withUnsafeMutableBytes {
      strftime($0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count, "%F", &date)
    }
    return String(decoding: text[..<count], as: UTF8.self)
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
