import WhiskerData
import WhiskerTensor

extension LayoutError {
  /// The error with the option that settles it.
  var textWithOption: String { "\(self): \(option)" }

  private var option: String {
    switch remedy {
    case .classNames(let names): "--class-names \(list(names))"
    case .labelsFromNames: "--labels-from-names"
    }
  }

  /// The names as one word of a shell's, or a pattern of it where they are many.
  private func list(_ names: [String]) -> String {
    guard names.count <= Self.namesShown else { return "a,b,c" }
    return ShellWords([names.joined(separator: ",")]).text
  }

  private static let namesShown = 10
}
