import Figures
import Running
import Tensors
import Transformer

/// Exercise 7.3: the parameters of an encoder, by formula and counted.
public let exercise7_3 = Exercise("7.3", "How many parameters an encoder has", stars: 2, seconds: 2) { run in
  let rows = countedEncoders(encoderSizes)
  run.show(encoderTable(rows), as: "parameters")
  run.card("configurations that agree with the formula", Double(rows.count { $0.counted == $0.formula }))
  run.card("hint, missing in a block of the listing", Double(198_272 - ParameterCount.hinted(128, hidden: 512)))
}

/// L, h, d_model and d_ff.
public typealias EncoderSize = (blocks: Int, heads: Int, width: Int, hidden: Int)

/// Eight encoders: some that differ in h alone, the classifier of § 7.8, and the base model of 2017.
public let encoderSizes: [EncoderSize] = [
  (1, 1, 8, 16), (1, 4, 128, 512), (4, 1, 128, 512), (4, 4, 128, 512), (4, 8, 128, 512), (3, 4, 96, 100),
  (6, 8, 128, 1_024), (6, 8, 512, 2_048),
]

/// An encoder with its number of parameters.
public struct CountedEncoder: Sendable {
  /// L, h, d_model and d_ff.
  public let size: EncoderSize
  /// The number of its blocks' parameters, and by L (4d² + 9d + 2 d d_ff + d_ff).
  public let counted, formula: Int
  /// By the hint, L (4d² + 2 d d_ff + 4d).
  public let hint: Int
}

/// Makes encoders and counts. Exercise 7.3
public func countedEncoders(_ sizes: [EncoderSize]) -> [CountedEncoder] {
  sizes.map { size in
    let (L, h, d, d_ff) = size
    let encoder = TransformerEncoder(d, heads: h, hidden: d_ff, blocks: L, random: RandomSource(seed: 1))
    return CountedEncoder(
      size: size, counted: encoder.blocks.parameterCount, formula: ParameterCount.encoder(blocks: L, d, hidden: d_ff),
      hint: L * ParameterCount.hinted(d, hidden: d_ff))
  }
}

private func encoderTable(_ rows: [CountedEncoder]) -> Table {
  Table(
    "The parameters of L blocks", columns: ["L", "h", "d_model", "d_ff", "counted", "formula", "hint", "missing"],
    rows: rows.map { row in
      [
        .integer(row.size.blocks), .integer(row.size.heads), .integer(row.size.width), .integer(row.size.hidden),
        .integer(row.counted), .integer(row.formula), .integer(row.hint), .integer(row.counted - row.hint),
      ]
    })
}
