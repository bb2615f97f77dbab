import Foundation
import TestSupport
import WhiskerReport
import WhiskerTraining

/// The event files of a run.
struct EventRecords {
  /// Their names, in the order in which TensorBoard reads them.
  let names: [String]
  private let run: RunFiles

  init(_ run: RunFiles) {
    self.run = run
    names = run.files.filter { $0.contains("tfevents") }
  }

  /// How many whole records a file has, how many bytes of one that is cut are left behind them, and whether anything is
  /// not as its checksum says.
  func count(of name: String) throws -> (whole: Int, rest: Int, isDamaged: Bool) {
    var rest = try run.bytes(name)[...]
    var count = 0
    while rest.count >= 12 {
      let length = Int(Self.number(rest.prefix(8)))
      guard Self.number(rest.dropFirst(8).prefix(4)) == UInt64(CRC32C.masked(rest.prefix(8))) else {
        return (count, rest.count, true)
      }
      guard rest.count >= length + 16 else { break }
      let data = rest.dropFirst(12).prefix(length)
      guard Self.number(rest.dropFirst(12 + length).prefix(4)) == UInt64(CRC32C.masked(data)) else {
        return (count, rest.count, true)
      }
      rest = rest.dropFirst(length + 16)
      count += 1
    }
    return (count, rest.count, false)
  }

  private static func number(_ bytes: Data) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
}

/// What TensorBoard's own reader makes of a run's event files.
struct TensorBoardView: Decodable {
  struct Point: Decodable, Equatable {
    let step: Int
    let value: Double
  }

  struct Histogram: Decodable {
    let step: Int
    let num: Double
    let buckets: Double
  }

  struct Image: Decodable {
    let step: Int
    let width: Int
    let height: Int
    let png: Bool
  }

  let scalars: [String: [Point]]
  let histograms: [String: [Histogram]]
  let images: [String: [Image]]
  let charts: [String]

  static let isThere = Python.has("tensorboard")

  init(_ path: String) throws {
    let output = try Python.run(
      """
      import json
      from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
      from tensorboard.plugins.custom_scalar.layout_pb2 import Layout
      kinds = ("tensors", "scalars", "images", "histograms")
      events = EventAccumulator("\(path)", size_guidance={kind: 0 for kind in kinds})
      events.Reload()
      tags = events.Tags()
      layout = Layout.FromString(events.Tensors("custom_scalars__config__")[0].tensor_proto.string_val[0])
      print(json.dumps({
          "scalars": {t: [{"step": e.step, "value": e.value} for e in events.Scalars(t)] for t in tags["scalars"]},
          "histograms": {t: [{"step": e.step, "num": e.histogram_value.num,
                              "buckets": sum(e.histogram_value.bucket)} for e in events.Histograms(t)]
                         for t in tags["histograms"]},
          "images": {t: [{"step": e.step, "width": e.width, "height": e.height,
                          "png": e.encoded_image_string[:8] == b"\\x89PNG\\r\\n\\x1a\\n"} for e in events.Images(t)]
                     for t in tags["images"]},
          "charts": [tag for c in layout.category for chart in c.chart for tag in chart.multiline.tag],
      }))
      """)
    self = try JSONDecoder().decode(TensorBoardView.self, from: Data(output.utf8))
  }
}
