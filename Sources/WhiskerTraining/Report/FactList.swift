/// Names and what they stand for.
struct FactList {
  /// What has no value is not told.
  typealias Fact = (name: String, value: String?)

  let facts: [Fact]

  var html: HTML {
    let rows = facts.compactMap { fact in fact.value.map { "<dt>\(fact.name)</dt><dd>\($0)</dd>\n" as HTML } }
    return "<dl class=\"facts\">\n\(rows)</dl>\n"
  }
}
