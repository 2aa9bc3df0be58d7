import Attention
import Figures
import Foundations
import Running
import Tensors

/// § 6.8: the attention map of a sentence, as a figure and in the terminal, and what it shows before any training.
public let section6_8 = Exercise(.section, "6.8", "Attention maps", seconds: 1) { run in
  let words = ["The", "cat", "sat", "on", "the", "mat"]
  let plain = wordMap(words, hasPositions: false, random: run.random.split())
  let placed = wordMap(words, hasPositions: true, random: run.random.split())
  run.show(
    Table(
      "Row: query, column: key; without positions", columns: [""] + words + ["sum"],
      rows: words.indices.map { i in
        [.text(words[i])] + plain[i].scalars.map { .number($0, decimals: 2) } + [
          .number(plain[i].sum().item, decimals: 2)
        ]
      }), as: "weights")
  run.show(
    Panels(
      "One untrained layer of self-attention",
      [
        attentionMap("without positions", plain, queries: words, keys: words),
        attentionMap("with positions", placed, queries: words, keys: words),
      ]), as: "maps")
  run.card("rows of The and the, largest difference", (plain[0] - plain[4]).abs().max().item)
  run.card("the same with positions", (placed[0] - placed[4]).abs().max().item)
}

/// The weights of an untrained layer for the vectors of words; capital letters do not matter. [n×n]
///
/// Equal words have equal vectors, so without positions their rows are equal, and so are their columns: that "The"
/// looks at "the" as much as at itself is no discovery of the layer.
public func wordMap(_ words: [String], hasPositions: Bool, random: RandomSource) -> Tensor {
  let known = Array(Set(words.map { $0.lowercased() })).sorted()
  let vectors = Embedding(known.count, 16, random: random)
  var x = vectors(words.map { word in known.firstIndex(of: word.lowercased()) ?? 0 })
  if hasPositions { x += random.normal([words.count, 16]) }
  // Queries equal to keys, so that a word matches itself.
  return attentionWeights(x, x)
}

/// A map of weights: a row for each query, a column for each key. Remark 6.9
public func attentionMap(
  _ title: String, _ weights: Tensor, queries: [String], keys: [String]
) -> HeatMap {
  let (scalars, m) = (weights.scalars, keys.count)
  var map = alignmentMap(
    title, written: queries, read: keys, weights: queries.indices.map { Array(scalars[$0 * m..<($0 + 1) * m]) })
  (map.rowTitle, map.columnTitle) = ("query", "key")
  return map
}
