import Foundation
import SampleImages
import TestSupport
import Testing

extension ToolTests {
  /// What RFC 9110 and RFC 9112 want of a server, beyond what curl asks for.
  @Suite struct ServeProtocol {
    private let folder: TemporaryFolder
    private let picture: [UInt8]

    init() throws {
      folder = try TemporaryFolder()
      picture = try Array(Data(contentsOf: URL(filePath: Fixtures.samples + "/cats-dogs/test/cat/000.png")))
    }

    /// A request to predict.
    private func request(
      _ target: String = "/predict", host: String? = "localhost", _ headers: String = ""
    ) -> [UInt8] {
      let host = host.map { "Host: \($0)\r\n" } ?? ""
      let head =
        "POST \(target) HTTP/1.1\r\n\(host)\(headers)Content-Length: \(picture.count)\r\n\r\n"
      return Array(head.utf8) + picture
    }

    /// Waits until no connection but the one that asks is left.
    private func expectNothingLeft(_ server: ServerRun) async throws {
      let deadline = ContinuousClock.now + .seconds(10)
      while try server.metric("connections") != 1, ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(50))
      }
      for (name, value) in [
        "connections": 1, "requests_in_flight": 1, "queue_length": 0, "buffered_bytes": 0,
      ] {
        #expect(try server.metric(name) == Double(value), "\(name)")
      }
    }

    @Test("A client that closes its end after its requests gets all answers, and then the connection ends")
    func halfClosed() async throws {
      try await ServerRun.train(in: folder)
      let server = try await ServerRun(in: folder)
      let answer = try server.exchange(request(), closesOutput: true)
      #expect(answer.status == 200 && answer.record["label"] is String, "\(answer.text)")
      #expect(answer.headers.contains("Connection: close"))
      let health = Array("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
      #expect(try server.exchange(health, closesOutput: true).status == 200)
      // Several at once, and the close among them.
      let client = try #require(LoopbackConnection(port: server.port))
      for _ in 0..<20 { client.send(request()) }
      client.send(health)
      client.closeOutput()
      let text = client.receive()
      #expect(text.components(separatedBy: "HTTP/1.1 200 OK").count == 22, "\(text)")
      #expect(text.hasSuffix("\"status\":\"ok\"}\n"))
      // Only after the response to the first.
      let slow = try #require(LoopbackConnection(port: server.port))
      slow.send(request())
      try await Task.sleep(for: .milliseconds(300))
      slow.closeOutput()
      #expect(slow.receive().contains("\"label\""))
      // Pictures that the system cannot hold until they are read.
      var state: UInt32 = 1
      let samples = (0..<600 * 600).map { _ -> UInt16 in
        state = state &* 1_664_525 &+ 1_013_904_223
        return UInt16(state >> 24)
      }
      let noise = try encodePNG(width: 600, height: 600, samples: samples, options: .init(colorType: .gray))
      let large =
        Array("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(noise.count)\r\n\r\n".utf8) + noise
      for _ in 0..<5 {
        let client = try #require(LoopbackConnection(port: server.port))
        for _ in 0..<3 { client.send(large) }
        client.closeOutput()
        #expect(client.receive().components(separatedBy: "HTTP/1.1 200 OK").count == 4)
      }
      try await expectNothingLeft(server)
    }

    @Test("A client that closes its end within a request gets an error; one that sends nothing gets nothing")
    func cut() async throws {
      try await ServerRun.train(in: folder)
      let server = try await ServerRun("--max-body", "1", in: folder)
      let chunked = "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
      for bytes in [
        Array(request().dropLast()), Array("POST / HT".utf8), Array("GET / HTTP/1.1\r\nHost: loc".utf8),
        Array(chunked.utf8), request() + Array("POST".utf8),
      ] {
        let client = try #require(LoopbackConnection(port: server.port))
        client.send(bytes)
        client.closeOutput()
        let text = client.receive()
        let last = try #require(text.matches(of: #/HTTP\/1\.1 (\d+) /#).last)
        let rest = text[last.range.lowerBound...]
        #expect(
          last.1 == "400" && rest.contains("Connection: close") && rest.contains("incomplete"), "\(text)")
      }
      let silent = try #require(LoopbackConnection(port: server.port))
      silent.closeOutput()
      #expect(silent.receive().isEmpty)
      // Refused before the end of the body.
      let large = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048577\r\n\r\nabc"
      #expect(try server.exchange(Array(large.utf8), closesOutput: true).status == 413)
      try await expectNothingLeft(server)
    }

    @Test("Clients that close their end and then reset the connection leave nothing behind")
    func resets() async throws {
      try await ServerRun.train(in: folder)
      let server = try await ServerRun(in: folder)
      for bytes in [request(), Array(request().dropLast()), Array("GET /health".utf8), []] {
        for wait in [0, 5] {
          for _ in 0..<20 {
            let client = try #require(LoopbackConnection(port: server.port))
            client.send(bytes)
            client.closeOutput()
            try await Task.sleep(for: .milliseconds(wait))
            client.reset()
          }
        }
      }
      try await expectNothingLeft(server)
      #expect(try server.exchange(request(), closesOutput: true).status == 200)
      let ended = try await server.end()
      #expect(ended.status == 0 && ended.errors.isEmpty, "\(ended.story)")
    }

    @Test("HTTP/1.0 may omit the header Host, and not disguise it")
    func oldProtocol() async throws {
      try await ServerRun.train(in: folder)
      let server = try await ServerRun(in: folder)
      for (headers, status) in [
        "": 200, "Host: localhost\r\n": 200, "Host: evil.example\r\n": 403, "Host: a b\r\n": 400,
      ] {
        let head = "POST /predict HTTP/1.0\r\n\(headers)Content-Length: \(picture.count)\r\n\r\n"
        let answer = try server.exchange(Array(head.utf8) + picture)
        #expect(answer.status == status, "\(headers) \(answer.text)")
      }
      let address = try server.exchange(Array("GET http://evil.example/health HTTP/1.0\r\n\r\n".utf8))
      #expect(address.status == 403, "\(address.text)")
      let omitted = try server.exchange(request(host: nil, "Connection: close\r\n"))
      #expect(omitted.status == 400, "\(omitted.text)")
    }

    @Test("A request may have the whole address, whose host counts instead of the header's")
    func wholeAddress() async throws {
      try await ServerRun.train(in: folder)
      let server = try await ServerRun("--allow-host", "whisker.example", in: folder)
      for (target, status) in [
        "http://127.0.0.1:\(server.port)/predict": 200, "HTTP://LOCALHOST/predict": 200,
        "http://whisker.example:80/?top_k=1": 200, "http://[::1]/predict?threshold=0": 200,
        // Without a path, it is the root.
        "http://localhost": 200, "http://localhost?top_k=1": 200, "http://localhost?top_k=0": 400,
        "http://localhost/nothing": 404, "http://localhost//predict": 404,
        "http://evil.example/predict": 403, "http://localhost.evil.example/predict": 403,
        "http://localhost:/predict": 200, "http://localhost%2e/predict": 403,
        "http://user@localhost/predict": 400, "http://localhost@evil.example/predict": 400,
        "http://evil.example@localhost/predict": 400, "http:///predict": 400,
        "https://localhost/predict": 421, "ftp://localhost/predict": 421,
        // No address: a path, with an address in its query.
        "/predict?x=http://localhost/": 400,
      ] {
        let answer = try server.exchange(request(target, "Connection: close\r\n"))
        #expect(answer.status == status, "\(target): \(answer.text)")
        // The header is ignored.
        let foreign = try server.exchange(
          request(target, host: "evil.example", "Connection: close\r\n"))
        #expect(foreign.status == (target.hasPrefix("/") ? 403 : status), "\(target): \(foreign.text)")
      }
      // It must be there all the same.
      let none = try server.exchange(
        request("http://localhost/", host: nil, "Connection: close\r\n"))
      #expect(none.status == 400, "\(none.text)")
      for host in ["a b", "localhost:80x", "", "[::1"] {
        let malformed = try server.exchange(
          request("http://localhost/", host: host, "Connection: close\r\n"))
        #expect(malformed.status == 400, "\(host): \(malformed.text)")
      }
      // curl asks so where it believes to ask a proxy.
      let proxied = try server.ask("health", "--noproxy", "", "--proxy", server.address)
      #expect(proxied.status == 200, "\(proxied.text)")
    }

    @Test("Every answer has its time") func date() async throws {
      try await ServerRun.train(in: folder)
      let server = try await ServerRun(in: folder)
      let format = DateFormatter()
      (format.locale, format.timeZone) = (Locale(identifier: "en_US_POSIX"), TimeZone(identifier: "UTC"))
      format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
      for answer in [
        try server.ask("health"), try server.ask("nothing"), try server.exchange(request("/?x=1")),
        try server.exchange("GARBAGE\r\n\r\n"),
        try server.exchange(request(), closesOutput: true),
      ] {
        let lines = answer.headers.components(separatedBy: "\r\n").filter { $0.hasPrefix("Date: ") }
        #expect(lines.count == 1, "\(answer.text)")
        let text = String(try #require(lines.first).dropFirst(6))
        let date = try #require(format.date(from: text), "\(text)")
        #expect(abs(date.timeIntervalSinceNow) < 60 && format.string(from: date) == text)
      }
    }
  }
}
