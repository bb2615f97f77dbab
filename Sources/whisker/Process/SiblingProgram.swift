import Glibc
import WhiskerCore

/// The programs in the folder of the tool.
enum SiblingProgram {
  /// The path of a program.
  /// - Parameter purpose: What the program does, for the error: "serves the report".
  /// - Parameter advice: What to do without it.
  /// - Throws: `FileError` when it is missing.
  static func path(of name: String, purpose: String, advice: ErrorText) throws -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = readlink("/proc/self/exe", &buffer, buffer.count)
    guard length > 0 else { throw FileError("/proc/self/exe", systemError: errno, doing: "cannot be read") }
    let own = pathText(buffer.prefix(length).map { UInt8(truncatingIfNeeded: $0) })
    let program = AtomicFile.folder(of: own) + "/" + name
    guard withPath(program, { access($0, X_OK) }) == 0 else {
      throw FileError(program, "is missing: it \(purpose)", advice: advice)
    }
    return program
  }

  /// Runs a program in place of this one, in the same process.
  /// - Throws: `FileError` when it cannot be run.
  static func replaceProcess(with program: String, _ arguments: [String]) throws -> Never {
    var words = ([program] + arguments).map { withPath($0) { strdup($0) } }
    words.append(nil)
    _ = withPath(program) { execv($0, words) }
    throw FileError(program, systemError: errno, doing: "cannot be run")
  }
}
