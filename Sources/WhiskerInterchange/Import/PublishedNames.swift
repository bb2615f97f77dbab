/// The order of the layers of published networks, whose names give it only to those who know the network: in a safetensors file,
/// tensors have no order of their own.
enum PublishedNames {
  /// A family of networks: names without blocks, and the names inside a block, in order.
  fileprivate struct Family {
    /// The layers before the blocks, and those behind them.
    let first, last: [String]
    /// The words before the numbers of a block: "blocks".
    let blocks: String
    /// The number of numbers of a block.
    let depth: Int
    /// The names inside a block, for each kind of block.
    let inside: [[String]]
  }

  private static let families = [
    // ResNets of torchvision and timm.
    Family(
      first: ["conv1", "bn1"], last: ["fc"], blocks: "layer", depth: 2,
      inside: [
        ["conv1", "bn1", "conv2", "bn2", "conv3", "bn3", "downsample.0", "downsample.1"]
      ]),
    // MobileNetV2 and EfficientNet-Lite of timm.
    Family(
      first: ["conv_stem", "bn1"], last: ["conv_head", "bn2", "classifier"], blocks: "blocks", depth: 2,
      inside: [
        ["conv_dw", "bn1", "conv_pw", "bn2"], ["conv_pw", "bn1", "conv_dw", "bn2", "conv_pwl", "bn3"],
      ]),
    // The EfficientNets of other packages for PyTorch.
    Family(
      first: ["_conv_stem", "_bn0"], last: ["_conv_head", "_bn1", "_fc"], blocks: "_blocks", depth: 1,
      inside: [
        ["_expand_conv", "_bn0", "_depthwise_conv", "_bn1", "_project_conv", "_bn2"]
      ]),
  ]

  /// The entries in the order of the layers; nil unless all of them have the names of one family.
  static func sorted(_ entries: [WeightsEntry]) -> [WeightsEntry]? {
    guard entries.allSatisfy({ $0.hint == .pytorch }) else { return nil }
    return families.lazy.compactMap { $0.sorted(entries) }.first
  }
}

extension PublishedNames.Family {
  private typealias Place = (block: [Int], name: String)

  fileprivate func sorted(_ entries: [WeightsEntry]) -> [WeightsEntry]? {
    let places = entries.compactMap { place(of: $0.name) }
    guard places.count == entries.count, places.contains(where: { $0.block.count > 1 }) else { return nil }
    let names = Dictionary(grouping: places, by: \.block).mapValues { Set($0.map(\.name)) }
    var keys: [(key: [Int], entry: WeightsEntry)] = []
    for (place, entry) in zip(places, entries) {
      let orders = place.block.count > 1 ? inside : [first, last]
      guard
        let order = orders.first(where: { Set($0).isSuperset(of: names[place.block] ?? []) }),
        let index = order.firstIndex(of: place.name)
      else { return nil }
      keys.append((place.block + [index], entry))
    }
    return keys.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.entry)
  }

  /// The numbers of the block, between 0 for the layers before all blocks and 2 for those behind, and the name inside.
  private func place(of name: String) -> Place? {
    if first.contains(name) { return ([0], name) }
    if last.contains(name) { return ([2], name) }
    guard name.hasPrefix(blocks) else { return nil }
    let words = name.dropFirst(blocks.count).split(separator: ".")
    let numbers = words.prefix(depth).compactMap { Int($0) }
    guard numbers.count == depth, words.count > depth else { return nil }
    return ([1] + numbers, words.dropFirst(depth).joined(separator: "."))
  }
}
