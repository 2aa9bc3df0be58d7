// § 6.8 and Exercise 6.1.3  Where a decoder looked

import Figures
import Messages

/// The map of the weights αₜⱼ of one translation: row t has the weights with which the decoder wrote symbol t, so each
/// row sums to 1. Remark 6.9
public func alignmentMap(
  _ title: String, written: [String], read: [String], weights: [[Double]]
) -> HeatMap {
  require(
    weights.count == written.count && weights.allSatisfy { $0.count == read.count },
    "cannot draw the weights of \(written.count) written and \(read.count) read symbols from rows of "
      + "\(weights.map(\.count)) numbers: one row per written symbol with one number per read symbol is needed")
  return HeatMap(
    title, rows: written, columns: read, rowTitle: "query: written", columnTitle: "key: read",
    values: weights, format: "%.2f", range: 0...1)
}
