/// A list of names and values.
struct FactList {
  /// A fact without a value is left out.
  typealias Fact = (name: String, value: String?)

  let facts: [Fact]

  var html: HTML {
    let rows = facts.compactMap { fact in fact.value.map { "<dt>\(fact.name)</dt><dd>\($0)</dd>\n" as HTML } }
    return "<dl class=\"facts\">\n\(rows)</dl>\n"
  }
}
