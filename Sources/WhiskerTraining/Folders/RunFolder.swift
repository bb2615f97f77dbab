import Glibc
import WhiskerCore

/// The folder of one training: everything that is needed to read it and to use its model.
public struct RunFolder: Sendable {
  /// The folder.
  public let path: String

  /// The configuration of the training.
  public var arguments: String { path + "/args.json" }
  /// A row per epoch.
  public var results: String { path + "/results.csv" }
  /// What every sample was used for.
  public var split: String { path + "/split.csv" }
  /// How it ended.
  public var metrics: String { path + "/metrics.json" }
  /// The best model by what is monitored.
  public var best: String { path + "/weights/best.safetensors" }
  /// The model of the averaged weights, where those were best.
  public var averaged: String { path + "/weights/averaged.safetensors" }
  /// The last checkpoint, from which a training is resumed.
  public var last: String { path + "/weights/last.safetensors" }
  /// The epochs and validations before the last checkpoint.
  public var history: String { path + "/weights/history.jsonl" }
  /// The report.
  public var report: String { path + "/report.html" }

  /// The files that the run was trained on.
  var fileList: String { path + "/files.csv" }
  /// The validations within epochs.
  var validations: String { path + "/validations.csv" }

  /// The event files for TensorBoard, one for each time that the training was started or resumed, in the order of their names.
  package func events(_ number: Int) -> String {
    let digits = String(number)
    return path + "/events.out.tfevents." + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
  }

  private var weights: String { path + "/weights" }
  private var files: [String] {
    [arguments, results, validations, split, fileList, metrics, report, best, averaged, last, history]
  }

  /// The run in the folder at `path`.
  public init(path: String) {
    self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
  }

  /// Whether the folder held a run when it was locked. That run stays whole until the new one has its first checkpoint.
  var replacesRun = false
  private var isNew = false
  private var lock: RunLock?

  /// Makes a new folder `parent`/train1, train2 and so on; two runs that start at once get two folders.
  /// - Parameter name: The name before the number.
  /// - Throws: `FileError` when it cannot be made.
  public static func next(in parent: String, named name: String = "train") throws -> RunFolder {
    try makeFolders(parent)
    var number = 1
    while true {
      var folder = RunFolder(path: "\(parent)/\(name)\(number)")
      folder.isNew = true
      guard mkdir(folder.path, 0o777) == 0 || errno == EEXIST else {
        throw FileError(folder.path, systemError: errno, doing: "cannot be made")
      }
      // Another process may be as fast, or the folder may be full.
      if folder.isUnused, let lock = try? RunLock(folder.path), folder.isUnused {
        folder.lock = lock
        folder.removeLeftovers()
        try makeFolders(folder.weights)
        return folder
      }
      number += 1
    }
  }

  /// Whether the folder holds at most the leftovers of a run that was killed before it could be resumed.
  private var isUnused: Bool {
    let own = Set((files + [weights]).map { $0.dropFirst(path.count + 1) })
    return !holdsRun && !head.isFolder
      && folderEntries(path).allSatisfy { own.contains($0[...]) || Leftovers.isTemporary($0) }
      && folderEntries(weights).allSatisfy {
        own.contains("weights/\($0)") || Leftovers.isTemporary($0)
      }
  }

  /// Whether the folder holds a run or a sweep that can be resumed, or a model.
  private var holdsRun: Bool {
    access(arguments, F_OK) == 0 || SweepFolder(self).holdsRecord || holdsModel || isTrainingHead
  }

