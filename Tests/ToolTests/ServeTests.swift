import Foundation
import TestSupport
import Testing

extension ToolTests {
  @Suite struct Serve {
    private let folder: TemporaryFolder
    private let pets = Fixtures.samples + "/cats-dogs"

    init() throws { folder = try TemporaryFolder() }

    /// Some pictures.
    private var pictures: [String] {
      get throws {
        try ["cat", "dog"].flatMap { name in
          try FileManager.default.contentsOfDirectory(atPath: pets + "/test/" + name).sorted().prefix(6)
            .map { pets + "/test/\(name)/" + $0 }
        }
      }
    }

    /// The lines that predict printed.
    private func records(_ predicted: ToolRun.Result) -> [String] { predicted.lines.filter { !$0.isEmpty } }

    @Test(
      "Answers are those of predict --format json to the last digit, one by one, as a list, and at the same time"
    )
    func sameAnswers() async throws {
      try await ServerRun.train(in: folder)
      let pictures = try pictures
      let predicted = try await ToolRun(
        ["predict", "runs/train1", "--format", "json"] + pictures, in: folder
      )
      .finish()
      let server = try await ServerRun(in: folder)
      let list = try server.ask("", pictures.flatMap { ["-F", "picture=@\($0);filename=\"\($0)\""] })
      #expect(list.status == 200, "\(list.text)")
      #expect(list.body == "[\n" + records(predicted).joined(separator: ",\n") + "\n]\n")
      // All at once, each on a connection of its own.
      let answers = folder.path("answers")
      try FileManager.default.createDirectory(atPath: answers, withIntermediateDirectories: true)
      let script = """
        place=0; for picture in "$@"; do
          curl -s --noproxy '*' --data-binary "@$picture" \(server.address) >\(answers)/$place & place=$((place + 1))
        done; wait
        """
      _ = try await ToolRun(
        ["-c", script, "sh"] + pictures, in: folder, program: URL(filePath: "/bin/bash")
      ).finish()
      for (place, line) in records(predicted).enumerated() {
        let answer = try String(contentsOfFile: "\(answers)/\(place)", encoding: .utf8)
        let expected = line.replacing("\"path\":\"\(pictures[place])\"", with: "\"path\":\"picture\"")
        #expect(answer == expected + "\n")
      }
      #expect(try server.metric("pictures_total{result=\"predicted\"}") == Double(2 * pictures.count))
      let ended = try await server.end()
      #expect(ended.status == 0 && ended.errors.isEmpty, "\(ended.story)")
    }

    @Test("The options of the answer come from the command line, or from the query of a request")
    func options() async throws {
      try await ServerRun.train(in: folder)
      let picture = try pictures[0]
      let predicted = try await whisker(
        "predict", "runs/train1", picture, "--format", "json", "--top-k", "2", "--threshold", "1", "--tta",
        "flip",
        in: folder)
      let server = try await ServerRun("--top-k", "2", "--threshold", "1", "--tta", "flip", in: folder)
      let answer = try server.ask("predict", "-F", "x=@\(picture);filename=\"\(picture)\"")
      #expect(answer.body == "[\n" + predicted.output + "]\n", "\(answer.text)")
      let other = try server.ask("predict?top_k=1&threshold=0", "--data-binary", "@" + picture)
      #expect((other.record["top"] as? [Any])?.count == 1 && other.record["label"] is String, "\(other.text)")
      for query in ["top_k=0", "top_k", "top_k=x", "threshold=2", "threshold=nan", "x=1"] {
        #expect(try server.ask("?" + query, "--data-binary", "@" + picture).status == 400, "\(query)")
      }
    }

    @Test("What is no picture has an error with a status, in a list beside the answers of the others")
    func unreadable() async throws {
      try await ServerRun.train(in: folder)
      let picture = try pictures[0]
      let bytes = try Data(contentsOf: URL(filePath: picture))
      try folder.write(Array(bytes.prefix(bytes.count / 2)), to: "cut.png")
      try folder.write(Array("Not a picture".utf8), to: "text.txt")
      let predicted = try await whisker(
        "predict", "runs/train1", "cut.png", picture, "text.txt", "--format", "json", in: folder)
      let server = try await ServerRun(in: folder)
      let list = try server.ask(
        "", "-F", "a=@\(folder.path("cut.png"))", "-F", "b=@\(picture);filename=\"\(picture)\"", "-F",
        "c=@\(folder.path("text.txt"))")
      #expect(list.status == 200)
      #expect(list.body == "[\n" + records(predicted).joined(separator: ",\n") + "\n]\n", "\(list.text)")
      for name in ["cut.png", "text.txt"] {
        let answer = try server.ask("", "--data-binary", "@" + folder.path(name))
        #expect(answer.status == 415 && answer.record["error"] is String, "\(answer.text)")
      }
      let small = try await ServerRun("--max-pixels", "10", in: folder)
      let large = try small.ask("", "--data-binary", "@" + picture)
      #expect(large.status == 415 && large.body.contains("--max-pixels"), "\(large.text)")
    }

