/// What the features of a dataset are computed by: the first layers of a model, its backbone.
public struct FeatureOrigin: Sendable, Equatable, Codable {
  /// The number of features.
  public let count: Int
  /// The fingerprint of the backbone's layers and tensors, in hexadecimal.
  public let backbone: String
  /// The views of each picture whose features a sample holds, one after the other; 1 for the picture alone.
  public var views = 1

  /// The most features of a view.
  package static let countLimit = 1 << 24
  /// The possible numbers of views.
  public static let viewRange = 1...100

  /// `count` features of the backbone with a fingerprint.
  package init(count: Int, backbone: Fingerprint) {
    (self.count, self.backbone) = (count, backbone.hexadecimal)
  }

  /// The number of values of a sample.
  var valueCount: Int { count * views }

  /// Reads what `encode(to:)` wrote.
  /// - Throws: `DecodingError` when a value is missing or out of range.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    count = try values.decode(Int.self, forKey: .count)
    backbone = try values.decode(String.self, forKey: .backbone)
    views = try values.decodeIfPresent(Int.self, forKey: .views) ?? 1
    guard (1...Self.countLimit).contains(count), Self.viewRange.contains(views),
      Fingerprint(hexadecimal: backbone) != nil
    else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "unsupported features"))
    }
  }

  /// Writes the number of views only if it is not 1.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(count, forKey: .count)
    try values.encode(backbone, forKey: .backbone)
    if views > 1 { try values.encode(views, forKey: .views) }
  }

  private enum CodingKeys: String, CodingKey { case count, backbone, views }
}

extension FeatureOrigin: CustomStringConvertible {
  /// "1280 features of the backbone 0c9f81d2".
  public var description: String {
    "\(count) features \(views > 1 ? "of \(views) views each " : "")of the backbone \(backbone.prefix(8))"
  }
}

extension Preprocessing {
  /// The bytes of a feature, a Float32.
  static let featureSize = 4

  /// The preprocessing of the pictures that the features are computed from; of pictures itself.
  public var ofPictures: Preprocessing {
    var pictures = self
    pictures.features = nil
    return pictures
  }

  /// The samples in words: "pictures of 28x28 grayscale, ...".
  package var contents: String {
    (features == nil ? "pictures of " : "") + description
  }
}
