// Exercise 6.4  What the last character of a text looks at

import Figures
import RNN
import Running
import Tensors

extension Writer where Language: AttendingModel {
  /// The attention weights of the last character of a text on the characters of the window, by block and head.
  /// [blocks][h][n]
  public func lastWeights(_ text: String) throws -> (symbols: [Int], weights: [[[Double]]]) {
    let all = try numbers(text)
    let window = Array(all[Continuation.window(of: all.count, context: model.context)])
    let weights = model.weights(window).map { α in (0..<α.shape[0]).map { α[$0, window.count - 1].scalars } }
    return (window, weights)
  }
}

/// A heat map of the attention weights of the last character of a text on the last 24 characters, by block and head.
public func lastWeightsMap<M: AttendingModel>(of writer: Writer<M>, reading text: String) throws -> HeatMap {
  let (symbols, weights) = try writer.lastWeights(text)
  let shown = symbols.suffix(24).map { visible(writer.vocabulary.decode([$0])) }
  let rows = weights.enumerated().flatMap { block, heads in heads.indices.map { "block \(block), head \($0)" } }
  return HeatMap(
    "What the last character looks at", rows: rows, columns: shown.map { $0 == " " ? "␣" : $0 },
    columnTitle: "key: character", values: weights.flatMap { $0.map { Array($0.suffix(24)) } }, format: nil,
    range: 0...1)
}

/// The attention weights of the last character of a text, by block and head, as bars of text under the last sixty
/// characters of the window. The height is relative to the largest weight of the row.
public func attentionView<M: AttendingModel>(of writer: Writer<M>, reading text: String) throws -> String {
  if text.isEmpty { return "there is no text yet" }
  let (symbols, weights) = try writer.lastWeights(text)
  let shown = visible(writer.vocabulary.decode(symbols.suffix(60)))
  let rows = weights.enumerated().flatMap { block, heads in
    heads.enumerated().map { head, row -> String in
      let (seen, largest) = (row.suffix(60), row.max() ?? 1)
      let blocks = seen.map { Array(" ▁▂▃▄▅▆▇█")[min(8, Int(($0 / largest * 8).rounded()))] }
      return "block \(block), head \(head)  \(String(blocks))"
    }
  }
  return (["                 " + shown] + rows).joined(separator: "\n")
}

/// A text on one line.
private func visible(_ text: String) -> String { displayed(text).replacing("\n", with: "¶") }
