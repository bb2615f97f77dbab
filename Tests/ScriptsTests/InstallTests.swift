import Foundation
import Testing

/// `scripts/install` and `scripts/package` with the programs built with the tests. By default the scripts build programs with
/// the Swift runtime included, which takes minutes.
@Suite struct InstallTests {
  private static let programs = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().path
  private static let packages = isInstalled("dpkg-shlibdeps") && isInstalled("dpkg-deb")
  private let work = FileManager.default.temporaryDirectory.appending(path: "whisker-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true) }

  private func script(
    _ name: String, _ arguments: [String], _ environment: [String: String] = [:]
  ) async throws -> (status: Int32, output: String) {
    let build = ProcessInfo.processInfo.environment.merging(["WHISKER_BUILD": Self.programs]) { $1 }
    return try await ScriptRun(
      name, arguments, environment: build.merging(environment) { $1 }, output: work.appending(path: "output")
    ).finish()
  }

  /// The output of a program, standard output and standard error.
  private func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [program] + arguments
    let pipe = Pipe()
    (process.standardOutput, process.standardError) = (pipe, pipe)
    process.currentDirectoryURL = work
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  /// The files below a folder.
  private func files(_ folder: URL) -> [String] {
    let paths = FileManager.default.enumerator(atPath: folder.path)?.allObjects as? [String] ?? []
    var isFolder: ObjCBool = false
    return paths.filter {
      FileManager.default.fileExists(atPath: folder.path + "/" + $0, isDirectory: &isFolder)
        && !isFolder.boolValue
    }.sorted()
  }

  private static let commands = [
    "audit", "embed", "evaluate", "explain", "export", "import", "inspect", "predict", "preprocess", "runs",
    "serve",
    "sweep",
    "train",
    "verify",
    "watch",
  ]
  private static let pages = ["whisker.1"] + commands.map { "whisker-\($0).1" }

  @Test("The installation works, has manual pages and completions, and is removed completely")
  func install() async throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let (root, prefix) = (work.appending(path: "root"), "/opt/my tools")
    let folder = root.appending(path: prefix)
    let destination = ["DESTDIR": root.path]
    #expect(try await script("install", ["--uninstall", prefix], destination).status == 1)
    try FileManager.default.createDirectory(
      at: folder.appending(path: "bin"), withIntermediateDirectories: true)
    try Data([1]).write(to: folder.appending(path: "bin/other"))
    for _ in 1...2 {
      let installed = try await script("install", [prefix], destination)
      #expect(installed.status == 0, "\(installed.output)")
      #expect(installed.output.contains("is not in PATH"))
    }
    let expected =
      [
        "bin/other", "bin/whisker", "bin/whisker-live", "bin/whisker-serve",
        "share/bash-completion/completions/whisker",
      ]
      + ["share/fish/vendor_completions.d/whisker.fish"] + Self.pages.map { "share/man/man1/\($0)" }
      + ["share/whisker/files", "share/zsh/site-functions/_whisker"]
    #expect(files(folder) == expected.sorted())
    let help = try run(folder.appending(path: "bin/whisker").path, ["--help"])
    #expect(help.status == 0 && help.output.contains("train"))
    let removed = try await script("install", ["--uninstall", prefix], destination)
    #expect(removed.status == 0, "\(removed.output)")
    #expect(files(folder) == ["bin/other"])
    #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "share").path))
    for wrong in [["--frobnicate"], ["a", "b"], [""]] {
      #expect(try await script("install", wrong).status == 2, "\(wrong)")
    }
  }

  @Test("A manual page documents every option of its command, without warnings of groff or mandoc")
  func manuals() async throws {
    defer { try? FileManager.default.removeItem(at: work) }
    #expect(try await script("install", ["/"], ["DESTDIR": work.path]).status == 0)
    for page in Self.pages {
      let path = work.appending(path: "share/man/man1/\(page)").path
      let text = try String(contentsOfFile: path, encoding: .utf8).replacing("\\-", with: "-")
      let command = page.dropLast(2).split(separator: "-").dropFirst().map(String.init)
      let help = try run(work.appending(path: "bin/whisker").path, command + ["--help"]).output
      for option in help.matches(of: #/^  (?:-\w, )?(--[a-z-]+)/#.anchorsMatchLineEndings()) {
        #expect(text.contains("\\fB\(option.1)\\fR"), "\(option.1) in \(page)")
      }
      #expect(text.contains(".SH SYNOPSIS") && text.contains(".SH \"SEE ALSO\""))
      if isInstalled("groff") {
        let formatted = try run("groff", ["-man", "-Tutf8", "-ww", "-z", path])
        #expect(formatted.status == 0 && formatted.output.isEmpty, "\(formatted.output)")
      }
      if isInstalled("mandoc") {
        let linted = try run("mandoc", ["-T", "lint", "-W", "warning", path])
        #expect(linted.output.isEmpty, "\(linted.output)")
      }
    }
  }

  @Test("Programs without the Swift runtime are not packaged", .enabled(if: packages))
  func runtime() async throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let refused = try await script("package", [work.appending(path: "packages").path])
    #expect(refused.status == 1, "\(refused.output)")
    #expect(refused.output.contains("libswift") && refused.output.contains("--static-swift-stdlib"))
    #expect(!FileManager.default.fileExists(atPath: work.appending(path: "packages").path))
  }

  @Test("The package has the same bytes each time, and declares its libraries", .enabled(if: packages))
  func package() async throws {
    defer { try? FileManager.default.removeItem(at: work) }
    var packages: [Data] = []
    for folder in ["first", "second"] {
      let made = try await script(
        "package", [work.appending(path: folder).path], ["WHISKER_RUNTIME": "shared"])
      #expect(made.status == 0, "\(made.output)")
      let name = try #require(files(work.appending(path: folder)).first { $0.hasSuffix(".deb") })
      packages.append(try Data(contentsOf: work.appending(path: "\(folder)/\(name)")))
    }
    #expect(packages[0] == packages[1])
    let package = work.appending(path: "first/\(files(work.appending(path: "first"))[0])").path
    let fields = try run("dpkg-deb", ["--field", package]).output
    for library in ["libc6 (>= ", "libpng16-16", "libjpeg62-turbo", "libwebp7", "zlib1g"] {
      #expect(fields.contains(library), "\(fields)")
    }
    #expect(fields.contains("Package: whisker") && fields.contains("Version: 0"))
    #expect(try run("dpkg-deb", ["--extract", package, "root"]).status == 0)
    let contents = files(work.appending(path: "root/usr"))
    let expected =
      ["bin/whisker", "bin/whisker-live", "bin/whisker-serve", "share/bash-completion/completions/whisker"]
      + ["share/doc/whisker/changelog.gz", "share/doc/whisker/copyright"]
      + ["share/fish/vendor_completions.d/whisker.fish"]
      + Self.pages.map { "share/man/man1/\($0).gz" } + ["share/zsh/vendor-completions/_whisker"]
    #expect(contents == expected.sorted())
    for wrong in [["--frobnicate"], ["a", "b"], [""]] {
      #expect(try await script("package", wrong).status == 2, "\(wrong)")
    }
  }
}
