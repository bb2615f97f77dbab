import WhiskerData
import WhiskerNN
import WhiskerTensor

/// Many trainings on one data set that differ in their dropout, their learning rate or their seed.
///
/// They run side by side, a thread each, rather than one after the other on all threads. On two cores (Xeon, AVX-512) forty
/// trainings of five epochs on 10,000 digits take 73 s of processor time in that way and 80 s in the other: nobody waits for
/// the slower thread at the end of every layer, and while one training writes its files, others compute. Several processes
/// divide the trainings, each of which is one process's alone. Results are the same whatever is chosen.
public final class Sweep {
  /// Where everything is kept.
  public let folder: SweepFolder
  /// What is trained on.
  public let data: SweepData
  /// What was typed to start or resume the sweep.
  public var command: [String] = []
  /// The memory that the trainings of this process may take, in bytes.
  public var memory = MemoryBudget.available
  /// What has come of it so far; the first process alone knows.
  public private(set) var record: SweepRecord
  /// Whether all processes are back from their trainings. They may not be in a sweep that was stopped: then they are to be
  /// ended, as nobody answers them any more.
  public private(set) var isEverybodyBack = true
  /// Where the files are for now: in the folder's draft until an older run is replaced.
  private(set) var place: SweepFolder
  private let job: any Communicator
  private let isResumed: Bool
  private var promoted: SweepTraining?
  private var written: ContinuousClock.Instant?

  /// How often tables and page are made anew.
  private static let interval = Duration.seconds(1)

  /// A new sweep in a folder of its own.
  /// - Parameter job: The processes that divide the trainings. All open the same data and see the same folder; the first one
  ///   has taken it.
  public init(
    _ configuration: SweepConfiguration, _ data: SweepData, in folder: SweepFolder,
    job: any Communicator = SingleProcess()
  ) {
    (self.data, self.folder, self.job) = (data, folder, job)
    place = SweepFolder(folder.run.draft ?? folder.run)
    record = SweepRecord(configuration, data.origin)
    isResumed = false
  }

  /// Goes on with a sweep.
  /// - Parameter configuration: What it was asked for, save for how it is computed.
  /// - Parameter job: As for a new one; it may be another than before.
  /// - Throws: `FileError` when the data is not what it was.
  public init(
    resuming record: SweepRecord, _ configuration: SweepConfiguration, _ data: SweepData,
    in folder: SweepFolder, job: any Communicator = SingleProcess()
  ) throws {
    (self.data, self.folder, self.job, self.record) = (data, folder, job, record)
    place = folder
    // The runs that were kept know how far they are; what is wanted of them may be more than before.
    if configuration.base.epochs != record.configuration.base.epochs
      || configuration.base.patience != record.configuration.base.patience
    {
      self.record.trainings = []
    }
    self.record.configuration = configuration
    isResumed = true
    if let difference = try Self.difference(of: data, from: record, in: folder) {
      throw FileError(
        data.source.path, "is not what \(folder.path) was trained on: \(difference)",
        advice: "Put the data back as it was, or start a new sweep")
    }
    self.record.origin = data.origin
  }

  /// How the data differs from what the sweep was made on, in words; nil where its contents do not.
  private static func difference(
    of data: SweepData, from record: SweepRecord, in folder: SweepFolder
  ) throws -> String? {
    guard let difference = record.origin.difference(from: data.origin) else { return nil }
    guard data.source.kind != .cache, let files = try? FileList(folder.run.fileList) else {
      return difference
    }
    return try files.difference(of: data.source, lanes: record.configuration.base.lanes)
  }

  /// What was asked for.
  public var configuration: SweepConfiguration { record.configuration }
  /// How far it has come.
  public var progress: SweepProgress { SweepProgress(record) }

  /// The first training, to tell what they are like.
  /// - Throws: What does not fit, of all of them.
  public func firstSession() throws -> TrainingSession {
    let seed = configuration.seeds[0]
    let first = try configuration.configuration(of: configuration.settings[0], seed: seed)
    return try TrainingSession(first, source: data.source, split: data.split(of: seed), resuming: nil)
  }

  /// Trains what is still to be trained, telling `observe` what happens.
  /// - Parameters:
  ///   - lanes: How many trainings run at once in each process, at most; the threads are divided among them.
  ///   - shouldStop: Asked after every batch, by all of them. What was under way goes on from its last epoch when the sweep is
  ///     resumed.
  ///   - observe: Told what happens, in the first process.
  /// - Returns: Whether it came to its end.
  /// - Throws: `FileError` when files fail; `TrainingError` when other processes do, or do not fit together; what `observe`
  ///   throws.
  public func run(
    lanes: Int, shouldStop: @escaping @Sendable () -> Bool, _ observe: (SweepEvent) throws -> Void
  ) throws -> Bool {
    try begin()
    let worker = SweepWorker(configuration: configuration, folder: place, data: data, command: command)
    let team = SweepTeam(
      job: job, worker: worker, lanes: min(lanes, trainingsInMemory), shouldStop: shouldStop)
    guard job.isFirst else { return try team.follow() }
    let isDone = try train(with: team, observe)
    if isEverybodyBack { try team.dismiss(isDone: isDone) }
    // No training has kept a checkpoint.
    if isDraft { folder.run.discardDraft() }
    return isDone
  }