    @Test("The state and the metrics are there, and wrong requests have a status")
    func routes() async throws {
      try await ServerRun.train(in: folder)
      let server = try await ServerRun(in: folder)
      let health = try server.ask("health")
      #expect(health.status == 200 && health.record["status"] as? String == "ok", "\(health.text)")
      #expect(health.record["classes"] as? Int == 2)
      let head = try server.ask("health", "--head")
      #expect(head.status == 200 && head.body.isEmpty && head.headers.contains("Content-Length: "))
      #expect(try server.ask("nothing").status == 404)
      #expect(try server.ask("../../etc/passwd").status == 404)
      let wrong = try server.ask("predict")
      #expect(wrong.status == 405 && wrong.headers.contains("Allow: POST"), "\(wrong.text)")
      #expect(try server.ask("", "-X", "DELETE").status == 405)
      #expect(try server.ask("", "-X", "POST").status == 411)
      #expect(try server.ask("", "-X", "POST", "-H", "Content-Length: 0").status == 400)
      #expect(try server.ask("", "--data-binary", "x", "-H", "Content-Encoding: gzip").status == 415)
      #expect(
        try server.ask("", "--data-binary", "x", "-H", "Content-Type: multipart/form-data").status == 400)
      let metrics = try server.ask("metrics")
      #expect(metrics.headers.contains("text/plain; version=0.0.4"), "\(metrics.text)")
      #expect(metrics.body.contains("whisker_requests_total{status=\"404\"} 2\n"), "\(metrics.body)")
      #expect(metrics.body.contains("whisker_prediction_seconds_bucket{le=\"+Inf\"} 0\n"))
      // Every sample belongs to a described metric, as Prometheus' own check wants it.
      for line in metrics.body.split(separator: "\n") where !line.hasPrefix("#") {
        let name = line.prefix { $0 != "{" && $0 != " " }.replacing(#/_(bucket|sum|count)$/#, with: "")
        #expect(
          metrics.body.contains("# TYPE \(name) ") && Double(line.split(separator: " ").last ?? "") != nil)
      }
    }

    @Test("Only this machine's names are answered, and others after --allow-host")
    func hosts() async throws {
      try await ServerRun.train(in: folder)
      let server = try await ServerRun("--allow-host", "whisker.example", in: folder)
      for host in [
        "localhost", "127.0.0.1:80", "[::1]:80", "LOCALHOST", "whisker.example", "whisker.example:443",
        "localhost:",
      ] {
        #expect(try server.ask("health", "-H", "Host: " + host).status == 200, "\(host)")
      }
      for host in ["evil.example", "127.0.0.1.evil.example", "evil.example:80", "10.0.0.1"] {
        #expect(try server.ask("health", "-H", "Host: " + host).status == 403, "\(host)")
      }
      for host in ["localhost:x.evil", "[::1", "::1", "localhost@evil", "local host"] {
        #expect(try server.ask("health", "-H", "Host: " + host).status == 400, "\(host)")
      }
      #expect(try server.ask("health", "-H", "Host:").status == 400)
      let picture = try pictures[0]
      #expect(
        try server.ask("", "--data-binary", "@" + picture, "-H", "Sec-Fetch-Site: cross-site").status == 403)
      #expect(
        try server.ask("", "--data-binary", "@" + picture, "-H", "Origin: http://evil.example").status == 403)
      #expect(
        try server.ask("", "--data-binary", "@" + picture, "-H", "Origin: http://localhost:8000").status
          == 200)
      let open = try await ServerRun("--host", "0.0.0.0", in: folder)
      #expect(try open.ask("health", "-H", "Host: 10.0.0.1:8000").status == 200)
      #expect(try open.ask("health", "-H", "Host: evil.example").status == 403)
      let ended = try await open.end()
      #expect(ended.errors.contains("no passwords"), "\(ended.story)")
    }

    @Test("A port in use, a wrong model and wrong options are errors")
    func refused() async throws {
      try await ServerRun.train(in: folder)
      let server = try await ServerRun(in: folder)
      let second = try await whisker("serve", "runs/train1", "--port", "\(server.port)", in: folder)
      #expect(second.status == 1 && second.errors.contains("port \(server.port) of 127.0.0.1 is in use"))
      let other = try await whisker("serve", "runs/train1", "--port", "0", "--host", "192.0.2.1", in: folder)
      #expect(other.status == 1 && other.errors.contains("no address of this machine"), "\(other.story)")
      let none = try await whisker("serve", "nowhere", in: folder)
      #expect(none.status == 1 && none.errors.contains("nowhere"), "\(none.story)")
      for options in [
        ["--port", "65536"], ["--host", "example.com"], ["--top-k", "0"], ["--threshold", "2"],
        ["--timeout", "0"],
        ["--max-body", "0"], ["--max-queue", "0"], ["--max-connections", "0"], ["--workers", "0"],
        ["--allow-host", "a:1"],
      ] {
        let wrong = try await ToolRun(["serve", "runs/train1"] + options, in: folder).finish()
        #expect(wrong.status == 2 && wrong.errors.contains(options[0]), "\(wrong.story)")
      }
    }
  }
}
