import Foundation

/// One sample's values between two layers, and what layers do with them, in double precision and the plainest way.
struct Values {
  let shape: [Int]
  let values: [Double]

  init(shape: [Int], _ values: [Double]) {
    precondition(shape.reduce(1, *) == values.count)
    (self.shape, self.values) = (shape, values)
  }

  func map(_ body: (Double) -> Double) -> Values { Values(shape: shape, values.map(body)) }

  /// The values in a row, the last extent first to change.
  func flattened() -> Values { Values(shape: [values.count], values) }

  /// A map `[channels, height, width]` with its columns reversed.
  func mirrored() -> Values {
    precondition(shape.count == 3)
    let width = shape[2]
    return Values(shape: shape, values.indices.map { values[$0 - $0 % width + width - 1 - $0 % width] })
  }

  /// How windows lie on a map.
  struct Windows {
    var size: [Int]
    var stride: Int
    /// At the top, left, bottom and right.
    var padding: [Int] = [0, 0, 0, 0]
  }

  /// Weights `[filters, channels / groups, height, width]`; padding is zeros.
  func convolved(_ weights: [Float], _ shape: [Int], _ biases: [Float]?, _ windows: Windows, groups: Int)
    -> Values
  {
    let (filters, channels) = (shape[0], shape[1])
    precondition(channels * groups == self.shape[0] && filters % groups == 0)
    return windowed(windows, outputs: filters) { filter, places in
      places.enumerated().reduce(Double(biases?[filter] ?? 0)) { sum, entry in
        guard let (row, column) = entry.element else { return sum }
        return (0..<channels).reduce(sum) { sum, channel in
          let weight = weights[(filter * channels + channel) * places.count + entry.offset]
          return sum + Double(weight) * self[filter / (filters / groups) * channels + channel, row, column]
        }
      }
    }
  }

  /// A value of each window from its values that are not padding.
  func pooled(_ windows: Windows, _ body: ([Double]) -> Double) -> Values {
    windowed(windows, outputs: shape[0]) { channel, places in
      body(places.compactMap { place in place.map { self[channel, $0.0, $0.1] } })
    }
  }

  /// Each channel's value from all of its values.
  func pooledGlobally(_ body: ([Double]) -> Double) -> Values {
    let area = shape[1] * shape[2]
    return Values(
      shape: [shape[0], 1, 1], (0..<shape[0]).map { body(Array(values[$0 * area..<($0 + 1) * area])) })
  }

  /// A map with the same value around it.
  func padded(_ padding: [Int], with value: Double) -> Values {
    let windows = Windows(size: [1, 1], stride: 1, padding: padding)
    return windowed(windows, outputs: shape[0]) { channel, places in
      places[0].map { self[channel, $0.0, $0.1] } ?? value
    }
  }

  /// Calls `body` for each output and window with the places of the window, nil for padding.
  private func windowed(
    _ windows: Windows, outputs: Int, _ body: (_ output: Int, _ places: [(Int, Int)?]) -> Double
  ) -> Values {
    let (height, width) = (shape[1], shape[2])
    let (size, padding, stride) = (windows.size, windows.padding, windows.stride)
    let rows = (height + padding[0] + padding[2] - size[0]) / stride + 1
    let columns = (width + padding[1] + padding[3] - size[1]) / stride + 1
    var result: [Double] = []
    for output in 0..<outputs {
      for row in 0..<rows {
        for column in 0..<columns {
          let places = (0..<size[0] * size[1]).map { place -> (Int, Int)? in
            let (y, x) = (
              row * stride + place / size[1] - padding[0], column * stride + place % size[1] - padding[1]
            )
            return (0..<height).contains(y) && (0..<width).contains(x) ? (y, x) : nil
          }
          result.append(body(output, places))
        }
      }
    }
    return Values(shape: [outputs, rows, columns], result)
  }

  /// Batch norm with running statistics: the factors, biases, means and variances of the channels.
  func normalized(_ tensors: [[Float]], epsilon: Double) -> Values {
    let area = values.count / shape[0]
    return Values(
      shape: shape,
      values.enumerated().map { index, value in
        let (factor, bias, mean, variance) = (
          Double(tensors[0][index / area]), Double(tensors[1][index / area]),
          Double(tensors[2][index / area]),
          Double(tensors[3][index / area])
        )
        return factor * (value - mean) / (variance + epsilon).squareRoot() + bias
      })
  }

  /// The values of both, combined one by one.
  func combined(_ other: Values, _ body: (Double, Double) -> Double) -> Values {
    precondition(shape == other.shape)
    return Values(shape: shape, zip(values, other.values).map(body))
  }

  /// Weights `[units, features]`.
  func multiplied(_ weights: [Float], units: Int, _ biases: [Float]?) -> Values {
    precondition(shape.count == 1 && weights.count == units * values.count)
    return Values(
      shape: [units],
      (0..<units).map { unit in
        values.indices.reduce(Double(biases?[unit] ?? 0)) {
          $0 + Double(weights[unit * values.count + $1]) * values[$1]
        }
      })
  }

  func softmax() -> Values {
    let top = values.max() ?? 0
    let sum = values.reduce(0) { $0 + exp($1 - top) }
    return map { exp($0 - top) / sum }
  }

  private subscript(channel: Int, row: Int, column: Int) -> Double {
    values[(channel * shape[1] + row) * shape[2] + column]
  }
}
