import Foundation

import WhiskerNN

/// A naive implementation of networks in double precision, as a reference for the kernels.
struct ReferenceNetwork {
  let specification: NetworkSpecification
  let input: FeatureShape
  let classCount: Int
  /// The factors of the dropout layers, by the layer's number: `[count, features]`, or `[count, units, features]` for DropConnect.
  var masks: [Int: [Double]] = [:]
  /// Whether batch norm uses the statistics of the batch; otherwise the running ones, which are parameters here.
  var usesBatchStatistics = true

  /// Parameters and buffers by name.
  typealias Parameters = [String: [Double]]

  /// Values of a batch `[count, features]`.
  struct Batch {
    var shape: FeatureShape
    var rows: [[Double]]
  }

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
    let size = input.count
    let rows = (0..<count).map { Array(images[$0 * size..<($0 + 1) * size]) }
    var number = 0
    let output = try forward(
      specification.layers, path: "", &number, Batch(shape: input, rows: rows), parameters)
    return output.rows.flatMap(\.self)
  }

  private func forward(
    _ layers: [LayerSpecification], path: String, _ number: inout Int, _ batch: Batch,
    _ parameters: Parameters
  ) throws -> Batch {
    var batch = batch
    for (index, layer) in layers.enumerated() {
      let path = path.isEmpty ? "\(index)" : "\(path).\(index)"
      let output = try layer.output(of: batch.shape, classCount: classCount)
      let own = number
      number += 1
      if let residual = layer.kind as? ResidualKind {
        let body = try forward(residual.body, path: "\(path).body", &number, batch, parameters)
        let shortcut = try forward(residual.shortcut, path: "\(path).shortcut", &number, batch, parameters)
        let factors = masks[own]
        batch.rows = batch.rows.indices.map { row in
          let factor = factors?[row] ?? 1
          return zip(body.rows[row], shortcut.rows[row]).map { factor * $0 + $1 }
        }
      } else if let norm = layer.kind as? BatchNormKind {
        batch = normalize(batch, norm, path, parameters)
      } else {
        let mask = masks[own]
        let count = batch.rows.count
        batch.rows = batch.rows.enumerated().map { row, values in
          let factors = mask.map { Array($0[row * $0.count / count..<(row + 1) * $0.count / count]) }
          return apply(
            layer.kind, to: values, batch.shape, output, parameters["\(path).weight"],
            parameters["\(path).bias"],
            factors)
        }
      }
      batch.shape = output
    }
    return batch
  }

  private func normalize(
    _ batch: Batch, _ norm: BatchNormKind, _ path: String, _ parameters: Parameters
  ) -> Batch {
    let channels = batch.shape.extents[0]
    let area = batch.shape.count / channels
    var batch = batch
    for channel in 0..<channels {
      let places = channel * area..<(channel + 1) * area
      let values = batch.rows.flatMap { $0[places] }
      var mean = values.reduce(0, +) / Double(values.count)
      var variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      if !usesBatchStatistics {
        mean = parameters["\(path).running_mean"]![channel]
        variance = parameters["\(path).running_var"]![channel]
      }
      let factor = parameters["\(path).weight"]![channel] / (variance + norm.epsilon).squareRoot()
      for row in batch.rows.indices {
        for place in places {
          batch.rows[row][place] =
            (batch.rows[row][place] - mean) * factor + parameters["\(path).bias"]![channel]
        }
      }
    }
    return batch
  }

  private func apply(
    _ kind: any LayerKind, to x: [Double], _ before: FeatureShape, _ after: FeatureShape,
    _ weights: [Double]?,
    _ biases: [Double]?, _ mask: [Double]?
  ) -> [Double] {
    switch kind {
    case let kind as ConvolutionKind: return convolve(x, kind, before, after, weights!, biases)
    case let kind as MaxPoolKind:
      return pool(x, kind.window, before, after) { $0.max()! }
    case let kind as AveragePoolKind:
      return pool(x, kind.window, before, after) { $0.reduce(0, +) / Double($0.count) }
    case is GlobalMaxPoolKind: return channels(x, before) { $0.max()! }
    case is GlobalAveragePoolKind: return channels(x, before) { $0.reduce(0, +) / Double($0.count) }
    case is ActivationKind.ReLU: return x.map { max($0, 0) }
    case is ActivationKind.ReLU6: return x.map { min(max($0, 0), 6) }
    case let kind as ActivationKind.LeakyReLU: return x.map { $0 > 0 ? $0 : kind.slope * $0 }
    case is ActivationKind.SiLU: return x.map { $0 / (1 + exp(-$0)) }
    case is ActivationKind.HardSwish: return x.map { $0 * min(max($0 + 3, 0), 6) / 6 }
    case let kind as RescaleKind:
      let area = before.count / before.extents[0]
      return x.indices.map { kind.scale.number($0 / area) * x[$0] + kind.offset.number($0 / area) }
    case is DropoutKind, is SpatialDropoutKind, is GaussianDropoutKind:
      return mask.map { zip(x, $0).map { $0 * $1 } } ?? x
    case is DenseKind:
      return (0..<after.count).map { unit -> Double in
        var sum = biases?[unit] ?? 0
        for feature in x.indices { sum += weights![unit * x.count + feature] * x[feature] }
        return sum
      }
    case is DropConnectKind:
      return (0..<after.count).map { unit in
        x.indices.reduce(biases![unit]) { sum, feature in
          let place = unit * x.count + feature
          return sum + weights![place] * (mask?[place] ?? 1) * x[feature]
        }
      }
    default: return x
    }
  }

  /// The output positions and, for each, the input positions of its window along one axis, with the kernel's index.
  private func windows(
    _ size: Int, _ stride: Int, _ padding: ConvolutionKind.Padding, _ extent: Int, _ count: Int
  ) -> [[(place: Int, index: Int)]] {
    let before: Int =
      switch padding {
      case .valid: 0
      case .fixed(let size): size
      case .same: max(0, (count - 1) * stride + size - extent) / 2
      }
    return (0..<count).map { output in
      (0..<size).map { (output * stride - before + $0, $0) }.filter { (0..<extent).contains($0.0) }
    }
  }

  private func convolve(
    _ x: [Double], _ kind: ConvolutionKind, _ before: FeatureShape, _ after: FeatureShape,
    _ weights: [Double],
    _ biases: [Double]?
  ) -> [Double] {
    let (channels, height, width) = (before.extents[0], before.extents[1], before.extents[2])
    let rows = windows(kind.height, kind.stride, kind.padding, height, after.extents[1])
    let columns = windows(kind.width, kind.stride, kind.padding, width, after.extents[2])
    let inside = channels / kind.groups
    return (0..<kind.filters).flatMap { (filter) -> [Double] in
      let first = filter / (kind.filters / kind.groups) * inside
      return rows.flatMap { (row) -> [Double] in
        columns.map { (column) -> Double in
          var sum = biases?[filter] ?? 0
          for c in 0..<inside {
            for (y, ky) in row {
              for (x0, kx) in column {
                sum +=
                  weights[((filter * inside + c) * kind.height + ky) * kind.width + kx]
                  * x[((first + c) * height + y) * width + x0]
              }
            }
          }
          return sum
        }
      }
    }
  }

  private func pool(
    _ x: [Double], _ window: PoolWindow, _ before: FeatureShape, _ after: FeatureShape,
    _ combine: ([Double]) -> Double
  ) -> [Double] {
    let (height, width) = (before.extents[1], before.extents[2])
    let rows = windows(window.height, window.stride, window.padding, height, after.extents[1])
    let columns = windows(window.width, window.stride, window.padding, width, after.extents[2])
    return (0..<before.extents[0]).flatMap { (c) -> [Double] in
      rows.flatMap { (row) -> [Double] in
        columns.map { (column) -> Double in
          combine(row.flatMap { y in column.map { x[(c * height + y.place) * width + $0.place] } })
        }
      }
    }
  }

  private func channels(
    _ x: [Double], _ before: FeatureShape, _ combine: (ArraySlice<Double>) -> Double
  ) -> [Double] {
    let area = before.count / before.extents[0]
    return (0..<before.extents[0]).map { combine(x[$0 * area..<($0 + 1) * area]) }
  }
}

extension RescaleKind.Factors {
  fileprivate func number(_ channel: Int) -> Double {
    switch self {
    case .all(let value): value
    case .each(let values): values[channel]
    }
  }
}
