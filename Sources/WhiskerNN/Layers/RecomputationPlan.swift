import WhiskerCore

/// The division of a network's layers into segments, such that training needs little memory.
struct RecomputationPlan {
  /// The layers of each segment, as built: fused layers count as one.
  private(set) var segments: [Range<Int>] = [0..<0]
  /// The floats of the activations of the largest segment.
  private(set) var activationCount = 0
  /// The floats of the largest gradient between segments.
  private(set) var gradientCount = 0

  /// A layer: the floats of its activations, and those of its output.
  private struct Part {
    let size: Int
    let output: Int
  }

  /// The number of sizes of the largest segment that are tried.
  private static let attempts = 48

  /// Plans layers that fit their input.
  init(_ layers: [LayerSpecification], _ builder: LayerBuilder, input: FeatureShape) {
    var (builder, parts, last) = (builder, [Part](), 0)
    let capacity = blockCount(builder.capacity) * blockSize
    let arena = ActivationArena()
    // Built once without memory, to count.
    _ = AllocationMeter.byteCount {
      arena.hold {
        builder.forEachLayer(of: layers, path: "", input: input) { layer, output in
          parts.append(Part(size: arena.used - last, output: output.count * capacity))
          last = arena.used
        }
      }
    }
    guard let largest = parts.map(\.size).max() else { return }
    var least = Int.max
    for attempt in 0...Self.attempts {
      let limit = largest + (last - largest) * attempt / Self.attempts
      let cuts = Self.cuts(parts, limit: limit)
      let need = Self.need(parts, cuts)
      guard need.total < least else { continue }
      least = need.total
      (segments, activationCount, gradientCount) = (cuts, need.activations, need.gradient)
    }
  }

  /// The segments of at most `limit` floats whose outputs need the least memory.
  private static func cuts(_ parts: [Part], limit: Int) -> [Range<Int>] {
    // For the layers before each one: the least memory of outputs, and the start of the last segment.
    var best = [(cost: 0, start: 0)]
    for end in 1...parts.count {
      let output = end < parts.count ? parts[end - 1].output : 0
      var (choice, size, start) = ((cost: Int.max, start: 0), 0, end - 1)
      while start >= 0, size + parts[start].size <= limit {
        size += parts[start].size
        if best[start].cost + output < choice.cost { choice = (best[start].cost + output, start) }
        start -= 1
      }
      best.append(choice)
    }
    var (segments, end) = ([Range<Int>](), parts.count)
    while end > 0 {
      segments.append(best[end].start..<end)
      end = best[end].start
    }
    return segments.reversed()
  }

  private static func need(
    _ parts: [Part], _ segments: [Range<Int>]
  ) -> (total: Int, activations: Int, gradient: Int) {
    let activations = segments.map { parts[$0].reduce(0) { $0 + $1.size } }.max() ?? 0
    let outputs = segments.dropLast().map { parts[$0.upperBound - 1].output }
    let gradient = outputs.max() ?? 0
    return (activations + outputs.reduce(gradient, +), activations, gradient)
  }
}
