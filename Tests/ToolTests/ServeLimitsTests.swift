import Foundation
import SampleImages
import TestSupport
import Testing

extension ToolTests {
  /// Clients that want to exhaust the server.
  @Suite struct ServeLimits {
    private let folder: TemporaryFolder
    private let picture = Fixtures.samples + "/cats-dogs/test/cat/000.png"
    private static let head = "POST / HTTP/1.1\r\nHost: localhost\r\n"

    init() throws { folder = try TemporaryFolder() }

    /// Whether the server still predicts.
    private func expectService(_ server: ServerRun) throws {
      let answer = try server.ask("", "--data-binary", "@" + picture)
      #expect(answer.status == 200, "\(answer.text)")
    }

    @Test(
      "Long lines, many headers and malformed or ambiguous requests are refused, and the connection is closed"
    )
    func malformed() async throws {
      try await ServerRun.train(in: folder)
      let server = try await ServerRun(in: folder)
      let long = String(repeating: "a", count: 1 << 20)
      for request in [
        "GET /\(long) HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: localhost\r\nX: \(long)\r\n\r\n",
        "GET / HTTP/1.1\r\n" + String(repeating: "A: b\r\n", count: 5000) + "\r\n",
      ] {
        #expect(try server.exchange(request).status == 431)
      }
      for request in [
        "GARBAGE\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        Self.head + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        Self.head + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
        Self.head + "Content-Length: -1\r\n\r\n", Self.head + "Content-Length: 99999999999999999999\r\n\r\n",
        Self.head + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
        Self.head
          + "Content-Length: 3\r\nContent-Type: multipart/form-data; boundary=\(long.prefix(71))\r\n\r\nabc",
        Self.head
          + "Content-Length: 9\r\nContent-Type: multipart/form-data; boundary=b\r\nConnection: close\r\n\r\n--b\r\nabcd",
      ] {
        let answer = try server.exchange(request)
        #expect(answer.status == 400, "\(request.prefix(200))\n\(answer.text)")
        #expect(answer.headers.contains("Connection: close") && answer.record["error"] is String)
      }
      let coded = try server.exchange(Self.head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")
      #expect([400, 501].contains(coded.status), "\(coded.text)")
      try expectService(server)
    }

    @Test("Bodies over the limit are refused before and while they arrive, and 100-continue is answered")
    func bodies() async throws {
      try await ServerRun.train(in: folder)
      let server = try await ServerRun("--max-body", "1", in: folder)
      let large = folder.path("large")
      try Data(count: (1 << 20) + 1).write(to: URL(filePath: large))
      #expect(try server.ask("", "--data-binary", "@" + large).status == 413)
      #expect(
        try server.ask("", "--data-binary", "@" + large, "-H", "Transfer-Encoding: chunked").status == 413)
      // Announced only.
      #expect(try server.exchange(Self.head + "Content-Length: 1048577\r\n\r\n").status == 413)
      let many = Array(repeating: ["-F", "x=@" + picture], count: 65).flatMap { $0 }
      #expect(try server.ask("", many).status == 413)
      let expected = try server.ask("", "--data-binary", "@" + picture, "-H", "Expect: 100-continue")
      #expect(expected.status == 200, "\(expected.text)")
      let chunked = try server.ask("", "--data-binary", "@" + picture, "-H", "Transfer-Encoding: chunked")
      #expect(chunked.status == 200, "\(chunked.text)")
      #expect(try server.metric("buffered_bytes") == 0)
    }

