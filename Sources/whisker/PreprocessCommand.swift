import ArgumentParser
import WhiskerData
import WhiskerTensor
import WhiskerTraining

struct PreprocessCommand: DividedCommand {
  static let configuration = CommandConfiguration(
    commandName: "preprocess",
    abstract: "Decode a data set once, into a tensor cache.",
    usage: "whisker preprocess [<options>] <data> --output <cache>",
    discussion: """
      The cache is a safetensors file that every other command takes as DATA:
      training from it is the same as training from the pictures, byte for
      byte, without decoding. It is mapped into memory, so its size does not
      matter. It holds images, U8 [N, H, W] or [N, H, W, 3], labels, I32 [N],
      paths, U8, each followed by a NUL, and in its metadata the classes, the
      preprocessing, and what it was made from. The rows of train, val and test
      follow each other. Pictures that cannot be read are listed, and left out.

      A cache that is there and fresh is left alone; one whose pictures or
      options have changed is made again, and the reason told.

      With --shards, or --shard for one at a time, the cache is divided into
      files that any number of machines can make side by side; what is there
      already is not made again. The folder of the shards, or a quoted pattern,
      is then DATA.

      Examples:
        whisker preprocess photos -o photos.safetensors
        whisker train photos.safetensors
        whisker preprocess photos -o shards/photos.safetensors --shard 3/16
        whisker train shards
      """)

  @Argument(help: "The data set, as whisker train takes it.", completion: .file())
  var data: String

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The cache, a .safetensors file.", valueName: "cache"),
    completion: .file(extensions: ["safetensors"]))
  var output: String

  @Option(
    help: ArgumentHelp(
      "Make one of several shards: 3/16 is the third of sixteen. (default: all)", valueName: "k/n"))
  var shard: ShardValue?

  @Option(
    help: ArgumentHelp(
      "Make this many shards, one after the other. (default: one file, or under mpirun one for each process)",
      valueName: "count"))
  var shards: Int?

  @Flag(help: "Make the cache again even if it is fresh, or replace what else is there.")
  var overwrite = false

  @Option(help: ArgumentHelp("What to do about a picture that cannot be read.", valueName: "policy"))
  var onError = BatchStream.ErrorPolicy.skip

  @OptionGroup(title: "Pictures")
  var pictures: PictureOptions

  @OptionGroup(title: "Classes")
  var naming: NamingOptions

  @OptionGroup(title: "Reading")
  var reading: ReadingOptions

  func validate() throws {
    guard output.hasSuffix(".safetensors") else {
      throw ValidationError("--output names the cache, a file that ends in .safetensors.")
    }
    guard shard == nil || shards == nil else {
      throw ValidationError("--shard and --shards exclude each other.")
    }
    try (1...Shard.limit).check(shards, "--shards")
  }

  func run() throws {
    let source = try naming.source(data, pictures.preprocessing(for: data), reading)
    for line in DataSummary(source).lines { Terminal.tell(line) }
    Terminal.tell("Input     \(source.preprocessing)")
    let preprocessor = Preprocessor(
      source, options: naming.options(reading), lanes: reading.lanes, policy: onError)
    Interruption.listen()
    let maker = CacheMaker(preprocessor, overwrites: overwrite)
    // What becomes of a shard is told by whoever makes it.
    Terminal.isSilent = false
    for shard in ownShards { try maker.make(shard, at: shard.path(of: output)) }
    Ranks.job.meet()
    // Whether the other shards are there, only the one who makes them knows.
    if shard == nil, Ranks.job.isFirst {
      Terminal.tell("Next      " + ShellWords(["whisker", "train", shardCount == 1 ? output : pattern]).text)
    }
    try Terminal.confirm()
  }

  /// Whoever names one shard has divided the work already.
  var dividesWork: Bool { shard == nil }

  private var shardCount: Int { shards ?? Ranks.job.size }

  private var pattern: String { Shard.pattern(of: output, count: shardCount) }

  /// The shards that this process makes: all, or every so many where others make the rest.
  private var ownShards: [Shard] {
    if let shard { return [shard.shard] }
    return stride(from: 1 + Ranks.job.rank, through: shardCount, by: Ranks.job.size).map {
      Shard(index: $0, count: shardCount)
    }
  }
}

/// `3/16`: the third of sixteen.
struct ShardValue: ExpressibleByArgument {
  let shard: Shard

  init?(argument: String) {
    let numbers = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let index = numbers[0], let count = numbers[1],
      (1...Shard.limit).contains(count),
      (1...count).contains(index)
    else { return nil }
    shard = Shard(index: index, count: count)
  }
}
