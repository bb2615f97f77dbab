import CKernels
import Foundation
import Testing
import WhiskerNN

/// The CPU quota of a container, as in the kernel's cgroup files.
@Suite struct CoreCountTests {
  static let files: [(name: String, files: [String: String], cores: Int64)] = [
    ("no groups", [:], 0),
    ("version 2", ["cpu.max": "150000 100000\n"], 2),
    ("version 2 without a limit", ["cpu.max": "max 100000\n"], 0),
    ("version 1", ["cpu/cpu.cfs_quota_us": "50000\n", "cpu/cpu.cfs_period_us": "100000\n"], 1),
    (
      "version 1, several cores", ["cpu/cpu.cfs_quota_us": "300000\n", "cpu/cpu.cfs_period_us": "100000\n"], 3
    ),
    ("version 1 without a limit", ["cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"], 0),
    ("version 1, cut short", ["cpu/cpu.cfs_quota_us": "50000\n"], 0),
  ]

  @Test(arguments: files)
  func theQuotaOfAContainerLimitsTheCores(_ test: (name: String, files: [String: String], cores: Int64))
    throws
  {
    let folder = URL(fileURLWithPath: NSTemporaryDirectory() + "/whisker-test-" + UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in test.files {
      let file = folder.appending(path: name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    #expect(whisker_quota_cores(folder.path) == test.cores)
    #expect(Machine.cores >= 1)
  }
}
