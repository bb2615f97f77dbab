import CKernels
import WhiskerCore

/// Backward of the fused convolution, ReLU and pool for many channels. It visits only argmaxes with a gradient, at most a
/// quarter of all positions.
final class SparsePoolBackward {
  private let filters: ConvolutionFilters
  private let pool: ComputePool
  /// The partial sums of the gradients with respect to the weights and biases, `[parts, ...]`.
  private let sums: Tensor
  /// The weights with contiguous channels, `[filters, 9, row]`.
  private let weightRows: Tensor
  private let workspaces: [Workspace]

  /// The scratch memory of a worker.
  private struct Workspace {
    /// A block's input, or the gradient with respect to it, with contiguous channels: `[16, height, width, row]`.
    let pixels: Tensor
    /// `[filters, 16, pooled]`, of which only the first `counts` of each list are valid.
    let argmaxes: Buffer<whisker_argmax>
    /// `[filters, 16]`
    let counts: Buffer<Int32>
  }

  /// The number of channels from which the transposition pays off.
  private static let channelMinimum = 8
  /// The number of filters in a task.
  private static let filterStep = 8
  /// The maximum number of parts of a batch with partial sums. It does not depend on the number of threads.
  private static let partLimit = 32

  /// Whether the kernels support this convolution and are faster.
  static func suit(_ filters: ConvolutionFilters) -> Bool {
    filters.shape.kernel == 3 && filters.channels >= channelMinimum
  }

  init(_ filters: ConvolutionFilters, capacity: Int, pool: ComputePool) {
    (self.filters, self.pool) = (filters, pool)
    var shape = filters.shape
    let row = Int(whisker_conv_channel_row(shape.channels))
    sums = Tensor(shape: [min(Self.partLimit, blockCount(capacity)), Int(whisker_conv_sums(&shape))])
    weightRows = Tensor(shape: [filters.filters, 9, row])
    workspaces = (0..<pool.threads).map { _ in
      Workspace(
        pixels: Tensor(shape: [blockSize, Int(shape.height * shape.width), row]),
        argmaxes: Buffer(
          count: filters.filters * blockSize * (filters.outHeight / 2) * (filters.outWidth / 2)),
        counts: Buffer(count: filters.filters * blockSize))
    }
  }

  private var groups: Chunks { Chunks(of: filters.filters, parts: filters.filters, step: Self.filterStep) }

  /// Computes the gradients with respect to the weights and biases, and with respect to the input if `inputGradient` is not
  /// nil.
  func backward(
    _ gradient: Activations, scale: Float, choices: Buffer<UInt8>, input: Activations,
    into inputGradient: Activations?, blocks: Int, step: FusedStep?
  ) {
    if inputGradient != nil { transposeWeights() }
    let parts = Chunks(of: blocks, parts: Self.partLimit)
    pool.run(parts.number) { part, worker in
      let (sums, workspace) = (sums.elements + part * sums.shape[1], workspaces[worker])
      sums.update(repeating: 0, count: self.sums.shape[1])
      for block in parts[part] {
        listArgmaxes(choices.elements + block * gradient.blockStride, gradient.block(block), scale, workspace)
        sum(input.block(block), workspace, into: sums)
        if let inputGradient { spread(workspace, into: inputGradient.block(block)) }
      }
    }
    finish(parts.number, step)
  }

  private func transposeWeights() {
    withUnsafePointer(to: filters.shape) { shape in
      pool.run(groups.number) { task, _ in
        let group = groups[task]
        whisker_conv_weight_rows(
          shape, Int64(group.lowerBound), Int64(group.upperBound), filters.weight.value.elements,
          weightRows.elements)
      }
    }
  }

  private func listArgmaxes(
    _ choices: UnsafePointer<UInt8>, _ gradient: UnsafePointer<Float>, _ scale: Float, _ workspace: Workspace
  ) {
    withUnsafePointer(to: filters.shape) {
      whisker_conv_argmaxes(
        $0, choices, gradient, scale, workspace.argmaxes.elements, workspace.counts.elements)
    }
  }

  /// Adds the gradients with respect to the weights and biases of a block to `sums`.
  private func sum(
    _ input: UnsafePointer<Float>, _ workspace: Workspace, into sums: UnsafeMutablePointer<Float>
  ) {
    withUnsafePointer(to: filters.shape) { shape in
      whisker_conv_pixels(shape, input, workspace.pixels.elements)
      whisker_conv_argmax_weights(
        shape, workspace.pixels.elements, workspace.argmaxes.elements, workspace.counts.elements, sums)
    }
  }

  /// Computes the gradient with respect to the input of a block.
  private func spread(_ workspace: Workspace, into inputGradient: UnsafeMutablePointer<Float>) {
    withUnsafePointer(to: filters.shape) {
      whisker_conv_argmax_input(
        $0, weightRows.elements, workspace.argmaxes.elements, workspace.counts.elements,
        workspace.pixels.elements,
        inputGradient)
    }
  }

  /// Adds up the partial sums, and applies the step.
  private func finish(_ parts: Int, _ step: FusedStep?) {
    withUnsafePointer(to: filters.shape) { shape in
      pool.run(groups.number) { task, _ in
        let group = groups[task]
        whisker_conv_argmax_sum(
          shape, Int64(group.lowerBound), Int64(group.upperBound), Int64(parts), sums.elements,
          filters.weight.gradient.elements, filters.bias.gradient.elements)
        filters.apply(step, to: group)
      }
    }
  }
}
