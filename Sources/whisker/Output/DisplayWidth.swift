/// The width of a text on a terminal: two columns for an East Asian wide character or an emoji (Unicode annex 11), one for
/// any other character.
func displayWidth(_ text: some StringProtocol) -> Int {
  if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
  return text.reduce(0) { $0 + displayWidth($1) }
}

private let wideRanges: [ClosedRange<UInt32>] = [
  0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF,
  0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1FAFF,
  0x20000...0x3FFFD,
]

func displayWidth(_ character: Character) -> Int {
  guard let scalar = character.unicodeScalars.first?.value, scalar >= 0x1100 else { return 1 }
  return wideRanges.contains { $0.contains(scalar) } ? 2 : 1
}

/// The text, cut to `columns` columns with an ellipsis at the end.
func beginning(of text: String, in columns: Int) -> String {
  guard displayWidth(text) > columns else { return text }
  return String(fitting(text, columns - ellipsis.count)) + ellipsis
}

/// The text, cut to `columns` columns with an ellipsis at the start.
func ending(of text: String, in columns: Int) -> String {
  guard displayWidth(text) > columns else { return text }
  return ellipsis + String(fitting(text.reversed(), columns - ellipsis.count).reversed())
}

private var ellipsis: String { Terminal.isUnicode ? "…" : ".." }

/// The first characters that fit into `columns` columns.
private func fitting(_ characters: some Sequence<Character>, _ columns: Int) -> [Character] {
  var rest = columns
  return characters.prefix { character in
    rest -= displayWidth(character)
    return rest >= 0
  }
}
