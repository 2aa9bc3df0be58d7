import Attention
import Figures
import Foundations
import Running
import Tensors
import Transformer

/// § 7.2: chapter 6's attention, as a Transformer uses it: with biases, and with inputs that are projected once.
public let section7_2 = Exercise(.section, "7.2", "The attention mechanism", seconds: 2) { run in
  run.show(shapesTable(), as: "shapes")
  let count = run.choose(quick: 2_000, standard: 10_000, full: 100_000)
  run.show(varianceTable(count: count, random: run.random.split()), as: "variance")
  let layer = MultiHeadAttention(128, heads: 4, hasBias: true, random: run.random.split())
  run.parameters = layer.parameterCount
  run.card("heads one by one against all at once, largest difference", headsGap(random: run.random.split()))
}

/// (7.2) and (7.3) for one head after the other, as Σ headᵢ Wᵢ^O + b, beside the layer: the largest difference.
public func headsGap(random: RandomSource) -> Double {
  let h = 4
  let layer = MultiHeadAttention(128, heads: h, hasBias: true, random: random).converted(to: .double)
  let X = random.normal([2, 10, 128], scalarType: .double)
  let d_k = layer.depth
  func head(_ i: Int) -> Tensor {
    func projected(_ linear: Linear) -> Tensor {  // X Wᵢ + bᵢ
      let rows = i * d_k..<(i + 1) * d_k
      return Linear(weight: linear.weight[rows], bias: linear.bias.map { $0[rows] })(X)
    }
    let output = attention(projected(layer.query), projected(layer.key), projected(layer.value)).output  // (7.3)
    return matmul(output, layer.output.weight.sliced(i * d_k..<(i + 1) * d_k, axis: 1).transposed)
  }
  let sum = (1..<h).reduce(head(0)) { $0 + head($1) }
  let joined = layer.output.bias.map { sum + $0 } ?? sum
  return (joined - layer(X)).abs().max().item
}

private func shapesTable() -> Table {
  let (n, d, h) = (5, 128, 4)
  let d_k = d / h
  func shape(_ rows: Int, _ columns: Int) -> Table.Cell { .text("\(rows)×\(columns)") }
  return Table(
    "n = \(n), d_model = \(d), h = \(h): what is multiplied in a head",
    columns: ["", "shape", "Wᵢ^Q", "product", "right"],
    rows: [
      ["X, the input of the layer", shape(n, d), shape(d, d_k), shape(n, d_k), "yes"],
      ["§ 7.2.1: inputs of dimension d_k", shape(n, d_k), shape(d, d_k), "none", "no"],
      ["(7.3) with Q = X W^Q of § 7.2.1", shape(n, d_k), shape(d, d_k), "none", "no"],
    ])
}

private func varianceTable(count: Int, random: RandomSource) -> Table {
  Table(
    "The variance of qᵀk, and of qᵀk/√d_k",
    columns: ["d_k", "q and k independent", "scaled", "q = k, scaled"],
    rows: [16, 64, 256].map { d in
      let products = dotProducts(of: .normal, depth: d, count: count, from: random)
      let same = random.normal([count, d], scalarType: .double).squared().sum(axes: [1])
      return [
        .integer(d), .number(products.variance(isUnbiased: true).item, decimals: 1),
        .number(products.variance(isUnbiased: true).item / Double(d), decimals: 3),
        .number(same.variance(isUnbiased: true).item / Double(d), decimals: 3),
      ]
    })
}
