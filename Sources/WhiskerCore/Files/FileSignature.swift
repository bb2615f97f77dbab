/// A file format, recognised by the first bytes of a file.
package struct FileSignature: Sendable {
  /// The format with its article, such as "a WebP image".
  package let name: String
  /// How to convert its weights to safetensors, or how to get the right file; nil if neither applies.
  package let advice: ErrorText?
  private let offset: Int
  private let bytes: [UInt8]
  /// Text that must also occur somewhere in the first bytes.
  private let content: String

  /// The number of bytes needed to recognise a format.
  package static let headSize = 512

  private init(
    _ name: String, _ bytes: [UInt8], at offset: Int = 0, with content: String = "", advice: ErrorText? = nil
  ) {
    (self.name, self.bytes, self.offset, self.content, self.advice) = (name, bytes, offset, content, advice)
  }

  private init(
    _ name: String, _ text: String, at offset: Int = 0, with content: String = "", advice: ErrorText? = nil
  ) {
    self.init(name, Array(text.utf8), at: offset, with: content, advice: advice)
  }

  private func matches(_ head: [UInt8]) -> Bool {
    head.dropFirst(offset).starts(with: bytes)
      && (content.isEmpty || head.firstRange(of: content.utf8) != nil)
  }

  /// The format of a file that starts with `head`; nil if it is unknown.
  package static func of(_ head: [UInt8]) -> FileSignature? {
    if let known = table.first(where: { $0.matches(head) }) { return known }
    // "BM" alone is not conclusive: a text file may start with it.
    guard isText(head) else { return head.starts(with: "BM".utf8) ? FileSignature("a BMP image", "") : nil }
    let text = String(decoding: head, as: UTF8.self).lowercased()
      .drop { $0.isWhitespace || $0 == byteOrderMark }
    return texts.first { $0.matches(Array(text.utf8)) }
  }

  /// Describes a file that starts with `head`, as the end of a sentence such as "The file is ...".
  package static func describe(_ head: [UInt8]) -> String {
    if head.isEmpty { return "empty" }
    if head.allSatisfy({ $0 == 0 }) { return "nothing but zero bytes" }
    return of(head)?.name ?? (isText(head) ? "a text file" : "of an unknown format")
  }

  private static let table = binary + onnxModels

  private static let binary: [FileSignature] = [
    FileSignature("a PNG image", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
    FileSignature("a JPEG image", [0xFF, 0xD8, 0xFF]),
    FileSignature("a GIF image", "GIF8"),
    FileSignature("a WebP image", "WEBP", at: 8),
    FileSignature("a TIFF image", [0x49, 0x49, 0x2A, 0x00]),
    FileSignature("a TIFF image", [0x4D, 0x4D, 0x00, 0x2A]),
    FileSignature("a TIFF image", [0x49, 0x49, 0x2B, 0x00]),
    FileSignature("a TIFF image", [0x4D, 0x4D, 0x00, 0x2B]),
    FileSignature("a HEIC image", "ftyphei", at: 4),
    FileSignature("a HEIC image", "ftyphev", at: 4),
    FileSignature("a HEIC image", "ftypmif1", at: 4),
    FileSignature("a HEIC image", "ftypmsf1", at: 4),
    FileSignature("an AVIF image", "ftypavi", at: 4),
    FileSignature("a JPEG 2000 image", "jP  ", at: 4),
    FileSignature("a JPEG 2000 image", [0xFF, 0x4F, 0xFF, 0x51]),
    FileSignature("a JPEG XL image", [0xFF, 0x0A]),
    FileSignature("a JPEG XL image", "JXL ", at: 4),
    FileSignature("an icon file", [0x00, 0x00, 0x01, 0x00]),
    FileSignature("a Photoshop document", "8BPS"),
    FileSignature("a PDF document", "%PDF"),
    FileSignature("a PyTorch checkpoint (ZIP)", "PK\u{3}\u{4}", with: "data.pkl", advice: weights),
    FileSignature("a TorchScript model (ZIP)", "PK\u{3}\u{4}", with: "/code/", advice: pytorch),
    FileSignature("an archive of NumPy arrays", "PK\u{3}\u{4}", with: ".npy", advice: numpy),
    FileSignature("a Keras model (ZIP)", "PK\u{3}\u{4}", with: "metadata.json", advice: keras),
    FileSignature("a Keras model (ZIP)", "PK\u{3}\u{4}", with: "config.json", advice: keras),
    FileSignature("a ZIP archive", "PK\u{3}\u{4}"),
    FileSignature("a gzip archive", [0x1F, 0x8B]),
    FileSignature("a tar archive", "ustar", at: 257),
    FileSignature("an xz archive", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], advice: archive),
    // After "BZh" and a digit, the first block begins with the digits of pi.
    FileSignature("a bzip2 archive", [0x31, 0x41, 0x59, 0x26, 0x53, 0x59], at: 4, advice: archive),
    FileSignature("a Zstandard archive", [0x28, 0xB5, 0x2F, 0xFD], advice: archive),
    FileSignature("a 7z archive", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], advice: archive),
    FileSignature("a RAR archive", [0x52, 0x61, 0x72, 0x21, 0x1A, 0x07], advice: archive),
    FileSignature("an HDF5 file", [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], advice: keras),
    FileSignature("a NumPy array", [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], advice: numpy),
    FileSignature("a GGUF model", "GGUF", advice: other),
    FileSignature("a TensorFlow Lite model", "TFL3", at: 4, advice: other),
    // The protocol, and PyTorch's magic number.
    FileSignature(
      "a PyTorch checkpoint (pickles)", [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46], advice: weights),
    FileSignature("a PyTorch checkpoint (pickle)", [0x80, 0x02], advice: pytorch),
    FileSignature("a Python pickle", [0x80, 0x03], advice: pytorch),
    FileSignature("a Python pickle", [0x80, 0x04], advice: pytorch),
    FileSignature("a Python pickle", [0x80, 0x05], advice: pytorch),
    FileSignature("a video", "ftyp", at: 4),
  ]

  /// A protocol buffer whose first field is the format version and whose second is the producer or the graph.
  private static let onnxModels = (3...14).flatMap { version in
    [0x12, 0x3A].map { FileSignature("an ONNX model", [0x08, version, $0], advice: weights) }
  }

  /// Text formats, recognised by their start. Leading whitespace and case are ignored.
  private static let texts: [FileSignature] = [
    // The placeholder of a large file that Git LFS has not fetched.
    FileSignature(
      "a Git LFS pointer", "version https://git-lfs", advice: "Fetch the file itself with git lfs pull"),
    FileSignature("an SVG or XML file", "<svg"),
    FileSignature("an SVG or XML file", "<?xml"),
    FileSignature("an HTML page", "<", with: "<!doctype html", advice: page),
    FileSignature("an HTML page", "<", with: "<html", advice: page),
  ]

  private static let weights: ErrorText = "Create a model from its weights with whisker import"
  private static let pytorch: ErrorText =
    "In Python: safetensors.torch.save_file(torch.load(FILE, weights_only=True), \"w.safetensors\")"
  private static let keras: ErrorText =
    "In Python: safetensors.numpy.save_file({v.path: v.numpy() for v in model.weights}, \"w.safetensors\")"
  private static let numpy: ErrorText =
    "In Python: safetensors.numpy.save_file(dict(numpy.load(FILE)), \"w.safetensors\")"
  private static let archive: ErrorText = "Expand it, or pack it as .zip or .tar.gz"
  private static let other: ErrorText = "Save the weights of the original model as safetensors"
  private static let page: ErrorText =
    "Download the file itself: this is a web page about it, or an error page"

  private static let byteOrderMark: Character = "\u{FEFF}"

  private static func isText(_ head: [UInt8]) -> Bool {
    head.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
  }
}
