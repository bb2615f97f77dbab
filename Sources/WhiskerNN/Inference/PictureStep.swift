import CKernels

/// One step of a picture's inference: an operation with its packed weights, and the maps that it reads and writes.
///
/// The output of a step is divided into parts that can be computed at the same time. How many there are changes no value.
protocol PictureStep: Sendable {
  /// The number of parts that are worth while for a number of threads.
  func parts(for threads: Int) -> Int
  func run(_ part: PicturePart, _ memory: PictureMemory)
}

extension PictureStep {
  func parts(for threads: Int) -> Int { 1 }
}

/// A part of a step.
struct PicturePart {
  let index: Int
  let count: Int

  /// All of a step.
  static let whole = PicturePart(index: 0, count: 1)

  /// The items of this part, of so many. It begins at a multiple of `step`.
  func range(of items: Int, step: Int = 1) -> Range<Int> {
    let groups = (items + step - 1) / step
    return min(items, groups * index / count * step)..<min(items, groups * (index + 1) / count * step)
  }
}

/// The memory of a step.
struct PictureMemory {
  /// The values between the steps.
  let values: UnsafeMutablePointer<Float>
  /// The values inside a step, of one thread.
  let scratch: UnsafeMutablePointer<Float>
}

/// A step that a kernel computes, for any blocks and rows of its output.
struct KernelStep<Kernel: PictureKernel>: PictureStep {
  let kernel: Kernel
  let input: PictureMap
  let addend: PictureMap?
  let output: PictureMap

  /// Maps of fewer pixels are divided by channels, because their weights are more than their pixels.
  private var isSmall: Bool { output.size.height * output.size.width < 400 }
  /// The blocks of output channels that a kernel computes together.
  private static var blocks: Int { 2 }

  func parts(for threads: Int) -> Int {
    min(threads, isSmall ? (output.blocks + Self.blocks - 1) / Self.blocks : output.size.height)
  }

  func run(_ part: PicturePart, _ memory: PictureMemory) {
    if part.index == 0 { output.clearBorder(memory.values) }
    let blocks = isSmall ? part.range(of: output.blocks, step: Self.blocks) : 0..<output.blocks
    let rows = isSmall ? 0..<output.size.height : part.range(of: output.size.height)
    kernel.run(
      whisker_map_task(blocks, rows),
      input.view(
        memory.values, top: kernel.top, left: kernel.left, block: kernel.isLanewise ? blocks.lowerBound : 0),
      addend?.view(memory.values), output.view(memory.values))
  }
}

extension whisker_map_task {
  init(_ blocks: Range<Int>, _ rows: Range<Int>) {
    self.init(
      first_block: Int64(blocks.lowerBound), end_block: Int64(blocks.upperBound),
      first_row: Int64(rows.lowerBound), end_row: Int64(rows.upperBound))
  }
}

/// A kernel with its weights.
protocol PictureKernel: Sendable {
  /// The rows and columns of padding before the input.
  var top: Int { get }
  var left: Int { get }
  /// Whether the input is that of the blocks of the task alone.
  var isLanewise: Bool { get }
  func run(_ task: whisker_map_task, _ input: whisker_map, _ addend: whisker_map?, _ output: whisker_map)
}

extension PictureKernel {
  var top: Int { 0 }
  var left: Int { 0 }
  var isLanewise: Bool { false }

  /// Calls a kernel's function with the addresses of its arguments.
  static func call<Shape>(
    _ kernel: (
      UnsafePointer<Shape>, UnsafePointer<whisker_map_task>, UnsafePointer<whisker_map>,
      UnsafePointer<whisker_map>?, UnsafePointer<whisker_map>
    ) -> Void,
    _ shape: Shape, _ task: whisker_map_task, _ input: whisker_map, _ addend: whisker_map?,
    _ output: whisker_map
  ) {
    withUnsafePointer(to: shape) { shape in
      withUnsafePointer(to: task) { task in
        withUnsafePointer(to: input) { input in
          withUnsafePointer(to: output) { output in
            guard let addend else { return kernel(shape, task, input, nil, output) }
            withUnsafePointer(to: addend) { kernel(shape, task, input, $0, output) }
          }
        }
      }
    }
  }
}

extension whisker_map_ending {
  init(_ operation: FusedGraph.Operation) {
    self.init(before: .init(operation.before), after: .init(operation.after))
  }
}

extension whisker_map_activation {
  init(_ function: InferenceGraph.Function?) {
    let none = Int32(WHISKER_RELU.rawValue)
    switch function {
    case nil: self.init(kind: none, slope: 1, limit: .infinity)
    case .relu: self.init(kind: none, slope: 0, limit: .infinity)
    case .relu6: self.init(kind: none, slope: 0, limit: 6)
    case .leakyReLU(let slope): self.init(kind: none, slope: Float(slope), limit: .infinity)
    case .silu: self.init(kind: Int32(WHISKER_SILU.rawValue), slope: 1, limit: .infinity)
    case .hardSwish: self.init(kind: Int32(WHISKER_HARD_SWISH.rawValue), slope: 1, limit: .infinity)
    }
  }
}
