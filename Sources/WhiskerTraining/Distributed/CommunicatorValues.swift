import WhiskerCore

extension Communicator {
  /// The value of the first process.
  func broadcast<Value: Codable>(_ value: Value) throws -> Value {
    guard !isAlone else { return value }
    let text = broadcast(isFirst ? Array(try StableJSON.line(value).utf8) : [])
    return try StableJSON.decode(Value.self, from: String(decoding: text, as: UTF8.self))
  }

  /// The values of all processes by rank, in the first process; in every other process its own.
  func gather<Value: Codable>(_ values: [Value]) throws -> [Value] {
    guard !isAlone, sum([Double(values.count)])[0] > 0 else { return values }
    let texts = gather(Array(try StableJSON.line(values).utf8))
    guard isFirst else { return values }
    return try texts.flatMap {
      try StableJSON.decode([Value].self, from: String(decoding: $0, as: UTF8.self))
    }
  }

  /// The first process's answer to a question.
  func request<Question: Codable, Answer: Codable>(_ question: Question) throws -> Answer {
    let answer = request(Array(try StableJSON.line(question).utf8))
    return try StableJSON.decode(Answer.self, from: String(decoding: answer, as: UTF8.self))
  }

  /// Answers a request that another process has sent to the first one.
  /// - Returns: Whether there was one.
  func serve<Question: Codable, Answer: Codable>(_ reply: (Question, Int) throws -> Answer) throws -> Bool {
    try serve { question, rank in
      let text = String(decoding: question, as: UTF8.self)
      return Array(try StableJSON.line(try reply(StableJSON.decode(Question.self, from: text), rank)).utf8)
    }
  }
}
