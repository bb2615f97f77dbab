import WhiskerTraining
import Glibc
import WhiskerNN

/// A message of an event file: the parts of TensorFlow's `Event` and `Summary` that are needed. The field
/// numbers are those of event.proto, summary.proto, tensor.proto and the custom scalars' layout.proto.
struct EventMessage {
  /// A named value of a summary.
  struct Value {
    let tag: String
    let write: (inout WireMessage) -> Void
  }

  private let build: (inout WireMessage) -> Void

  /// The message, stamped with the present time.
  var bytes: [UInt8] {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    var message = WireMessage()
    message.add(1, Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)
    build(&message)
    return message.bytes
  }

  /// The first message of every file.
  static var version: EventMessage { EventMessage { $0.add(3, "brain.Event:2") } }

  /// Discards what earlier messages reported of `step` and later steps.
  static func restart(at step: Int) -> EventMessage {
    EventMessage {
      $0.add(2, step)
      // A session log whose status is START.
      $0.add(7) { $0.add(1, 1) }
    }
  }

  /// Values at `step`.
  static func summary(_ values: [Value], step: Int) -> EventMessage {
    EventMessage { event in
      event.add(2, step)
      event.add(5) { summary in
        for value in values {
          summary.add(1) {
            $0.add(1, value.tag)
            value.write(&$0)
          }
        }
      }
    }
  }
}

extension EventMessage.Value {
  static func scalar(_ tag: String, _ value: Double) -> Self {
    Self(tag: tag) { $0.add(2, Float(value)) }
  }

  static func histogram(_ tag: String, _ histogram: Histogram) -> Self {
    Self(tag: tag) {
      $0.add(5) {
        $0.add(1, Double(histogram.range.lowerBound))
        $0.add(2, Double(histogram.range.upperBound))
        $0.add(3, Double(histogram.count))
        $0.add(4, histogram.sum)
        $0.add(5, histogram.sumOfSquares)
        $0.add(6, histogram.limits)
        $0.add(7, histogram.counts.map(Double.init))
      }
    }
  }

  /// An image with a description in Markdown.
  static func image(_ tag: String, _ image: EventImage, description: String = "") -> Self {
    Self(tag: tag) {
      if !description.isEmpty { $0.add(9) { $0.add(3, description) } }
      $0.add(4) {
        $0.add(1, image.height)
        $0.add(2, image.width)
        $0.add(3, image.channels)
        $0.add(4, image.png)
      }
    }
  }

  /// A layout of TensorBoard's custom scalars: charts of several scalars each, by tag.
  static func charts(_ title: String, _ charts: [(title: String, tags: [String])]) -> Self {
    var layout = WireMessage()
    layout.add(2) { category in
      category.add(1, title)
      for chart in charts {
        category.add(2) {
          $0.add(1, chart.title)
          // Tags are regular expressions here.
          $0.add(2) { for tag in chart.tags { $0.add(1, "^\(tag)$") } }
        }
      }
    }
    return Self(tag: "custom_scalars__config__") { value in
      value.add(9) { $0.add(1) { $0.add(1, "custom_scalars") } }
      // A tensor of one string, DT_STRING, without dimensions.
      value.add(8) {
        $0.add(1, 7)
        $0.add(2, [UInt8]())
        $0.add(8, layout.bytes)
      }
    }
  }
}
