import ArgumentParser
import WhiskerData
import WhiskerCore
import WhiskerTraining

struct PreprocessCommand: DividedCommand {
  static let configuration = CommandConfiguration(
    commandName: "preprocess",
    abstract: "Decode a dataset once, into a tensor cache.",
    usage: "whisker preprocess [<options>] <data> ... --output <cache>",
    discussion: """
      The cache is a safetensors file that other commands accept as DATA.
      Training from it ends in the same model as training from the pictures,
      byte for byte, without decoding. It is memory-mapped and may be larger than
      memory. Its tensors are images, U8 [N, H, W] or [N, H, W, 3], labels,
      I32 [N], and paths, U8, each path terminated by NUL; its metadata holds
      the classes, the preprocessing and the origin. The rows of train, val and
      test follow each other. Unreadable pictures are listed and excluded.

      An up-to-date cache is kept. If pictures or options have changed, the
      reason is printed and the cache is rebuilt.

      --shards divides the cache into several files; --shard builds one of them,
      so that several machines can share the work. Existing shards are kept.
      The folder of the shards, or a quoted pattern, is then DATA.

      With --backbone the cache holds features, F32 [N, F], instead of images, for
      whisker train --backbone with the same model.

      Examples:
        whisker preprocess photos -o photos.safetensors
        whisker train photos.safetensors
        whisker preprocess photos -o shards/photos.safetensors --shard 3/16
        whisker train shards
        whisker preprocess photos --backbone backbone.safetensors -o f.safetensors
      """)

  @Argument(help: "Dataset, as for whisker train; several are joined.", completion: .file())
  var data: [String]

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Cache file, ending in .safetensors.", valueName: "cache"),
    completion: .file(extensions: ["safetensors"]))
  var output: String

  @Option(
    help: ArgumentHelp(
      "Build only one shard: 3/16 is the third of 16. (default: all)", valueName: "k/n"))
  var shard: ShardValue?

  @Option(
    help: ArgumentHelp(
      "Number of shards. (default: 1, or under mpirun one per process)", valueName: "count"))
  var shards: Int?

  @Option(
    help: ArgumentHelp(
      "Keep features instead of pictures: the output of this model's layers before its classifier, as for "
        + "whisker train --backbone. Size and colours are the model's. (default: none)", valueName: "model"),
    completion: .file(extensions: ["safetensors"]))
  var backbone: String?

  @Option(
    help: ArgumentHelp(
      "With --backbone: views of each picture, as for whisker train. (default: 1)", valueName: "count"))
  var featureViews: Int?

  @Flag(help: "Rebuild an up-to-date cache, and replace any other file.")
  var overwrite = false

  @Option(help: ArgumentHelp("Skip unreadable pictures, or fail.", valueName: "policy"))
  var onError = BatchStream.ErrorPolicy.skip

  @OptionGroup(title: "Pictures")
  var pictures: PictureOptions

  @OptionGroup(title: "Classes")
  var naming: NamingOptions

  @OptionGroup(title: "Reading")
  var reading: ReadingOptions

  func validate() throws {
    guard output.hasSuffix(".safetensors") else {
      throw ValidationError("--output must end in .safetensors.")
    }
    guard shard == nil || shards == nil else {
      throw ValidationError("--shard and --shards cannot be combined.")
    }
    try (1...Shard.limit).check(shards, "--shards")
    guard featureViews == nil || backbone != nil else {
      throw ValidationError("--feature-views requires --backbone.")
    }
    try FeatureOrigin.viewRange.check(featureViews, "--feature-views")
  }

  func run() throws {
    let source = try source()
    for line in DataSummary(source).lines { Terminal.print(paragraph: line) }
    Terminal.print(paragraph: "Input     \(source.preprocessing)")
    let builder = try CacheBuilder(
      source, options: naming.options(for: data, reading), readAhead: reading.readAhead, policy: onError)
    Interruption.listen()
    let display = CacheDisplay(builder, overwrites: overwrite)
    // Every process reports on its own shards.
    Terminal.isSilent = false
    for shard in ownShards { try display.build(shard, at: shard.path(of: output)) }
    ProcessGroup.communicator.barrier()
    // A process that builds one shard does not know about the others.
    if shard == nil, ProcessGroup.communicator.isFirst {
      let features = backbone.map { ["--backbone", $0] } ?? []
      Terminal.print(
        paragraph: "Next      "
          + ShellWords(["whisker", "train", shardCount == 1 ? output : pattern] + features).text)
    }
    try Terminal.confirm()
  }

  private func source() throws -> DataSource {
    guard let backbone else {
      return try naming.source(data, pictures.preprocessing(for: data[0]), reading)
    }
    let opened = try Backbone(backbone)
    try pictures.check(against: opened)
    return try opened.open(data[0], views: featureViews ?? 1, options: naming.options(for: data, reading))
  }

  /// False for a single shard, which is already a part of the work.
  var dividesWork: Bool { shard == nil }

  private var shardCount: Int { shards ?? ProcessGroup.communicator.size }

  private var pattern: String { Shard.pattern(of: output, count: shardCount) }

  /// The shards that this process builds: every n-th of n processes.
  private var ownShards: [Shard] {
    if let shard { return [shard.shard] }
    return stride(
      from: 1 + ProcessGroup.communicator.rank, through: shardCount, by: ProcessGroup.communicator.size
    ).map {
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