    @Test("Clients that are slow in the head, the body or the response lose their connections")
    func slow() async throws {
      try await ServerRun.train(in: folder)
      let server = try await ServerRun("--timeout", "1", in: folder)
      let start = ContinuousClock.now
      let head = try #require(LoopbackConnection(port: server.port))
      head.send(Array("POST / HTTP/1.1\r\nHost: loc".utf8))
      let body = try #require(LoopbackConnection(port: server.port))
      body.send(Array((Self.head + "Content-Length: 100\r\n\r\nabc").utf8))
      // Asks for a page again and again without reading it.
      let deaf = try #require(LoopbackConnection(port: server.port))
      deaf.send(
        Array(String(repeating: "GET /page.js HTTP/1.1\r\nHost: localhost\r\n\r\n", count: 20_000).utf8))
      #expect(head.receive().isEmpty)
      #expect(body.receive().hasPrefix("HTTP/1.1 408 "))
      #expect(ContinuousClock.now - start < .seconds(8))
      try expectService(server)
      let deadline = ContinuousClock.now + .seconds(10)
      while try server.metric("connections") != 1, ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(100))
      }
      #expect(try server.metric("connections") == 1)
      #expect(try server.metric("requests_in_flight") == 1)
      #expect(try server.metric("buffered_bytes") == 0)
    }

    @Test("Pipelined requests are answered in order")
    func pipelined() async throws {
      try await ServerRun.train(in: folder)
      let server = try await ServerRun(in: folder)
      let client = try #require(LoopbackConnection(port: server.port))
      let bytes = try Data(contentsOf: URL(filePath: picture))
      let request = Array((Self.head + "Content-Length: \(bytes.count)\r\n\r\n").utf8) + bytes
      for _ in 0..<20 { client.send(request) }
      client.send(Array("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8))
      let text = client.receive()
      #expect(text.components(separatedBy: "HTTP/1.1 200 OK").count == 22, "\(text)")
      #expect(text.components(separatedBy: "\"path\":\"picture\"").count == 21)
      #expect(text.hasSuffix("\"status\":\"ok\"}\n"))
    }

    @Test("Thousands of pipelined requests at once are answered")
    func pipelinedFlood() async throws {
      try await ServerRun.train(in: folder)
      let server = try await ServerRun(in: folder)
      let client = try #require(LoopbackConnection(port: server.port))
      let bytes = try Data(contentsOf: URL(filePath: picture))
      let request = Array((Self.head + "Content-Length: \(bytes.count)\r\n\r\n").utf8) + bytes
      // They arrive while the first request is predicted. Each is refused for its missing name of the server.
      client.send(request + Array(String(repeating: "GET / HTTP/1.1\r\n\r\n", count: 3000).utf8))
      client.send(Array("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8))
      let text = client.receive()
      #expect(text.components(separatedBy: "HTTP/1.1 400 ").count == 3001)
      #expect(text.hasSuffix("\"status\":\"ok\"}\n"))
      try expectService(server)
    }

    @Test("Nothing is read after CONNECT and Upgrade")
    func upgrades() async throws {
      try await ServerRun.train(in: folder)
      let server = try await ServerRun(in: folder)
      for request in [
        "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
      ] {
        let answer = try server.exchange(request)
        #expect(answer.headers.contains("Connection: close"), "\(answer.text)")
      }
      try expectService(server)
    }

    @Test(
      "Two thousand connections, or more than there are descriptors, replace each other",
      arguments: ["ulimit -n 64", "ulimit -n 4096"])
    func connections(limit: String) async throws {
      try await ServerRun.train(in: folder)
      var descriptors = rlimit()
      getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &descriptors)
      descriptors.rlim_cur = min(descriptors.rlim_max, max(descriptors.rlim_cur, 4096))
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &descriptors)
      let server = try await ServerRun(in: folder, after: limit)
      var clients = (0..<2000).compactMap { _ in LoopbackConnection(port: server.port) }
      #expect(clients.count == 2000)
      for client in clients { client.send(Array("POST / HTTP/1.1\r\n".utf8)) }
      try expectService(server)
      let count = try #require(try server.metric("connections"))
      #expect(count <= 512)
      clients = []
      try expectService(server)
      #expect(try await server.end().status == 0)
    }

    @Test("When all connections have requests, a new one is answered with 503")
    func connectionLimit() async throws {
      try await ServerRun.train(in: folder)
      let server = try await ServerRun("--max-connections", "2", in: folder)
      let clients = (0..<2).compactMap { _ in LoopbackConnection(port: server.port) }
      for client in clients { client.send(Array((Self.head + "Content-Length: 100\r\n\r\nabc").utf8)) }
      // Until the server has read what they sent, they can be replaced.
      try await Task.sleep(for: .seconds(1))
      let refused = try server.ask("health")
      #expect(refused.status == 503 && refused.headers.contains("Retry-After: 1"), "\(refused.text)")
      for client in clients { client.send([UInt8](repeating: 0, count: 97)) }
      try await Task.sleep(for: .milliseconds(500))
      #expect(try server.ask("health").status == 200)
    }

    @Test("A full queue is 503 with Retry-After, and what was accepted is answered")
    func fullQueue() async throws {
      try await ServerRun.train(in: folder)
      let server = try await ServerRun("--max-queue", "1", in: folder)
      let parts = Array(repeating: ["-F", "x=@" + picture], count: 60).flatMap { $0 }
      let quoted = parts.map { "'\($0)'" }.joined(separator: " ")
      let script = """
        for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
          curl -s -o /dev/null -w '%{http_code} %header{retry-after}\\n' --noproxy '*' \(quoted) \(server.address) &
        done; wait
        """
      var answers: Set<String> = []
      // On a busy machine the requests may come one after the other.
      for _ in 1...10 where !answers.contains("503 1") {
        let asked = try await ToolRun(["-c", script], in: folder, program: URL(filePath: "/bin/bash"))
          .finish()
        answers.formUnion(asked.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) })
      }
      #expect(answers == ["200", "503 1"])
      try expectService(server)
      #expect(try server.metric("queue_length") == 0)
    }

    @Test("Clients that leave before the answer leave nothing behind")
    func leaving() async throws {
      try await ServerRun.train(in: folder)
      let server = try await ServerRun(in: folder)
      let bytes = try Data(contentsOf: URL(filePath: picture))
      let request = Array((Self.head + "Content-Length: \(bytes.count)\r\n\r\n").utf8) + bytes
      for length in [request.count, request.count / 2] {
        for _ in 0..<100 { LoopbackConnection(port: server.port)?.send(Array(request.prefix(length))) }
      }
      try expectService(server)
      let deadline = ContinuousClock.now + .seconds(10)
      while try server.metric("connections") != 1, ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(50))
      }
      for name in ["queue_length", "buffered_bytes"] { #expect(try server.metric(name) == 0, "\(name)") }
    }

    @Test("SIGTERM finishes the requests in flight and then exits with 0, Ctrl-C with 130")
    func stop() async throws {
      try await ServerRun.train(in: folder)
      let bytes = try Data(contentsOf: URL(filePath: picture))
      for (signal, status) in [(SIGTERM, Int32(0)), (SIGINT, 130)] {
        let server = try await ServerRun(in: folder)
        let idle = try #require(LoopbackConnection(port: server.port))
        let client = try #require(LoopbackConnection(port: server.port))
        client.send(Array((Self.head + "Content-Length: \(bytes.count)\r\n\r\n").utf8) + bytes.prefix(100))
        let deadline = ContinuousClock.now + .seconds(10)
        // This request and that for the metrics.
        while try server.metric("requests_in_flight") != 2, ContinuousClock.now < deadline {
          try await Task.sleep(for: .milliseconds(20))
        }
        server.run.signal(signal)
        #expect(idle.receive().isEmpty)
        #expect(LoopbackConnection(port: server.port) == nil)
        client.send(Array(bytes.dropFirst(100)))
        #expect(client.receive().contains("\"label\""))
        #expect(try await server.run.finish(within: 10).status == status)
      }
    }

    @Test("A request that never ends does not keep the server from stopping")
    func unfinished() async throws {
      try await ServerRun.train(in: folder)
      let server = try await ServerRun("--timeout", "2", in: folder)
      let client = try #require(LoopbackConnection(port: server.port))
      client.send(Array((Self.head + "Content-Length: 100\r\n\r\nabc").utf8))
      #expect(try server.ask("health").status == 200)
      let ended = try await server.end(within: 8)
      #expect(ended.status == 0, "\(ended.story)")
      let twice = try await ServerRun(in: folder)
      let other = try #require(LoopbackConnection(port: twice.port))
      other.send(Array((Self.head + "Content-Length: 100\r\n\r\nabc").utf8))
      #expect(try twice.ask("health").status == 200)
      twice.run.signal(SIGTERM)
      try await Task.sleep(for: .milliseconds(300))
      #expect(try await twice.end(within: 3).status == 143)
    }
  }
}
