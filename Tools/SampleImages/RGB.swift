/// A colour of 8 bits a channel, as palettes hold it.
public struct RGB: Hashable, Sendable {
  /// 0 to 255 each.
  public var red, green, blue: UInt8

  public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }
}
