/// What the first process of a sweep announces to all: a round of trainings, or the end.
struct SweepCall: Codable {
  /// The trainings of the round; 0 for the end.
  var jobCount = 0
  /// The sweep's folder during the round.
  var path = ""
  /// Whether the sweep has come to its end.
  var isDone = false
}

/// What another process tells the first one, time and again.
struct SweepNotice: Codable {
  let events: [SweepEvent]
  /// How many more jobs it could begin at once.
  let room: Int
  /// Whether nothing is under way there.
  let isIdle: Bool
  /// Why it cannot go on; nil where it can.
  let failure: String?
  /// Whether somebody wishes it to end.
  let isStopWished: Bool
}

/// What it is answered.
struct SweepOrder: Codable {
  /// What it is to begin.
  let jobs: [SweepJob]
  /// Whether there is more to be handed out.
  let hasMore: Bool
  /// Whether what is under way is to end.
  let isOver: Bool

  /// Whether the round is over for a process that has told this.
  func dismisses(_ notice: SweepNotice) -> Bool { notice.isIdle && jobs.isEmpty && !hasMore }
}
