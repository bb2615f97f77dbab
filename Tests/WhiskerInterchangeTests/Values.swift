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

  /// Weights `[filters, channels, height, width]`; no padding, stride 1.
  func convolved(_ weights: [Float], _ shape: [Int], _ biases: [Float]) -> Values {
    let (filters, channels, kernelHeight, kernelWidth) = (shape[0], shape[1], shape[2], shape[3])
    precondition(channels == self.shape[0])
    let (rows, columns) = (self.shape[1] - kernelHeight + 1, self.shape[2] - kernelWidth + 1)
    var result: [Double] = []
    for filter in 0..<filters {
      for row in 0..<rows {
        for column in 0..<columns {
          var sum = Double(biases[filter])
          for channel in 0..<channels {
            for y in 0..<kernelHeight {
              for x in 0..<kernelWidth {
                let weight = weights[((filter * channels + channel) * kernelHeight + y) * kernelWidth + x]
                sum += Double(weight) * self[channel, row + y, column + x]
              }
            }
          }
          result.append(sum)
        }
      }
    }
    return Values(shape: [filters, rows, columns], result)
  }

  /// The maximum over windows side by side; what is left over is dropped.
  func pooled(_ size: Int) -> Values {
    let (rows, columns) = (shape[1] / size, shape[2] / size)
    var result: [Double] = []
    for channel in 0..<shape[0] {
      for row in 0..<rows {
        for column in 0..<columns {
          let window = (0..<size * size).map {
            self[channel, row * size + $0 / size, column * size + $0 % size]
          }
          result.append(window.max() ?? 0)
        }
      }
    }
    return Values(shape: [shape[0], rows, columns], result)
  }

  /// Weights `[units, features]`.
  func multiplied(_ weights: [Float], _ biases: [Float]) -> Values {
    precondition(shape.count == 1 && weights.count == biases.count * values.count)
    return Values(
      shape: [biases.count],
      biases.indices.map { unit in
        values.indices.reduce(Double(biases[unit])) {
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
