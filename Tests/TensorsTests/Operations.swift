import Checking
import Tensors
import Testing

/// One line of the table: an operation, the shapes of its inputs, and their values.
struct Operation: Sendable, CustomTestStringConvertible {
  enum Values: Sendable { case signed, positive, zeros(at: Set<Int>) }

  let testDescription: String
  let shapes: [Shape]
  let values: Values
  let apply: @Sendable ([Tensor]) -> Tensor

  init(
    _ name: String, _ shapes: [Shape], _ values: Values = .signed, _ apply: @escaping @Sendable ([Tensor]) -> Tensor
  ) {
    (testDescription, self.shapes, self.values, self.apply) = (name, shapes, values, apply)
  }

  /// Inputs away from every kink of the table: no two numbers are equal, none is 0, ±0.5 or 1 unless asked for.
  var inputs: [Tensor] {
    shapes.enumerated().map { position, shape in
      let x = spread(shape, offset: 31 * position)
      switch values {
      case .signed: return 1.5 * x
      case .positive: return x + 1.3
      case .zeros(let places):
        let scalars = x.scalars.enumerated().map { places.contains($0.offset) ? 0 : $0.element }
        return Tensor(scalars, shape: shape, scalarType: .double)
      }
    }
  }
}

extension Operation {
  static let all = [
    arithmetic, elementary, reductions, scans, shaping, indexing, products, activations, recurrence,
    convolutions, losses, pooling, sorting, dropping, attention, normalizations, embedding,
  ].flatMap { $0 }

  static let arithmetic = [
    Operation("a + b", [[2, 3], [2, 3]]) { $0[0] + $0[1] },
    Operation("a + row", [[2, 3], [3]]) { $0[0] + $0[1] },
    Operation("column + a", [[2, 1], [2, 3]]) { $0[0] + $0[1] },
    Operation("a − b", [[2, 3], [2, 3]]) { $0[0] - $0[1] },
    Operation("a − column", [[2, 3], [2, 1]]) { $0[0] - $0[1] },
    Operation("row − column", [[3], [2, 1]]) { $0[0] - $0[1] },
    Operation("a · b", [[2, 3], [2, 3]]) { $0[0] * $0[1] },
    Operation("a · number tensor", [[2, 3], []]) { $0[0] * $0[1] },
    Operation("row · column", [[1, 3], [2, 1]]) { $0[0] * $0[1] },
    Operation("a / b", [[2, 3], [2, 3]], .positive) { $0[0] / $0[1] },
    Operation("a / row", [[2, 3], [3]], .positive) { $0[0] / $0[1] },
    Operation("row / a", [[3], [2, 3]], .positive) { $0[0] / $0[1] },
    Operation("−a", [[2, 3]]) { -$0[0] },
    Operation("a + 2, 2 + a, a − 2, 2 − a", [[2, 3]]) { ($0[0] + 2) * (2 + $0[0]) * ($0[0] - 2) * (2 - $0[0]) },
    Operation("3 a, a 3, a / 3", [[2, 3]]) { (3 * $0[0]) * ($0[0] * 3) * ($0[0] / 3) },
    Operation("2 / a", [[2, 3]], .positive) { 2 / $0[0] },
    Operation("+=, −=, *=", [[2, 3], [3]]) {
      var x = $0[0]
      x += $0[1]
      x *= $0[0]
      x -= $0[1]
      x *= 3
      return x
    },
    Operation("maximum", [[2, 3], [2, 3]]) { maximum($0[0], $0[1]) },
    Operation("maximum, broadcast", [[2, 3], [3]]) { maximum($0[0], $0[1]) },
    Operation("minimum", [[2, 3], [2, 3]]) { minimum($0[0], $0[1]) },
    Operation("minimum, broadcast", [[2, 1], [3]]) { minimum($0[0], $0[1]) },
    Operation("maximum with a number", [[2, 3]]) { maximum(0, $0[0]) },
    Operation("minimum with a number", [[2, 3]]) { minimum(0.5, $0[0]) },
    Operation("select", [[2, 3], [2, 3]]) { select(Tensor([1, 0, 0], scalarType: .double), $0[0], $0[1]) },
    Operation("select, broadcast", [[3], [2, 1]]) { select(Tensor([[1, 0, 1], [0, 0, 1]]), $0[0], $0[1]) },
  ]

