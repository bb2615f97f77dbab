import Foundation

import WhiskerNN

/// A naive implementation of networks in double precision, as a reference for the kernels.
struct ReferenceNetwork {
  let specification: NetworkSpecification
  let input: FeatureShape
  let classCount: Int
  /// The factors of the dropout layers, by layer: `[count, features]`, or `[count, units, features]` for DropConnect.
  var masks: [Int: [Double]] = [:]

  /// The weights and biases of each layer with parameters.
  typealias Parameters = [Int: (weights: [Double], biases: [Double])]

  /// The mean cross-entropy of a batch.
  func loss(_ images: [Double], labels: [Int], _ parameters: Parameters) throws -> Double {
    let logits = try forward(images, count: labels.count, parameters)
    return labels.enumerated().reduce(0) { sum, sample in
      let row = logits[sample.offset * classCount..<(sample.offset + 1) * classCount]
      let top = row.max() ?? 0
      let normal = row.reduce(0) { $0 + exp($1 - top) }
      return sum + log(normal) + top - row[row.startIndex + sample.element]
    } / Double(labels.count)
  }

  /// The logits `[count, classes]` of images `[count, channels, height, width]`.
  func forward(_ images: [Double], count: Int, _ parameters: Parameters) throws -> [Double] {
    let shapes = [input] + (try specification.shapes(input: input, classCount: classCount))
    var values = images
    for (index, layer) in specification.layers.enumerated() {
      let (before, after) = (shapes[index], shapes[index + 1])
      let mask = masks[index]
      let rows = (0..<count).map { row in
        let input = Array(values[row * before.count..<(row + 1) * before.count])
        let factors = mask.map { Array($0[row * $0.count / count..<(row + 1) * $0.count / count]) }
        return apply(layer, to: input, before, after, parameters[index], factors)
      }
      values = rows.flatMap(\.self)
    }
    return values
  }

  private func apply(
    _ layer: LayerSpecification, to x: [Double], _ before: FeatureShape, _ after: FeatureShape,
    _ parameters: (weights: [Double], biases: [Double])?, _ mask: [Double]?
  ) -> [Double] {
    switch (layer, before, after) {
    case (
      .convolution(_, let kernel), .map(let channels, let height, let width),
      .map(let filters, let rows, let columns)
    ):
      let (weights, biases) = parameters!
      return (0..<filters * rows * columns).map { i in
        let (f, y, x0) = (i / (rows * columns), i / columns % rows, i % columns)
        var sum = biases[f]
        for c in 0..<channels {
          for ky in 0..<kernel {
            for kx in 0..<kernel {
              sum +=
                weights[((f * channels + c) * kernel + ky) * kernel + kx]
                * x[(c * height + y + ky) * width + x0 + kx]
            }
          }
        }
        return sum
      }
    case (.maxPool(let size), .map(_, let height, let width), .map(let channels, let rows, let columns)):
      return (0..<channels * rows * columns).map { i in
        let (c, y, x0) = (i / (rows * columns), i / columns % rows, i % columns)
        var largest = -Double.infinity
        for dy in 0..<size {
          for dx in 0..<size {
            largest = max(largest, x[(c * height + y * size + dy) * width + x0 * size + dx])
          }
        }
        return largest
      }
    case (.relu, _, _): return x.map { max($0, 0) }
    case (.dropout, _, _), (.spatialDropout, _, _), (.gaussianDropout, _, _):
      return mask.map { zip(x, $0).map { $0 * $1 } } ?? x
    case (.dense, _, _):
      let (weights, biases) = parameters!
      return (0..<after.count).map { unit in
        x.indices.reduce(biases[unit]) { $0 + weights[unit * x.count + $1] * x[$1] }
      }
    case (.dropConnect, _, _):
      let (weights, biases) = parameters!
      return (0..<after.count).map { unit in
        x.indices.reduce(biases[unit]) { sum, feature in
          let place = unit * x.count + feature
          return sum + weights[place] * (mask?[place] ?? 1) * x[feature]
        }
      }
    default: return x
    }
  }
}