  private var isDraft: Bool { place.path != folder.path }

  /// Whether the folder holds this sweep, and no longer the one that it replaces.
  public var isInPlace: Bool { !isDraft }

  /// Trains until there is a checkpoint, and lets the sweep take the place of an older run. The trainings pause meanwhile, as
  /// their folders move.
  private func replaceOlder(
    _ team: inout SweepTeam, _ observe: ([SweepEvent]) throws -> Void
  ) throws {
    let jobs = record.jobs(Array(configuration.settings.indices), HalvingPlan(configuration).rungs[0])
    var hasCheckpoint = false
    isEverybodyBack = try team.lead(jobs, pausingAfter: \.isCheckpoint) { events in
      hasCheckpoint = hasCheckpoint || events.contains(where: \.isCheckpoint)
      try observe(events)
    }
    guard isEverybodyBack, hasCheckpoint else { return }
    try folder.run.replace()
    place = folder
    team.worker.folder = folder
  }

  private func train(with team: SweepTeam, _ observe: (SweepEvent) throws -> Void) throws -> Bool {
    var team = team
    func tell(_ events: [SweepEvent]) throws {
      try note(events.compactMap(\.training))
      for event in events { try observe(event) }
    }
    if isDraft { try replaceOlder(&team, tell) }
    guard isEverybodyBack else { return false }
    var alive = Array(configuration.settings.indices)
    for rung in HalvingPlan(configuration).rungs {
      isEverybodyBack = try team.lead(record.jobs(alive, rung), tell)
      guard record.jobs(alive, rung).isEmpty else {
        try writePages(progress: progress.share)
        return false
      }
      let survivors = record.survivors(of: alive, rung)
      if survivors != alive { try observe(.halved(survivors: survivors, epochs: rung.epochs)) }
      alive = survivors
    }
    try finish()
    return true
  }

  private func begin() throws {
    try MemberReport(data.origin).compare(over: job)
    place = SweepFolder(RunFolder(path: try job.broadcast(place.path)))
    if job.isFirst {
      if !isResumed { place.clear(configuration) }
      if !command.isEmpty { record.commands.append(command) }
      let list = place.run.fileList
      try FileList.write(data.source, to: list, known: list, lanes: configuration.base.lanes)
      try writeResults()
    }
    try place.check(over: job)
  }

  /// Keeps what came of trainings: first their models, where these are the best of their settings, then the record, and only
  /// then the trainings' own folders go.
  private func note(_ trainings: [SweepTraining]) throws {
    guard !trainings.isEmpty else { return }
    for training in trainings {
      record.note(training)
      guard training.failure == nil, record.bestTraining(of: training.setting) == training else { continue }
      try SweepFolder.copy(runFolder(of: training).best, to: place.model(ofSetting: training.setting))
    }
    try promote()
    try writeResults()
    guard !configuration.keepsRuns else { return }
    for training in trainings where training.hasEnded { runFolder(of: training).discard() }
  }

  func runFolder(of training: SweepTraining) -> RunFolder {
    RunFolder(
      path: place.training(training.setting, seed: training.seed, keepsRuns: configuration.keepsRuns))
  }

  /// Makes the best model of the best setting the sweep's own.
  private func promote() throws {
    guard let best = record.summary.best, let training = record.bestTraining(of: best), training != promoted,
      place.holdsModel(ofSetting: best), let split = data.split(of: training.seed)
    else { return }
    try SweepFolder.copy(place.model(ofSetting: best), to: place.run.best)
    try SplitFile.write(training: split.training, validation: split.validation, to: place.run.split)
    promoted = training
  }

  private func writeResults() throws {
    try AtomicFile.write(try StableJSON.page(SweepDocument(record)), to: place.results)
    guard written.map({ ContinuousClock.now - $0 >= Self.interval }) ?? true else { return }
    try writePages(progress: progress.share)
    written = .now
  }

  /// Writes what is made of the results.
  private func writePages(progress: Double?) throws {
    let tables = SweepTables(configuration: configuration, summary: record.summary)
    try AtomicFile.write(tables.trainings, to: place.trainings)
    try AtomicFile.write(tables.settings, to: place.settings)
    let report = SweepReport(
      record: record, path: folder.path, skipped: data.skippedClasses, progress: progress)
    try AtomicFile.write(report.page.text, to: place.run.report)
  }

  private func finish() throws {
    try promote()
    if configuration.ensembles { record.ensemble = try writtenEnsemble() }
    try writeResults()
    try writePages(progress: nil)
    place.run.remove(configuration.settings.indices.map(place.model))
    if !configuration.keepsRuns { place.removeTrainings(configuration) }
  }

  /// How many trainings there is room for at once.
  private var trainingsInMemory: Int {
    let base = configuration.base
    let network = try? NetworkMemory(
      base.network, input: base.preprocessing.inputShape, classCount: data.source.classNames.count,
      capacity: base.batchSize, threads: 1, isTrained: true)
    return max(1, network.map { memory / max(1, $0.need) } ?? 1)
  }
}
