import Foundation
import TestSupport
import Testing
import WhiskerCore

/// The files of a run, as a user's own programs would read them.
struct RunFiles {
  let path: String

  init(_ folder: TemporaryFolder, _ name: String = "runs/train1") { path = folder.path(name) }

  var best: String { path + "/weights/best.safetensors" }
  var last: String { path + "/weights/last.safetensors" }

  func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)) }

  /// The rows of a CSV file, the header first.
  func rows(_ name: String) throws -> [[String]] {
    try String(decoding: bytes(name), as: UTF8.self).split(separator: "\n")
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
  }

  func json(_ name: String) throws -> [String: Any] { try jsonObject(bytes(name)) }

  /// Expects the losses of the first epoch, of training and validation, to be those of another run but for the order of
  /// sums, and as many steps.
  func expectSameStart(as other: RunFiles) throws {
    let (own, others) = (try rows("results.csv"), try other.rows("results.csv"))
    for column in [1, 3] {
      let (left, right) = (Double(own[1][column]), Double(others[1][column]))
      #expect(abs(try #require(left) - #require(right)) < 1e-4)
    }
    #expect(own.map { $0[7] } == others.map { $0[7] })
  }

  /// Everything in the folder, hidden files too.
  var files: [String] {
    (FileManager.default.enumerator(atPath: path)?.allObjects as? [String] ?? []).sorted()
  }
}

/// The object that JSON text stands for.
func jsonObject(_ data: Data) throws -> [String: Any] {
  try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
}

/// The object that a line of JSON stands for.
func jsonObject(_ text: String) throws -> [String: Any] { try jsonObject(Data(text.utf8)) }

/// The number behind a name in an epoch's line: `loss` in `Epoch 1/5 loss 0.1234 ...`.
func figure(_ name: String, in line: String) -> String? {
  let words = line.split(separator: " ")
  return words.firstIndex(of: Substring(name)).map { String(words[$0 + 1]) }
}
