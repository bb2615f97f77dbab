import Foundation
import TestSupport

/// A file system in memory, of a few blocks.
final class SmallDisk {
  private let path: String
  private var isMounted = false

  init(at path: String, kilobytes: Int) throws {
    self.path = path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    guard mount("tmpfs", path, "tmpfs", 0, "size=\(kilobytes)k") == 0 else {
      throw ToolRun.Failure("cannot be mounted: \(String(cString: strerror(errno)))")
    }
    isMounted = true
  }

  deinit { remove() }

  /// Gives the disk another size.
  func resize(kilobytes: Int) throws {
    guard mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT), "size=\(kilobytes)k") == 0 else {
      throw ToolRun.Failure("cannot be resized: \(String(cString: strerror(errno)))")
    }
  }

  /// Takes the disk away; without that its folder cannot be removed.
  func remove() {
    guard isMounted else { return }
    isMounted = false
    umount2(path, Int32(MNT_DETACH))
  }

  /// Whether this process may mount anything: in a container root may not.
  static var canBeMade: Bool {
    guard getuid() == 0, let folder = try? TemporaryFolder() else { return false }
    guard let disk = try? SmallDisk(at: folder.path("probe"), kilobytes: 16) else { return false }
    disk.remove()
    return true
  }
}
