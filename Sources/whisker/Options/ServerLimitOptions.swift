import ArgumentParser
import Glibc
import WhiskerServing

/// The limits of the server, so that no client can exhaust it.
struct ServerLimitOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Maximum size of a request's body in MiB. All requests together may take eight times as much memory.",
      valueName: "size"))
  var maxBody = 32

  @Option(
    help: ArgumentHelp(
      "Maximum number of pixels per picture. Decoding takes the memory of a few rows, or up to 8 bytes per "
        + "pixel for some formats, in each decoding thread.", valueName: "count"))
  var maxPixels = 50_000_000

  @Option(
    help: ArgumentHelp(
      "Maximum number of connections. A new one replaces one that has no request.", valueName: "count"))
  var maxConnections = 512

  @Option(
    help: ArgumentHelp(
      "Maximum number of pictures that wait; beyond it the answer is 503.", valueName: "count"))
  var maxQueue = 256

  @Option(
    help: ArgumentHelp(
      "Seconds for a request to arrive, to be answered, for its response to be read, and for the requests in "
        + "flight to end after SIGTERM.", valueName: "seconds"))
  var timeout = 30

  func validate() throws {
    try (1...1024).check(maxBody, "--max-body")
    try (1...Int.max).check(maxPixels, "--max-pixels")
    try (1...100_000).check(maxConnections, "--max-connections")
    try (1...1_000_000).check(maxQueue, "--max-queue")
    try (1...3600).check(timeout, "--timeout")
  }

  var limits: ServerSettings.Limits {
    .init(
      body: maxBody << 20, connections: maxConnections, queue: maxQueue, seconds: timeout, pixels: maxPixels)
  }
}

/// Literal IP addresses.
enum IPAddress {
  /// Whether a text is an IPv4 or IPv6 address.
  static func isValid(_ text: String) -> Bool {
    var bytes = in6_addr()
    return inet_pton(AF_INET, text, &bytes) == 1 || inet_pton(AF_INET6, text, &bytes) == 1
  }
}
