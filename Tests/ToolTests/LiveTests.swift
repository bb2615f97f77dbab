import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct Live {
    private let folder: TemporaryFolder
    private let pets = Fixtures.samples + "/cats-dogs"

    init() throws { folder = try TemporaryFolder() }

    @Test("train --serve shows the report while it trains, to this machine, and ends as training does")
    func serve() async throws {
      let run = try ToolRun(["train", pets, "--epochs", "100000", "--serve", "-o", "run"], in: folder)
      let address = try await address(of: run)
      try await run.wait { $0.contains("Epoch      2/100000 loss") }
      let page = try get(address)
      #expect(
        page.status == 200 && page.body.contains("<main>") && page.body.contains("/live.js"), "\(page.text)")
      #expect(!page.body.contains("http-equiv") && page.headers.contains("script-src 'self'"))
      let file = try get(address + "report.html")
      #expect(file.status == 200 && file.body.contains("http-equiv"))
      try expectLoopbackOnly(address)
      run.signal(SIGINT)
      let ended = try await run.finish(within: 10)
      #expect(ended.status == 130, "\(ended.story)")
      #expect(try get(address).status == 0)
      #expect(try WebPage(folder, "run/report.html").text.contains("Training was interrupted"))
    }

    @Test("watch shows a run's page and nothing else, until Ctrl-C")
    func watch() async throws {
      try await whisker("train", pets, "--epochs", "1", in: folder)
      let run = try ToolRun(["watch", "runs/train1/"], in: folder)
      let address = try await address(of: run)
      let file = try get(address + "report.html")
      #expect(file.body == String(decoding: try RunFiles(folder).bytes("report.html"), as: UTF8.self))
      let tag = try #require(file.headers.firstMatch(of: #/ETag: (".*")/#)).1
      #expect(try get(address + "report.html", "-H", "If-None-Match: \(tag)").status == 304)
      for path in [
        "args.json", "weights/best.safetensors", "../args.json", "%2e%2e/args.json",
        "report.html/../args.json",
        "/etc/passwd", "../../../../../../etc/passwd", "report.html?x", "report.html%00",
      ] {
        let answer = try get(address + path)
        #expect(answer.status == 404 && !answer.body.contains("root:"), "\(path): \(answer.text)")
      }
      for host in [
        "evil.example", "127.0.0.1.evil.example", "evil.example:80", "localhost:x.evil", "localhost:", "",
      ] {
        #expect(try get(address, "-H", "Host: \(host)").status != 200, "\(host)")
      }
      let head = try get(address, "--head")
      #expect(head.status == 200 && head.body.isEmpty && head.headers.contains("Content-Length: "))
      #expect(try get(address, "-H", "Host: localhost").status == 200)
      #expect(try get(address, "-d", "x=1").status == 405)
      run.signal(SIGINT)
      let ended = try await run.finish(within: 5)
      #expect(ended.status == 130 && ended.errors.isEmpty, "\(ended.story)")
    }

    @Test("A port in use, a folder that is no run and a missing number are errors")
    func refused() async throws {
      try await whisker("train", pets, "--epochs", "1", in: folder)
      let run = try ToolRun(["watch", "runs/train1"], in: folder)
      let port = try #require(try await address(of: run).firstMatch(of: #/:(\d+)\//#)).1
      for command in [
        ["watch", "runs/train1", "--port", "\(port)"], ["train", pets, "--serve", "\(port)", "-o", "other"],
      ] {
        let second = try await ToolRun(command, in: folder).finish(within: 10)
        #expect(second.status == 1, "\(second.story)")
        #expect(second.errors.contains("port \(port) of 127.0.0.1 is in use"), "\(second.story)")
      }
      #expect(!FileManager.default.fileExists(atPath: folder.path("other")))
      let none = try await whisker("watch", "nowhere", in: folder)
      #expect(none.status == 1 && none.errors.contains("nowhere"), "\(none.story)")
      let many = try await whisker("watch", "runs/train1", "--port", "65536", in: folder)
      #expect(many.status == 2 && many.errors.contains("--port"), "\(many.story)")
      run.signal(SIGTERM)
      #expect(try await run.finish(within: 5).status == 143)
    }

    @Test("Requests without an end are refused and do not keep the page from others, nor watch from ending")
    func endlessRequests() async throws {
      try await whisker("train", pets, "--epochs", "1", in: folder)
      let run = try ToolRun(["watch", "runs/train1"], in: folder)
      let address = try await address(of: run)
      let port = try #require(address.firstMatch(of: #/:(\d+)\//#).flatMap { UInt16($0.1) })
      let line = Array("GET /".utf8) + [UInt8](repeating: UInt8(ascii: "a"), count: 1 << 20)
      let headers = Array("GET / HTTP/1.1\r\n".utf8) + (0..<5000).flatMap { _ in Array("A: b\r\n".utf8) }
      for request in [line, headers] {
        let connection = try #require(LoopbackConnection(port: port))
        connection.send(request)
        #expect(connection.receive().hasPrefix("HTTP/1.1 431 "))
      }
      // Closed while it is sent.
      for _ in 0..<3 { LoopbackConnection(port: port)?.send(line) }
      #expect(try get(address).status == 200)
      let unfinished = try #require(LoopbackConnection(port: port))
      unfinished.send(Array("GET / HTTP/1.1\r\nHost: 127.0".utf8))
      run.signal(SIGTERM)
      #expect(try await run.finish(within: 3).status == 143)
    }

    @Test("More connections than there are descriptors close the oldest ones, and the page is still shown")
    func manyConnections() async throws {
      try await whisker("train", pets, "--epochs", "1", in: folder)
      let run = try ToolRun(
        ["-c", "ulimit -n 40; exec \"$0\" watch runs/train1", ToolRun.tool.path], in: folder,
        program: URL(fileURLWithPath: "/bin/sh"))
      let address = try await address(of: run)
      let port = try #require(address.firstMatch(of: #/:(\d+)\//#).flatMap { UInt16($0.1) })
      let idle = (0..<100).compactMap { _ in LoopbackConnection(port: port) }
      #expect(idle.count == 100)
      #expect(try get(address).status == 200)
      #expect(idle[0].receive().isEmpty)
      run.signal(SIGINT)
      #expect(try await run.finish(within: 3).status == 130)
    }

    @Test("Requests sent ahead of a response are not answered, and nobody waits for them")
    func pipelined() async throws {
      try await whisker("train", pets, "--epochs", "1", in: folder)
      let run = try ToolRun(["watch", "runs/train1"], in: folder)
      let address = try await address(of: run)
      let port = try #require(address.firstMatch(of: #/:(\d+)\//#).flatMap { UInt16($0.1) })
      let client = try #require(LoopbackConnection(port: port))
      let request = "HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n"
      client.send(Array(String(repeating: request, count: 300).utf8))
      #expect(client.receive().components(separatedBy: "HTTP/1.1 ").count == 2)
      #expect(try get(address).status == 200)
      run.signal(SIGINT)
      #expect(try await run.finish(within: 3).status == 130)
    }

    @Test("A page whose process does not answer any more is ended all the same")
    func stuckPage() async throws {
      try await whisker("train", pets, "--epochs", "1", in: folder)
      let run = try ToolRun(["watch", "runs/train1"], in: folder)
      _ = try await address(of: run)
      let children = try String(
        contentsOfFile: "/proc/\(run.identifier)/task/\(run.identifier)/children", encoding: .utf8)
      let child = try #require(children.split(separator: " ").first.flatMap { Int32($0) })
      kill(child, SIGSTOP)
      run.signal(SIGINT)
      #expect(try await run.finish(within: 5).status == 130)
      #expect(kill(child, 0) != 0)
    }

    @Test("A tool that is killed leaves nothing behind that serves")
    func killed() async throws {
      try await whisker("train", pets, "--epochs", "1", in: folder)
      let run = try ToolRun(["watch", "runs/train1"], in: folder)
      let address = try await address(of: run)
      #expect(try get(address).status == 200)
      run.signal(SIGKILL)
      _ = try await run.finish(within: 10)
      let deadline = ContinuousClock.now + .seconds(5)
      while try get(address).status != 0, ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(50))
      }
      #expect(try get(address).status == 0)
    }

    @Test(
      "In a browser the live page replaces what it shows while training goes on, in place, to the end",
      .enabled(if: Chromium.program != nil, "there is no Chromium: apt-get install chromium"))
    func browser() async throws {
      let run = try ToolRun(["train", pets, "--epochs", "100000", "--serve", "-o", "run"], in: folder)
      let page = try BrowserPage(try await address(of: run), in: folder)
      // How many epochs the page says that were trained.
      let told = #"(document.querySelector("main")?.innerText.match(/([\d,]+) of 100,000/)||[])[1]"#
      var epochs = -1
      func hasGoneOn(_ text: String) -> Bool {
        guard let number = Int(text.replacing(",", with: "")), number > epochs else { return false }
        epochs = number
        return true
      }
      try await page.wait(told, until: hasGoneOn)
      // What is loaded anew has forgotten this, and is at its top.
      _ = try page.evaluate("(window.seen = document.querySelector('main'), scrollTo(0, 200))")
      for _ in 1...2 { try await page.wait(told, until: hasGoneOn) }
      #expect(try page.evaluate("window.seen === document.querySelector('main') && scrollY") == "200")
      #expect(try page.evaluate("document.querySelector('[role=status]').textContent") == "live")
      run.signal(SIGINT)
      #expect(try await run.finish(within: 10).status == 130)
      try await page.wait("document.querySelector('main').innerText") {
        $0.contains("Training was interrupted")
      }
      #expect(try page.evaluate("window.seen === document.querySelector('main')") == "true")
    }

    /// The address that the tool tells.
    private func address(of run: ToolRun) async throws -> String {
      var address: String?
      try await run.wait {
        address = $0.firstMatch(of: #/http:\/\/127\.0\.0\.1:\d+\//#).map { String($0.output) }
        return address != nil
      }
      return try #require(address)
    }

    private struct Answer {
      let status: Int
      let headers: String
      let body: String
      var text: String { headers + body }
    }

    /// Asks with curl; status 0 is no answer.
    private func get(_ address: String, _ options: String...) throws -> Answer {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments =
        ["curl", "-s", "-i", "--noproxy", "*", "--path-as-is", "--max-time", "10"] + options + [address]
      let pipe = Pipe()
      process.standardOutput = pipe
      try process.run()
      let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      let parts = text.components(separatedBy: "\r\n\r\n")
      let status = parts[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
      return Answer(status: status, headers: parts[0], body: parts.dropFirst().joined(separator: "\r\n\r\n"))
    }

    /// The port listens at 127.0.0.1, as the kernel tells, and nowhere else.
    private func expectLoopbackOnly(_ address: String) throws {
      let port = try #require(address.firstMatch(of: #/:(\d+)\//#).flatMap { UInt16($0.1) })
      let digits = String(port, radix: 16, uppercase: true)
      let suffix = ":" + String(repeating: "0", count: 4 - digits.count) + digits
      let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map {
        (try? String(contentsOfFile: $0, encoding: .utf8)) ?? ""
      }
      var listening: [String] = []
      for line in tables.joined(separator: "\n").split(separator: "\n") {
        let fields = line.split(separator: " ").map(String.init)
        if fields.count > 3, fields[1].hasSuffix(suffix), fields[3] == "0A" { listening.append(fields[1]) }
      }
      #expect(listening == ["0100007F" + suffix])
    }
  }
}
