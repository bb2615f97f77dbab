import WhiskerData
import WhiskerNN
import WhiskerCore

/// Many trainings on one dataset that differ in their dropout, their learning rate or their seed.
///
/// They run concurrently, a thread each, rather than one after the other on all threads. On two cores (Xeon, AVX-512) forty
/// trainings of five epochs on 10,000 digits need 73 s of processor time in that way and 80 s in the other: no thread waits for
/// the slower thread at the end of every layer, and while one training writes its files, others compute. Several processes
/// share the trainings, each of which runs in one process. The results do not depend on the choice.
public final class Sweep {
  /// The sweep's folder.
  public let folder: SweepFolder
  /// The dataset.
  public let data: SweepData
  /// The command line that started or resumed the sweep.
  public var command: [String] = []
  /// The memory that the trainings of this process may take, in bytes.
  public var memory = MemoryBudget.available
  /// Makes the observers of a training that keeps a run in the folder.
  public var trainingObservers: @Sendable (RunFolder, TrainingConfiguration) -> [any TrainingObserver] = {
    _, _ in
    []
  }
  /// The names of settings in the files of runs.
  public var settingName: @Sendable (Setting) -> String = ErrorText.name
  /// The results so far, in the first process.
  public private(set) var record: SweepRecord
  /// Whether all processes have returned from their trainings. In a sweep that was stopped they may not have; then they must be
  /// ended, as no process answers them any more.
  public private(set) var isEverybodyBack = true
  /// Where the files are for now: in the folder's draft until an older run is replaced.
  private(set) var place: SweepFolder
  private let communicator: any Communicator
  private let isResumed: Bool
  /// The ensemble, or all folds, on their validation samples; nil before the end.
  package internal(set) var together: SweepMeasurement?
  private var promoted: SweepTraining?
  private var written: ContinuousClock.Instant?
  private var observers: [any SweepObserver] = []

  /// The interval in which the tables are written.
  private static let interval = Duration.seconds(1)

  /// A new sweep in a folder of its own.
  /// - Parameter communicator: The processes that share the trainings. All open the same data and see the same folder; the first one
  ///   has locked it.
  public init(
    _ configuration: SweepConfiguration, _ data: SweepData, in folder: SweepFolder,
    communicator: any Communicator = SingleProcess()
  ) {
    (self.data, self.folder, self.communicator) = (data, folder, communicator)
    place = SweepFolder(folder.run.draft ?? folder.run)
    record = SweepRecord(configuration, data.origin)
    isResumed = false
  }

  /// Resumes a sweep.
  /// - Parameter configuration: The sweep's configuration. Only the epochs, the patience and the execution may differ.
  /// - Parameter communicator: As for a new sweep; not necessarily the earlier one.
  /// - Throws: `FileError` when the data has changed.
  public init(
    resuming record: SweepRecord, _ configuration: SweepConfiguration, _ data: SweepData,
    in folder: SweepFolder, communicator: any Communicator = SingleProcess()
  ) throws {
    (self.data, self.folder, self.communicator, self.record) = (data, folder, communicator, record)
    place = folder
    // The runs hold their own progress, and may have to be trained further than before.
    if configuration.base.optimization.epochs != record.configuration.base.optimization.epochs
      || configuration.base.evaluation.patience != record.configuration.base.evaluation.patience
    {
      self.record.trainings = []
      self.record.outOfFold = nil
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

  /// The difference between the data and that of the sweep, in words; nil for none.
  private static func difference(
    of data: SweepData, from record: SweepRecord, in folder: SweepFolder
  ) throws -> ErrorText? {
    guard let difference = record.origin.difference(from: data.origin) else { return nil }
    guard data.source.kind != .cache, record.origin.bindsPixels(as: data.origin),
      let files = try? FileList(folder.run.fileList)
    else {
      return difference
    }
    return try files.difference(of: data.source, readAhead: record.configuration.base.readAhead)
  }

  /// The configuration.
  public var configuration: SweepConfiguration { record.configuration }
  /// The progress.
  public var progress: SweepProgress { SweepProgress(record) }

  /// The first training, for an introduction of all.
  /// - Throws: As for a training.
  public func firstSession() throws -> TrainingSession {
    let seed = configuration.seeds[0]
    let first = try configuration.configuration(of: configuration.settings[0], seed: seed)
    return try TrainingSession(first, source: data.source, split: data.split(of: seed), resuming: nil)
  }

  /// Runs the trainings that are left.
  /// - Parameters:
  ///   - concurrency: The maximum number of concurrent trainings per process, which share the threads.
  ///   - shouldStop: Called after every batch of every training. Unfinished trainings continue when the sweep is
  ///     resumed.
  ///   - observers: Called in the first process, in this order.
  /// - Returns: Whether the sweep has ended.
  /// - Throws: `FileError` when files fail; `TrainingError` when other processes fail or differ; what
  ///   observers throw.
  public func run(
    concurrency: Int, observers: [any SweepObserver] = [], shouldStop: @escaping @Sendable () -> Bool
  ) throws -> Bool {
    self.observers = observers
    defer { self.observers = [] }
    try begin()
    let worker = SweepWorker(
      configuration: configuration, folder: place, data: data, command: command, observers: trainingObservers,
      settingName: settingName)
    let coordinator = SweepCoordinator(
      communicator: communicator, worker: worker, concurrency: min(concurrency, trainingsInMemory),
      shouldStop: shouldStop)
    guard communicator.isFirst else { return try coordinator.follow() }
    let isDone = try train(with: coordinator)
    if isEverybodyBack { try coordinator.dismiss(isDone: isDone) }
    // No training has kept a checkpoint.
    if isDraft { folder.run.discardDraft() }
    return isDone
  }

  private var isDraft: Bool { place.path != folder.path }

  /// Whether the folder holds this sweep, and no longer the run that it replaces.
  public var isInPlace: Bool { !isDraft }

  /// Trains until there is a checkpoint, and replaces an older run by the sweep. The trainings pause meanwhile, as
  /// their folders move.
  private func replaceOlder(
    _ coordinator: inout SweepCoordinator, _ observe: ([SweepEvent]) throws -> Void
  ) throws {
    let trials = record.trials(Array(configuration.settings.indices), HalvingPlan(configuration).rungs[0])
    var hasCheckpoint = false
    isEverybodyBack = try coordinator.lead(trials, pausingAfter: \.isCheckpoint) { events in
      hasCheckpoint = hasCheckpoint || events.contains(where: \.isCheckpoint)
      try observe(events)
    }
    guard isEverybodyBack, hasCheckpoint else { return }
    try folder.run.replace()
    place = folder
    coordinator.worker.folder = folder
  }

  private func train(with coordinator: SweepCoordinator) throws -> Bool {
    var coordinator = coordinator
    func report(_ events: [SweepEvent]) throws {
      try note(events.compactMap(\.training))
      for event in events { try observe(event) }
    }
    if isDraft { try replaceOlder(&coordinator, report) }
    guard isEverybodyBack else { return false }
    var alive = Array(configuration.settings.indices)
    for rung in HalvingPlan(configuration).rungs {
      isEverybodyBack = try coordinator.lead(record.trials(alive, rung), report)
      guard record.trials(alive, rung).isEmpty else {
        try writeTables()
        return false
      }
      let survivors = record.survivors(of: alive, rung)
      if survivors != alive { try observe(.halved(survivors: survivors, epochs: rung.epochs)) }
      alive = survivors
    }
    return try finish(shouldStop: coordinator.shouldStop)
  }

  private func begin() throws {
    try ProcessConsistency(data.origin).compare(over: communicator)
    place = SweepFolder(RunFolder(path: try communicator.broadcast(place.path)))
    if communicator.isFirst {
      if !isResumed { place.clear(configuration) }
      if record.outOfFold == nil { place.run.remove([place.predictions]) }
      if !command.isEmpty { record.commands.append(command) }
      let list = place.run.fileList
      try FileList.write(
        data.source, to: list, .ofOtherRun(list), readAhead: configuration.base.readAhead)
      try writeResults()
    }
    try place.check(over: communicator)
  }

  /// Records the results of trainings: first the models that are the best of their settings, then the record, and only
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
      path: place.training(training.setting, seed: training.seed, of: configuration))
  }

