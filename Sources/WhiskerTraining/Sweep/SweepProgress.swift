/// How far a sweep has come, in trainings. Where it halves, a training counts once for every rung that it goes through.
public struct SweepProgress: Sendable {
  /// Those that have come as far as they were to.
  public private(set) var done = 0
  /// Those that are wanted in all.
  public private(set) var total = 0

  init(_ record: SweepRecord) {
    let seeds = record.configuration.seeds.count
    var alive: [Int]? = Array(record.configuration.settings.indices)
    var count = record.configuration.settings.count
    for rung in HalvingPlan(record.configuration).rungs {
      total += count * seeds
      count = rung.survivors
      guard let settings = alive else { continue }
      let left = record.jobs(settings, rung).count
      done += settings.count * seeds - left
      alive = left == 0 ? record.survivors(of: settings, rung) : nil
    }
  }

  /// From 0 to 1.
  var share: Double { Double(done) / Double(max(1, total)) }
}
