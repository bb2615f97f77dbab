/// The arguments of a command under one heading.
struct ArgumentSection {
  /// Nil for arguments without a heading.
  let title: String?
  /// Arguments that are documented together: a flag and its inversion.
  let entries: [[CommandInfo.Argument]]

  fileprivate init(_ title: String?, _ arguments: [CommandInfo.Argument]) {
    self.title = title
    entries = arguments.reduce(into: []) { entries, argument in
      if entries.last?.last?.text == argument.text {
        entries[entries.count - 1].append(argument)
      } else {
        entries.append([argument])
      }
    }
  }
}

extension CommandInfo {
  /// The arguments without a heading, then the others by heading.
  var sections: [ArgumentSection] {
    var seen: Set<String> = []
    let titles = shownArguments.compactMap(\.sectionTitle).filter { seen.insert($0).inserted }
    return ([nil] + titles).map { title in
      ArgumentSection(title, shownArguments.filter { $0.sectionTitle == title })
    }
  }
}