  /// Creates the folder at `path`, or uses it if it holds no run.
  /// - Parameter path: The folder.
  /// - Parameter overwrites: Whether an existing run may be replaced.
  /// - Throws: `FileError` when it holds a run that may not be replaced or anything else, or cannot be made.
  public static func at(_ path: String, overwrites: Bool) throws -> RunFolder {
    var folder = RunFolder(path: path)
    folder.isNew = !folder.isFolder
    if !folder.isNew { try RunContents(folder.path).checkOwner() }
    try makeFolders(folder.path)
    folder.lock = try RunLock(folder.path)
    try folder.tidy()
    folder.replacesRun = folder.holdsRun
    guard !folder.replacesRun || overwrites else {
      throw FileError(
        folder.path, "already holds a run",
        advice: "Name another folder, or replace it with \(Setting.overwrites)")
    }
    try makeFolders((folder.draft ?? folder).weights)
    return folder
  }

  /// Locks the folder at `path` to resume its run.
  /// - Throws: `FileError` when there is no such folder, it holds no run, or another process trains in it.
  public static func resuming(_ path: String) throws -> RunFolder {
    var folder = RunFolder(path: path)
    let advice: ErrorText = "Name the folder of a run: runs/train1"
    guard folder.isFolder else { throw FileError(path, "is no folder", advice: advice) }
    try RunContents(folder.path).checkLinks()
    // The path may name the dataset by mistake, and nothing is written there.
    guard folder.isRun,
      access(folder.arguments, F_OK) == 0 || SweepFolder.isSweep(folder.path) || folder.isTrainingHead
    else {
      throw FileError(path, "holds no run that could be resumed", advice: advice)
    }
    folder.lock = try RunLock(folder.path)
    try folder.tidy()
    try makeFolders(folder.weights)
    return folder
  }

  /// Removes the unfinished files of a killed process.
  func removeLeftovers() { for folder in [path, weights] { Leftovers.remove(from: folder) } }

  /// The number of event files for TensorBoard.
  package var eventsCount: Int {
    var count = 0
    while access(events(count + 1), F_OK) == 0 { count += 1 }
    return count
  }

  private func removeEvents() {
    for number in stride(from: eventsCount, to: 0, by: -1) { unlink(events(number)) }
  }

  func remove(_ files: [String]) {
    for file in files { unlink(file) }
  }

  /// Removes a run without a model, so that its folder is free for the next attempt. A run with a model
  /// stays, and so do files that are not a run's.
  public func discardIfWithoutModel() {
    guard !replacesRun else { return discardDraft() }
    guard !holdsModel, !head.holdsModel else { return }
    removeFiles()
    if isNew { rmdir(path) }
  }

  /// Removes the run, and its folder if nothing else is in it.
  func discard() {
    removeLeftovers()
    removeFiles()
    rmdir(path)
  }

  /// Discards the folder if it holds a run. A folder of the user with its name stays, unless it is empty.
  private func discardIfRun() {
    guard !holdsRun else { return discard() }
    removeLeftovers()
    rmdir(weights)
    rmdir(path)
  }

  private func removeFiles() {
    clear()
    rmdir(weights)
  }

  /// Removes the files of a run, so that another one may begin.
  func clear() {
    remove(files)
    removeEvents()
    if head.isFolder { head.discardIfRun() }
  }

  /// Whether a folder is at the path.
  var isFolder: Bool {
    var status = stat()
    return pathStatus(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether a run is in the folder, or begins there.
  public var isRun: Bool {
    Self.completeReplacement(in: path)
    return access(weights, F_OK) == 0
  }

  /// Whether the folder holds the model of a run.
  public var holdsModel: Bool { Self.bestWeights(of: path) != nil }

  /// Checks that no link in the folder leads out of it.
  /// - Throws: `FileError` when a file of the run is a symbolic link.
  public func checkLinks() throws { try RunContents(path).checkLinks() }

  /// The run of a model, given its folder or one of its weights' files; nil if it has no split.
  public static func containing(_ model: String) -> RunFolder? {
    let folder = RunFolder(path: model)
    let weights = "/weights/"
    let above = model.ranges(of: weights).last.map { RunFolder(path: String(model[..<$0.lowerBound])) }
    return [folder, above].compactMap(\.self).first {
      completeReplacement(in: $0.path)
      return access($0.split, F_OK) == 0
    }
  }
}
