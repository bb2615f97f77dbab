/// Who looks at the page, as far as that can be known: what was asked for last, and when.
actor Viewers {
  private var shown: String?
  private var lastLook: ContinuousClock.Instant?

  /// A page that is open looks once a second; one that has not for so long is closed.
  private static let patience = Duration.seconds(3)
  /// The end waits for no browser longer than this.
  private static let limit = Duration.seconds(2)

  /// Notes that `version` of the page was asked for.
  func note(_ version: String) { (shown, lastLook) = (version, .now) }

  /// Waits until whoever looks at the page has seen `version` of it, for a moment at most.
  func waitUntilServed(_ version: String?) async {
    let deadline = ContinuousClock.now + Self.limit
    guard let lastLook, ContinuousClock.now - lastLook < Self.patience else { return }
    while shown != version, ContinuousClock.now < deadline { try? await Task.sleep(for: .milliseconds(20)) }
    // The answer to the last look is on its way.
    try? await Task.sleep(for: .milliseconds(100))
  }
}
