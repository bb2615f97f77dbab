import CKernels
import WhiskerCore

/// A network or its first layers, prepared for inference of single pictures. Thread-safe.
///
/// The lanes of vectors hold channels, unlike in `Network`, whose lanes hold samples: one picture's maps stay in the cache of a
/// core. Results are equal up to rounding. Those of a picture do not depend on threads.
package final class PictureNetwork: Sendable {
  /// The number of values that are computed.
  package let outputCount: Int

  private let plan: PicturePlan
  private let workspaces = Lock([Workspace]())

  /// The memory of one computation.
  private final class Workspace: @unchecked Sendable {
    let values: UnsafeMutablePointer<Float>
    let scratch: UnsafeMutablePointer<Float>
    private let block: LargeMemory

    init(_ plan: PicturePlan) {
      let valueCount = blockCount(plan.valueCount) * blockSize
      block = LargeMemory(count: valueCount + plan.scratchCount)
      (values, scratch) = (block.elements, block.elements + valueCount)
    }
  }

  /// Prepares the operations of a graph.
  /// - Parameter input: The shape of a picture: a map of 1 or 3 channels.
  package init(_ graph: InferenceGraph, input: FeatureShape) {
    plan = PicturePlan(FusedGraph(graph, input: input))
    outputCount = plan.outputCount
  }

  /// Computes the output for one picture, on the calling thread.
  /// - Parameter pixels: `[height, width, channels]`, normalised to v / 255 - 1/2 as by `Network`.
  /// - Parameter output: Memory for `outputCount` values. Those of a map are in the order channel, row, column.
  package func compute(_ pixels: UnsafePointer<UInt8>, into output: UnsafeMutablePointer<Float>) {
    let state = whisker_flush_denormals()
    defer { whisker_restore_denormals(state) }
    let workspace = workspaces.withLock { $0.popLast() } ?? Workspace(plan)
    let memory = PictureMemory(values: workspace.values, scratch: workspace.scratch)
    plan.input.write(pixels, workspace.values)
    for step in plan.steps { step.run(.whole, memory) }
    plan.write(workspace.values, to: output)
    workspaces.withLock { $0.append(workspace) }
  }

  /// Computes the same values for one picture with all threads of a pool.
  package func compute(
    _ pixels: UnsafePointer<UInt8>, into output: UnsafeMutablePointer<Float>, pool: ComputePool
  ) {
    var used: [Workspace] = []
    workspaces.withLock { free in
      used = free.suffix(pool.threads)
      free.removeLast(used.count)
    }
    while used.count < pool.threads { used.append(Workspace(plan)) }
    let (spaces, values) = (used, used[0].values)
    plan.input.write(pixels, values)
    for step in plan.steps {
      let parts = step.parts(for: pool.threads)
      pool.run(parts) { part, worker in
        let memory = PictureMemory(values: values, scratch: spaces[worker].scratch)
        step.run(PicturePart(index: part, count: parts), memory)
      }
    }
    plan.write(values, to: output)
    workspaces.withLock { $0 += spaces }
  }

  /// Overwrites the memory that no computation uses. For tests: results must not depend on it.
  package func fillFreeWorkspaces(with value: Float) {
    workspaces.withLock { workspaces in
      for workspace in workspaces {
        workspace.values.update(repeating: value, count: plan.valueCount)
        workspace.scratch.update(repeating: value, count: plan.scratchCount)
      }
    }
  }
}
