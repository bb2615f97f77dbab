import Foundation
import Testing
import WhiskerTraining

@Suite struct PictureAlignmentTests {
  private static let side = 32

  /// A picture of waves seen through a window whose edges are lengths of its sides.
  private func picture(
    _ seed: Double, left: Double = 0, right: Double = 1, top: Double = 0, bottom: Double = 1,
    mirrored: Bool = false
  ) -> PictureAlignment.Pixels {
    let gray = (0..<Self.side * Self.side).map { place -> UInt8 in
      let column = mirrored ? Self.side - 1 - place % Self.side : place % Self.side
      let x = left + (Double(column) + 0.5) / Double(Self.side) * (right - left)
      let y = top + (Double(place / Self.side) + 0.5) / Double(Self.side) * (bottom - top)
      let waves =
        sin(9 * x + seed) + sin(7 * y + 2 * seed) + sin(8 * (x - y) + 5 * seed) + sin(11 * x * y + seed)
      return UInt8(128 + 30 * waves)
    }
    return PictureAlignment.pixels(gray[...])
  }

  @Test func aPictureIsLikeItselfMirroredAndCropped() {
    let whole = picture(1)
    let views = [
      picture(1), picture(1, mirrored: true), picture(1, left: 0.1), picture(1, right: 0.92, bottom: 0.9),
      picture(1, left: 0.05, right: 0.95, top: 0.05, bottom: 0.95, mirrored: true),
    ]
    for (number, view) in views.enumerated() {
      #expect(PictureAlignment.correlation(whole, view) > 0.985, "view \(number)")
      #expect(PictureAlignment.correlation(view, whole) > 0.985, "view \(number)")
    }
  }

  /// The script is References/picture_alignment.py.
  @Test func correlationsAreThoseOfNumPy() {
    let whole = picture(1)
    let cases: [(view: PictureAlignment.Pixels, there: Float, back: Float)] = [
      (picture(1, left: 0.1), 0.999971, 0.999965),
      (picture(1, right: 0.92, bottom: 0.9), 0.999582, 0.998594),
      (picture(1, left: 0.05, right: 0.95, top: 0.05, bottom: 0.95, mirrored: true), 0.999844, 0.99948),
      (picture(2), 0.268795, 0.268795), (picture(3), -0.432747, -0.432747), (picture(4), 0.160029, 0.160029),
    ]
    for (number, (view, there, back)) in cases.enumerated() {
      let found = [PictureAlignment.correlation(whole, view), PictureAlignment.correlation(view, whole)]
      #expect(abs(found[0] - there) < 1e-4 && abs(found[1] - back) < 1e-4, "view \(number): \(found)")
    }
  }

  @Test func differentAndFlatPicturesAreNotAlike() {
    for seed in 2...6 { #expect(PictureAlignment.correlation(picture(1), picture(Double(seed))) < 0.95) }
    let flat = PictureAlignment.pixels([UInt8](repeating: 99, count: Self.side * Self.side)[...])
    #expect(PictureAlignment.correlation(flat, flat) == 0)
    #expect(PictureAlignment.correlation(picture(1), flat) == 0)
  }
}
