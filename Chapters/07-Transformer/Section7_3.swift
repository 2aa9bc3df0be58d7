import Attention
import Figures
import Foundations
import Running
import Tensors
import Transformer

/// § 7.3: positions, sinusoidal, learned, appended, and on a grid; and what a Transformer knows without them.
public let section7_3 = Exercise(.section, "7.3", "Positional encoding", seconds: 2) { run in
  let (n, d) = (512, 128)
  let table = sinusoidalPositions(n, d, scalarType: .double)
  run.show(pairsTable(d), as: "wavelengths")
  run.show(codeFigure(), as: "code")
  run.show(similarityFigure(table), as: "similarity")
  run.show(shiftTable(table), as: "shifts")
  run.show(orderTable(orderSeen(random: run.random.split())), as: "order")
  run.show(gridFigure(), as: "grid")

  let norms = table.squared().sum(axes: [1]).squareRoot()
  run.card("norm of every row, √(d/2)", norms.max().item)
  run.card("norms: largest minus smallest", norms.max().item - norms.min().item)
  run.card("appended against added, largest difference", appendedGap(random: run.random.split()))
  run.card("places of an 8×8 grid recovered from their codes", Double(recoveredPlaces(rows: 8, columns: 8, d)))
}

// MARK: - Sines and shifts

private func pairsTable(_ d: Int) -> Table {
  let lengths = wavelengths(d).scalars
  return Table(
    "d = \(d): pair i is (sin, cos) of pos ωᵢ", columns: ["i", "ωᵢ", "wavelength 2π/ωᵢ"],
    rows: [0, 1, 2, 8, 16, 32, d / 2 - 1].map {
      [.integer($0), .scientific(2 * Double.pi / lengths[$0]), .number(lengths[$0], decimals: 2)]
    })
}

private func codeFigure() -> HeatMap {
  let (n, d) = (48, 48)
  let scalars = sinusoidalPositions(n, d).scalars
  return HeatMap(
    "The sinusoidal code of 48 positions, d = 48", rowTitle: "position", columnTitle: "dimension",
    values: (0..<n).map { Array(scalars[$0 * d..<($0 + 1) * d]) }, format: nil, colors: .diverging, range: -1...1)
}

/// PE(p) · PE(p + k) = Σᵢ cos ωᵢ k for several k: the same from every p.
private func similarityFigure(_ table: Tensor) -> LineChart {
  func products(_ p: Int) -> [Double] { matmul(table, table[p].expanded(axis: 1)).squeezed(axis: 1).scalars }
  return LineChart(
    "PE(p) · PE(p + k) depends on k alone", x: Axis("k"), y: Axis("product"),
    series: [128, 256].map { p in
      Series("p = \(p)", x: (-100...100).map(Double.init), Array(products(p)[p - 100...p + 100]))
    })
}

/// max |PE(pos + k) − M_k PE(pos)| over all positions of a table. (7.6) [n×d]
public func shiftGap(_ table: Tensor, by k: Int) -> Double {
  let (n, d) = (table.shape[0], table.shape[1])
  return (matmul(table[0..<n - k], shiftMatrix(by: k, d).transposed) - table[k..<n]).abs().max().item
}

private func shiftTable(_ table: Tensor) -> Table {
  let d = table.shape[1]
  return Table(
    "Theorem 7.4: one matrix M_k shifts every position by k",
    columns: ["k", "max |PE(pos + k) − M_k PE(pos)|", "max |M_kᵀ M_k − I|", "max |M_k M_k − M_2k|"],
    rows: [1, 10, 100].map { k in
      let M = shiftMatrix(by: k, d)
      return [
        .integer(k), .scientific(shiftGap(table, by: k)),
        .scientific((matmul(M.transposed, M) - Tensor.identity(d, scalarType: .double)).abs().max().item),
        .scientific((matmul(M, M) - shiftMatrix(by: 2 * k, d)).abs().max().item),
      ]
    })
}

// MARK: - Order

/// How far the output at the last place moves when the tokens before it trade places.
public struct OrderSeen: Sendable {
  /// The number of blocks.
  public let blocks: Int
  /// Without a mask and without positions; with the causal mask; with positions and without a mask.
  public let plain, causal, placed: Double
}

/// Looks for order in stacks of untrained blocks. § 7.3
///
/// Without a mask blocks of any number see a set. With a causal mask one block does, too; the outputs of the first one
/// know how much past they have seen, so two of them know order.
public func orderSeen(random: RandomSource) -> [OrderSeen] {
  let (n, d) = (8, 16)
  let x = random.normal([1, n, d], scalarType: .double)
  let order = [3, 0, 6, 1, 5, 2, 4, 7]
  let positions = sinusoidalPositions(n, d, scalarType: .double)
  return [1, 2, 4].map { L in
    let encoder = TransformerEncoder(d, heads: 2, hidden: 4 * d, blocks: L, random: random).converted(to: .double)
    func change(_ f: (Tensor) -> Tensor) -> Double {
      (f(x.gathered(order, axis: 1)) - f(x))[0, n - 1].abs().max().item
    }
    return OrderSeen(
      blocks: L, plain: change { encoder($0) }, causal: change { encoder($0, mask: .causal) },
      placed: change { encoder($0 + positions) })
  }
}

private func orderTable(_ rows: [OrderSeen]) -> Table {
  Table(
    "The last output when the tokens before it trade places: largest change",
    columns: ["blocks", "no mask, no positions", "causal mask, no positions", "positions, no mask"],
    rows: rows.map { [.integer($0.blocks), .scientific($0.plain), .scientific($0.causal), .scientific($0.placed)] })
}

// MARK: - Other positions

/// A linear layer behind appended positions, and the same as a layer with added ones: the largest difference.
public func appendedGap(random: RandomSource) -> Double {
  let appended = AppendedPositions(places: 20, numbers: 6, random: random).converted(to: .double)
  let layer = Linear(16, 12, random: random).converted(to: .double)
  let x = random.normal([3, 15, 10], scalarType: .double)
  let (content, positions) = layer.split(behind: appended)
  return (layer(appended(x)) - positions(content(x))).abs().max().item
}

/// How many places of a grid are found again from their codes.
public func recoveredPlaces(rows H: Int, columns W: Int, _ d: Int) -> Int {
  let codes = gridPositions(rows: H, columns: W, d)
  return (0..<H * W).count { gridPlace(of: codes[$0], rows: H, columns: W) == ($0 / W, $0 % W) }
}

/// The products of the code of one place of a grid with those of all.
private func gridFigure() -> HeatMap {
  let (n, d) = (12, 64)
  let codes = gridPositions(rows: n, columns: n, d)
  let products = matmul(codes, codes[4 * n + 7].expanded(axis: 1)).squeezed(axis: 1).scalars
  return HeatMap(
    "A 12×12 grid: products with the code of row 4, column 7", rows: (0..<n).map { "\($0)" },
    columns: (0..<n).map { "\($0)" }, rowTitle: "row", columnTitle: "column",
    values: (0..<n).map { Array(products[$0 * n..<($0 + 1) * n]) }, format: "%.0f")
}
