import Foundation
import Tensors

// The table of random programs: every elementwise operation, with numbers or with another tensor.

extension Definition {
  static let all =
    elements + pairs + activations + reductions + places + parts + products + windows + losses + sequences

  static let elements: [Definition] = [
    .elementwise("negative", { -$0 }, { -$0 }),
    .elementwise("plus 2", { 2 + $0 }, { $0 + 2 }),
    .elementwise("minus 1", { $0 - 1 }, { $0 - 1 }),
    .elementwise("from 1", { 1 - $0 }, { 1 - $0 }),
    .elementwise("times 3/2", { 1.5 * $0 }, { 1.5 * $0 }),
    .elementwise("by 3", { $0 / 3 }, { $0 / 3 }),
    .elementwise("2 over", rough: .at(.pole, 0), { 2 / $0 }, { 2 / $0 }),
    .elementwise("reciprocal", rough: .at(.pole, 0), { $0.reciprocal() }, { 1 / $0 }),
    .elementwise("exp", { $0.exp() }, { exp($0) }),
    .elementwise("log", rough: aboveZero, { $0.log() }, { log($0) }),
    .elementwise("log1p of the square", { $0.squared().log1p() }, { log(1 + $0 * $0) }),
    .elementwise("expm1", { $0.expm1() }, { exp($0) - 1 }),
    .elementwise("squareRoot", rough: aboveZero, { $0.squareRoot() }, { $0.squareRoot() }),
    .elementwise("squared", { $0.squared() }, { $0 * $0 }),
    .elementwise("power 0", { $0.power(0) }, { _ in 1 }),
    .elementwise("power 3", { $0.power(3) }, { $0 * $0 * $0 }),
    .elementwise("power −3/2", rough: aboveZero, { $0.power(-1.5) }, { 1 / ($0 * $0.squareRoot()) }),
    .elementwise("tanh", { $0.tanh() }, { tanh($0) }),
    .elementwise("sigmoid", { $0.sigmoid() }, { 1 / (1 + exp(-$0)) }),
    .elementwise("softplus", { $0.softplus() }, { log(1 + exp($0)) }),
    .elementwise("erf", { $0.erf() }, { erf($0) }),
    .elementwise("sin", { $0.sin() }, { sin($0) }),
    .elementwise("cos", { $0.cos() }, { cos($0) }),
    .elementwise("abs", rough: .at(.kink, 0), { $0.abs() }, { abs($0) }),
    .elementwise("sign", rough: .at(.jump, 0), { $0.sign() }, { $0 < 0 ? -1 : $0 > 0 ? 1 : 0 }),
    .elementwise("clamped", rough: .at(.kink, -0.5, 1), { $0.clamped(to: -0.5...1) }, { min(max($0, -0.5), 1) }),
    .elementwise("maximum with 1/4", rough: .at(.kink, 0.25), { maximum(0.25, $0) }, { max(0.25, $0) }),
    .elementwise("minimum with 1/2", rough: .at(.kink, 0.5), { minimum(0.5, $0) }, { min(0.5, $0) }),
    .elementwise("below 1/4", rough: .at(.jump, 0.25), { $0 .< 0.25 }, { $0 < 0.25 ? 1 : 0 }),
  ]

  static let pairs: [Definition] = [
    .pairwise("plus", { $0 + $1 }, { $0 + $1 }),
    .pairwise("minus", { $0 - $1 }, { $0 - $1 }),
    .pairwise("times", { $0 * $1 }, { $0 * $1 }),
    .pairwise("over", rough: .at(.pole, 0, operand: 1), { $0 / $1 }, { $0 / $1 }),
    .pairwise("power", rough: aboveZero, { $0.power($1) }, { pow($0, $1) }),
    .pairwise("maximum", rough: .whereEqual(.kink), { maximum($0, $1) }, { max($0, $1) }),
    .pairwise("minimum", rough: .whereEqual(.kink), { minimum($0, $1) }, { min($0, $1) }),
    .pairwise("less", rough: .whereEqual(.jump), { $0 .< $1 }, { $0 < $1 ? 1 : 0 }),
    .pairwise("lessOrEqual", rough: .whereEqual(.jump), { $0 .<= $1 }, { $0 <= $1 ? 1 : 0 }),
    .pairwise("greater", rough: .whereEqual(.jump), { $0 .> $1 }, { $0 > $1 ? 1 : 0 }),
    .pairwise("greaterOrEqual", rough: .whereEqual(.jump), { $0 .>= $1 }, { $0 >= $1 ? 1 : 0 }),
    Definition(
      name: "select greater", partners: { [broadcastable($0, $2), broadcastable($0, $2)] },
      roughness: .whereEqual(.jump)
    ) { x, _ in
      select(x[0] .> x[1], x[0], x[2])
    } plain: { x, _ in
      Grid.common(x.map(\.shape)).map { Grid($0) { x[0][$0] > x[1][$0] ? x[0][$0] : x[2][$0] } }
    },
  ]

  static let activations: [Definition] = activationFunctions.map { f in
    .elementwise(
      "activated by \(f)", rough: isKinked(f) ? .at(.kink, 0) : nil, { $0.activated(by: f) }, { value(f, $0) })
  }

  static let activationFunctions: [Activation] = [
    .identity, .relu, .sigmoid, .tanh, .silu, .gelu, .leakyReLU(slope: 0.25), .square, .geluByTanh,
  ]

  static func isKinked(_ f: Activation) -> Bool { [.relu, .leakyReLU(slope: 0.25)].contains(f) }

  static func value(_ f: Activation, _ x: Double) -> Double {
    switch f {
    case .identity: x
    case .relu: max(0, x)
    case .step: x > 0 ? 1 : 0
    case .square: x * x
    case .sigmoid: 1 / (1 + exp(-x))
    case .tanh: tanh(x)
    case .silu: x / (1 + exp(-x))
    case .gelu: x * (1 + erf(x / 2.squareRoot())) / 2
    case .geluByTanh: x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    case .leakyReLU(let slope): x > 0 ? x : slope * x
    }
  }

  /// The distance from 0 for a function of positive numbers; negative for other numbers.
  static let aboveZero = Roughness(kind: .pole) { x, _ in x[0].values.min() ?? .infinity }
}
