import WhiskerTensor

/// Finds MNIST's files in a folder, under the names that people give them.
enum IDXFolder {
  /// The paths of a pair of files.
  struct Pair {
    let images: String
    let labels: String
  }

  private static let subfolders = ["", "/raw", "/MNIST/raw"]
  private static let separators = ["-", "."]
  private static let endings = ["", ".gz"]

  /// The pairs of the training part and of the test part below `root`, as far as they are there.
  /// - Throws: `FileError` when one file of a pair is missing.
  static func pairs(in root: String) throws -> (training: Pair?, test: Pair?) {
    for subfolder in subfolders {
      let training = try pair("train", in: root + subfolder)
      let test = try pair("t10k", in: root + subfolder)
      if training != nil || test != nil { return (training, test) }
    }
    return (nil, nil)
  }

  /// The labels' file that belongs to an images' file by its name.
  static func labels(for images: String) -> String? {
    let name = lastPart(of: images)
    guard let range = name.firstRange(of: "images") else { return nil }
    let folder = images.dropLast(name.count)
    let base = name.replacingCharacters(in: range, with: "labels").replacing("idx3", with: "idx1")
    let bare = base.hasSuffix(".gz") ? String(base.dropLast(3)) : base
    return endings.map { folder + bare + $0 }.first(where: isFile)
  }

  private static func pair(_ part: String, in folder: String) throws -> Pair? {
    let images = find("\(part)-images", "idx3-ubyte", in: folder)
    let labels = find("\(part)-labels", "idx1-ubyte", in: folder)
    switch (images, labels) {
    case (nil, nil): return nil
    case (let images?, let labels?): return Pair(images: images, labels: labels)
    case (let images?, nil):
      throw FileError(images, "has no \(part)-labels-idx1-ubyte beside it, gzipped or not")
    case (nil, let labels?):
      throw FileError(labels, "has no \(part)-images-idx3-ubyte beside it, gzipped or not")
    }
  }

  private static func find(_ start: String, _ end: String, in folder: String) -> String? {
    for separator in separators {
      for ending in endings {
        let path = "\(folder)/\(start)\(separator)\(end)\(ending)"
        if isFile(path) { return path }
      }
    }
    return nil
  }
}

extension String {
  fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
    self[..<range.lowerBound] + text + self[range.upperBound...]
  }
}