  /// Copies the best model of the best setting to the sweep's own.
  private func promote() throws {
    guard let best = record.summary.best, let training = record.bestTraining(of: best), training != promoted,
      place.holdsModel(ofSetting: best), let split = data.split(of: training.seed)
    else { return }
    try SweepFolder.copy(place.model(ofSetting: best), to: place.run.best)
    try SplitFile.write(training: split.training, validation: split.validation, to: place.run.split)
    promoted = training
  }

  private func writeResults() throws {
    try writeRecord()
    guard written.map({ ContinuousClock.now - $0 >= Self.interval }) ?? true else { return }
    try writeTables()
    written = .now
  }

  private func writeRecord() throws {
    try AtomicFile.write(try StableJSON.page(SweepDocument(record)), to: place.results)
  }

  /// Writes the tables.
  private func writeTables(isDone: Bool = false) throws {
    let tables = SweepTables(configuration: configuration, summary: record.summary)
    try AtomicFile.write(tables.trainings, to: place.trainings)
    try AtomicFile.write(tables.settings, to: place.settings)
    for observer in observers { try observer.tablesWritten(context(isDone: isDone)) }
  }

  private func observe(_ event: SweepEvent) throws {
    for observer in observers { try observer.observe(event, context(isDone: false)) }
  }

  private func context(isDone: Bool) -> SweepContext {
    SweepContext(
      record: record, folder: folder, currentFolder: place, isDone: isDone, data: data, together: together)
  }

  /// - Returns: False if it was stopped.
  private func finish(shouldStop: @escaping () -> Bool) throws -> Bool {
    try promote()
    if configuration.ensembles { record.ensemble = try writtenEnsemble() }
    if configuration.predictsFolds {
      record.outOfFold = try measuredFolds(shouldStop: shouldStop)
      guard record.outOfFold != nil || !shouldStop() else { return false }
    }
    try writeRecord()
    try writeTables(isDone: true)
    place.run.remove(configuration.settings.indices.map(place.model))
    if !configuration.keepsRuns { place.removeTrainings(configuration) }
    return true
  }

  /// The number of trainings that fit into memory.
  private var trainingsInMemory: Int {
    let base = configuration.base
    var options = Network.Options(
      capacity: base.optimization.batchSize, pool: ComputePool(measuring: 1))
    options.recomputes = base.execution.recomputes ?? false
    let network = try? NetworkMemory(
      base.model.network, inputs: base.data.trainingPreprocessings.map(\.inputShape),
      classCount: data.source.classNames.count,
      options)
    return max(1, network.map { memory / max(1, $0.need) } ?? 1)
  }
}
