import Attention
import Figures
import Messages
import Tensors
import Transformer

// Exercise 7.6: tables and figures

extension StudiedHeads {
  /// The number of heads of each kind in each block.
  var kindTable: Table {
    Table(
      "Kinds of heads: a place with a mean weight of 0.4 or more, else broad from H / ln n = 0.85 on, else by content",
      columns: ["block"] + HeadKind.allCases.map(\.rawValue),
      rows: profiles.enumerated().map { block, heads in
        [.text("\(block + 1)")] + HeadKind.allCases.map { kind in .integer(heads.count { $0.kind() == kind }) }
      })
  }

  /// The profiles of all heads.
  var headTable: Table {
    Table(
      "Mean weights of each head",
      columns: ["block", "head", "previous", "next", "same", "first", "H / ln n", "kind"]
        + (negation == nil ? [] : ["adjective → negation"]),
      rows: profiles.flatMap { $0 }.map { head in
        let weights = [head.previous, head.next, head.same, head.first, head.breadth]
        return [.integer(head.block + 1), .integer(head.head)] + weights.map { .number($0, decimals: 2) }
          + [.text(head.kind().rawValue)]
          + (negation.map { [.number($0[head.block][head.head], decimals: 2)] } ?? [])
      })
  }

  private func words(_ text: [Int]) -> [String] { text.map { result.task.vocabulary[$0] } }

  /// The maps of all heads for one text: a row of pictures for each block, queries from top to bottom.
  func mapGrid(of text: [Int]) -> ImageGrid {
    let rows = result.model.weights(text).map { maps in
      (0..<maps.shape[0]).map { Pixels(square: maps[$0].scalars) }
    }
    return ImageGrid(
      "“\(words(text).joined(separator: " "))”: where each word (row) looks (column)", rows: rows,
      rowTitles: rows.indices.map { "block \($0 + 1)" }, columnTitles: rows[0].indices.map { "head \($0)" },
      captions: profiles.flatMap { $0 }.map { $0.kind().rawValue })
  }

  /// Four heads with their words: the two that look most at negations, or for real texts at the neighbours, the
  /// narrowest and the broadest.
  var chosenMaps: Panels {
    let all = profiles.flatMap { $0 }
    func best(besides other: HeadProfile? = nil, _ value: (HeadProfile) -> Double) -> HeadProfile? {
      all.filter { ($0.block, $0.head) != (other?.block ?? -1, other?.head ?? -1) }.max { value($0) < value($1) }
    }
    func weight(_ head: HeadProfile) -> Double { negation.map { $0[head.block][head.head] } ?? head.previous }
    let first = best { weight($0) }
    let second = best(besides: first) { negation == nil ? $0.next : weight($0) }
    let names = negation == nil ? ["previous", "next"] : ["negation", "negation"]
    let chosen = zip(names + ["narrow", "broad"], [first, second, best { -$0.breadth }, best { $0.breadth }])
    return Panels(
      "Four heads for one text", columns: 2,
      chosen.compactMap { name, head in
        head.map { map("\(name): block \($0.block + 1), head \($0.head)", $0) }
      })
  }

  private func map(_ title: String, _ head: HeadProfile) -> HeatMap {
    let weights = result.model.weights(example)[head.block][head.head]
    return HeatMap(
      title, rows: words(example), columns: words(example), rowTitle: "query", columnTitle: "key",
      values: example.indices.map { weights[$0].scalars }, format: nil, range: 0...1)
  }
}

extension HeadPruningStudy {
  /// The accuracy without each head, sorted.
  func table(_ heads: StudiedHeads) -> Table {
    let all = heads.profiles.flatMap { $0 }
    return Table(
      "Test accuracy without one head, sorted; with all heads it is \(decimals(whole, 3))",
      columns: ["block", "head", "kind", "accuracy", "lost"],
      rows: single.map { pruned in
        let head = all[pruned.head]
        return [
          .integer(head.block + 1), .integer(head.head), .text(head.kind().rawValue),
          .number(pruned.mean, decimals: 3), .number(whole - pruned.mean, decimals: 3),
        ]
      })
  }

  /// The accuracy without more and more heads.
  var figure: LineChart {
    LineChart(
      "Heads taken away, the least needed first", x: Axis("heads taken away of \(single.count)"),
      y: Axis("test accuracy"),
      series: [
        Series("accuracy", x: cumulative.map { Double($0.removed) }, cumulative.map(\.accuracy), style: .both)
      ])
  }
}
