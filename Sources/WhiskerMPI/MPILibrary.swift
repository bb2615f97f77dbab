import CMPI
import Glibc
import WhiskerCore

/// `libwhisker-mpi.so`, which scripts/build-mpi compiles with the MPI of the cluster.
struct MPILibrary: @unchecked Sendable {
  /// Its functions, valid as long as the process lives.
  let functions: whisker_mpi

  /// The environment variable with the path of the library; empty for none.
  static let variable = "WHISKER_MPI"
  private static let name = "libwhisker-mpi.so"

  private typealias Table = @convention(c) () -> UnsafePointer<whisker_mpi>?

  /// Loads the library; nil if there is none.
  /// - Throws: `LaunchError` when it exists and cannot be used.
  static func load() throws -> MPILibrary? {
    guard let path = path() else { return nil }
    // Open MPI loads plug-ins, which need its symbols.
    guard let handle = dlopen(path, RTLD_NOW | RTLD_GLOBAL) else {
      throw LaunchError("MPI cannot be used: \(dlerror().map { String(cString: $0) } ?? path)")
    }
    let table = dlsym(handle, "whisker_mpi_table").map { unsafeBitCast($0, to: Table.self) }
    guard let functions = table?()?.pointee, functions.version == whisker_mpi_version else {
      throw LaunchError(
        "MPI cannot be used: \(path) was built for another version of Whisker. Rebuild it with scripts/build-mpi"
      )
    }
    return MPILibrary(functions: functions)
  }

  private static func path() -> String? {
    if let named = getenv(variable) { return named.pointee == 0 ? nil : String(cString: named) }
    guard let program = realpath("/proc/self/exe", nil) else { return nil }
    defer { free(program) }
    let beside = AtomicFile.folder(of: String(cString: program)) + "/" + name
    return access(beside, F_OK) == 0 ? beside : nil
  }
}