  static let elementary = [
    Operation("exp", [[2, 3]]) { $0[0].exp() },
    Operation("log", [[2, 3]], .positive) { $0[0].log() },
    Operation("log1p", [[2, 3]], .positive) { $0[0].log1p() },
    Operation("expm1", [[2, 3]]) { $0[0].expm1() },
    Operation("squareRoot", [[2, 3]], .positive) { $0[0].squareRoot() },
    Operation("squared", [[2, 3]]) { $0[0].squared() },
    Operation("reciprocal", [[2, 3]], .positive) { $0[0].reciprocal() },
    Operation("power(0)", [[2, 3]]) { $0[0].power(0) },
    Operation("power(1)", [[2, 3]]) { $0[0].power(1) },
    Operation("power(2)", [[2, 3]]) { $0[0].power(2) },
    Operation("power(3) where x is 0", [[2, 3]], .zeros(at: [0, 4])) { $0[0].power(3) },
    Operation("power(−1.5)", [[2, 3]], .positive) { $0[0].power(-1.5) },
    Operation("power(tensor)", [[2, 3], [2, 3]], .positive) { $0[0].power($0[1]) },
    Operation("power(tensor), broadcast", [[3], [2, 1]], .positive) { $0[0].power($0[1]) },
    Operation("power(tensor) where x is 0", [[2, 3]], .zeros(at: [0, 4])) {
      $0[0].power(Tensor([1, 2, 3], scalarType: .double))
    },
    Operation("power(tensor) where the exponent is 0", [[2, 3], [2, 3]], .zeros(at: [1])) {
      ($0[0].squared() + 1).power($0[1])
    },
    Operation("weighted(by:)", [[2, 3], [3]], .zeros(at: [1])) { $0[0].weighted(by: $0[1]) },
    Operation("tanh", [[2, 3]]) { $0[0].tanh() },
    Operation("sigmoid", [[2, 3]]) { $0[0].sigmoid() },
    Operation("softplus", [[2, 3]]) { $0[0].softplus() },
    Operation("erf", [[2, 3]]) { $0[0].erf() },
    Operation("sin", [[2, 3]]) { $0[0].sin() },
    Operation("cos", [[2, 3]]) { $0[0].cos() },
    Operation("abs", [[2, 3]]) { $0[0].abs() },
    Operation("sign", [[2, 3]]) { $0[0].sign() * $0[0] },
    Operation("clamped", [[2, 3]]) { $0[0].clamped(to: -0.5...1) },
    Operation("converted", [[2, 3]]) { $0[0].converted(to: .double).squared() },
  ]

  static let reductions =
    [nil, [0], [1], [-1], [0, 2], [1, 2], [0, 1, 2], []].flatMap { (axes: [Int]?) -> [Operation] in
      let over = axes.map { "over \($0)" } ?? "over all axes"
      return [
        Operation("sum \(over)", [[2, 3, 2]]) { $0[0].sum(axes: axes) },
        Operation("max \(over)", [[2, 3, 2]]) { $0[0].max(axes: axes) },
      ]
    } + [
      Operation("sum, keeping axes", [[2, 3, 2]]) { $0[0].sum(axes: [2, 0], keepsAxes: true) },
      Operation("mean", [[2, 3]]) { $0[0].mean() },
      Operation("mean over axes apart", [[2, 2, 2]]) { $0[0].mean(axes: [0, -1]) },
      Operation("mean, keeping axes", [[2, 3]]) { $0[0] * $0[0].mean(axes: [1], keepsAxes: true) },
      Operation("max, keeping axes", [[2, 3]]) { $0[0] * $0[0].max(axes: [0], keepsAxes: true) },
      Operation("min", [[2, 3]]) { $0[0].min(axes: [1]) },
      Operation("min, keeping axes", [[2, 3]]) { $0[0] * $0[0].min(keepsAxes: true) },
      Operation("product", [[2, 3]]) { $0[0].product() },
      Operation("product over an axis", [[2, 3]]) { $0[0].product(axes: [0]) },
      Operation("product with a zero", [[2, 3]], .zeros(at: [1])) { $0[0].product(axes: [1]) },
      Operation("product with two zeros", [[2, 3]], .zeros(at: [1, 2])) { $0[0].product(axes: [1]) },
      Operation("product over axes apart, with zeros", [[2, 2, 2]], .zeros(at: [0, 5])) {
        $0[0].product(axes: [0, 2], keepsAxes: true)
      },
      Operation("variance", [[2, 3]]) { $0[0].variance() },
      Operation("variance over an axis, unbiased", [[2, 3]]) { $0[0].variance(axes: [1], isUnbiased: true) },
      Operation("logSumExp", [[2, 3]]) { $0[0].logSumExp() },
      Operation("logSumExp over axes apart", [[2, 3, 2]]) { $0[0].logSumExp(axes: [0, 2]) },
      Operation("logSumExp, keeping axes", [[2, 3]]) { $0[0] - $0[0].logSumExp(axes: [-1], keepsAxes: true) },
      Operation("norm", [[2, 3]]) { $0[0].norm() },
      Operation("norm over an axis", [[2, 3]]) { $0[0].norm(axes: [1], keepsAxes: true) },
      Operation("summed(to:)", [[2, 3, 2]]) { $0[0].summed(to: [3, 1]) },
    ]

  static let scans = [
    Operation("cumulativeSum", [[2, 3]]) { $0[0].cumulativeSum(axis: 1) },
    Operation("cumulativeSum over the first axis", [[3, 2]]) { $0[0].cumulativeSum(axis: -2) },
    Operation("cumulativeSum with factors", [[2, 3], [2, 3]]) { $0[0].cumulativeSum(axis: 1, factors: $0[1]) },
    Operation("cumulativeSum with factors, some zero", [[3, 2], [3, 2]], .zeros(at: [2, 5])) {
      $0[0].cumulativeSum(axis: 0, factors: $0[1])
    },
    Operation("cumulativeProduct", [[2, 3]]) { $0[0].cumulativeProduct(axis: 1) },
    Operation("cumulativeProduct over the first axis", [[3, 2]]) { $0[0].cumulativeProduct(axis: 0) },
    Operation("cumulativeProduct with a zero", [[2, 3]], .zeros(at: [1])) { $0[0].cumulativeProduct(axis: 1) },
    Operation("cumulativeProduct with two zeros", [[3, 2]], .zeros(at: [0, 4])) { $0[0].cumulativeProduct(axis: 0) },
  ]
}
