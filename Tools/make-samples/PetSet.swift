import Foundation
import SampleImages

private enum Kind: String, CaseIterable {
  case cat, dog
}

private let petSplits = [(name: "train", perKind: 200), (name: "test", perKind: 50)]

/// Writes the cats and dogs in one folder per split and class.
///
/// - Throws: `WriteError`, or `ImageWriterError` from an encoder.
func writePets(to root: URL) throws {
  var index = FirstStream.pets
  for part in petSplits {
    for kind in Kind.allCases {
      let directory = root.appendingPathComponent("\(part.name)/\(kind.rawValue)", isDirectory: true)
      try makeDirectory(directory)
      for number in 0..<part.perKind {
        let file = try petFile(of: kind, index: index)
        let name = String(format: "%03d.", number) + file.suffix
        try write(file.bytes, to: directory.appendingPathComponent(name))
        index += 1
      }
    }
  }
}

/// Format and size are drawn first and independently of the class.
private func petFile(of kind: Kind, index: Int) throws -> (bytes: [UInt8], suffix: String) {
  var generator = stream(for: index)
  let format = PetFormat(using: &generator)
  let size = format.size(using: &generator)
  let canvas =
    switch kind {
    case .cat: drawCat(width: size.width, height: size.height, using: &generator)
    case .dog: drawDog(width: size.width, height: size.height, using: &generator)
    }
  let picture = Picture(canvas, cutOut: format.isCutOut).grained(format.grain, using: &generator)
  return (try format.encode(picture), format.suffix)
}
