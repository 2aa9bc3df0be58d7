import Foundation
import Tensors
import Testing

@Suite("Extreme numbers: norms, variances and softmax, with their derivatives")
struct EdgesTests {
  static let types = [ScalarType.float, .double]

  // MARK: - Norms and variances

  @Test("the norm is right where squares overflow or vanish, and so is its derivative, x / ‖x‖", arguments: types)
  func norms(type: ScalarType) {
    for factor in [type.far, 1, 1 / type.far] {
      let x = Tensor([[3, 4, 0], [0, 0, 0], [-8, 0, 6]], scalarType: type) * factor
      let y = x.norm(axes: [1])
      for (y, expected) in zip(y.scalars, [5.0, 0, 10]) { #expect(abs(y / factor - expected) < 1e-5) }
      #expect(abs(x.norm().item / factor - 125.0.squareRoot()) < 1e-5)
      let g = gradient(at: x) { $0.norm(axes: [1]).sum() }
      for (g, expected) in zip(g.scalars, [0.6, 0.8, 0, 0, 0, 0, -0.8, 0, 0.6] as [Double]) {
        #expect(abs(g - expected) < 1e-5)
      }
    }
    #expect(Tensor([3, .nan], scalarType: type).norm().item.isNaN)
    #expect(Tensor([3, -.infinity], scalarType: type).norm().item == .infinity)
    #expect(Tensor([.infinity, .nan], scalarType: type).norm().item.isNaN)
    let least = type == .float ? Double(Float.leastNonzeroMagnitude) : .leastNonzeroMagnitude
    #expect(Tensor([0, least], scalarType: type).norm().item == least)
    let greatest = type == .float ? Double(Float.greatestFiniteMagnitude) : .greatestFiniteMagnitude
    #expect(Tensor([0, greatest], scalarType: type).norm().item == greatest)
    #expect(Tensor([greatest, greatest], scalarType: type).norm().item == .infinity)
  }

  @Test("the variance is right with a mean of 10⁸, and so is its derivative, 2 (x − μ) / n")
  func variances() {
    // Neighbours in Float, whose mean lies half way between them.
    let x = (0..<997).map { 1e8 + Double($0 % 2) * 8 }
    let μ = x.reduce(0, +) / 997
    let σ² = x.reduce(0) { $0 + ($1 - μ) * ($1 - μ) } / 997
    for tensor in [Tensor(x), Tensor(x).reshaped([1, 997]).transposed] {
      #expect(abs(tensor.variance().item / σ² - 1) < 1e-6)
      #expect(abs(tensor.variance(axes: [0], isUnbiased: true).scalars[0] / σ² * 996 / 997 - 1) < 1e-6)
      let g = gradient(at: tensor) { $0.variance() }.scalars
      #expect(zip(g, x).allSatisfy { abs($0 - 2 * ($1 - μ) / 997) < 1e-6 })
    }
    #expect(Tensor(repeating: 1e8 + 8, [997]).variance().item == 0)
  }

  @Test(
    "the variance of one number is 0, unbiased NaN, of none NaN; if squares overflow it is infinite",
    arguments: types)
  func undefinedVariances(type: ScalarType) {
    let one = Tensor([7], scalarType: type)
    #expect(one.variance().item == 0 && one.variance(isUnbiased: true).item.isNaN)
    #expect(Tensor.zeros([0], scalarType: type).variance().item.isNaN)
    #expect((Tensor([1, -1], scalarType: type) * type.far).variance().item == .infinity)
    #expect(Tensor([1, .infinity], scalarType: type).variance().item.isNaN)
  }

  @Test(
    "a batch, a layer or a group of equal numbers, or of one number, is normalized to β with derivative 0",
    arguments: types)
  func equalNumbers(type: ScalarType) {
    let far = type.far
    let cases: [(Shape, Double)] = [
      ([4, 6], 3.3), ([4, 6, 5], -0.1), ([1, 6], far), ([4, 6, 2], 1 / far), ([4, 6], far),
    ]
    for (shape, value) in cases {
      let x = Tensor(repeating: value, shape, scalarType: type)
      let (γ, β) = (Tensor(repeating: 2, [6], scalarType: type), Tensor(repeating: 0.5, [6], scalarType: type))
      let last = Tensor.ones([shape[-1]], scalarType: type)
      let results: [@Sendable (Tensor) -> Tensor] = [
        { batchNormalized($0, scale: γ, shift: β).value }, { groupNormalized($0, groups: 3, scale: γ, shift: β) },
        { instanceNormalized($0, scale: γ, shift: β) }, { layerNormalized($0, scale: last, shift: 0.5 * last) },
      ]
      for normalized in results {
        #expect(normalized(x).scalars.allSatisfy { abs($0 - 0.5) < 1e-3 })
        #expect(gradient(at: x) { (normalized($0) * 3).sum() }.scalars.allSatisfy { abs($0) < 1e-2 })
      }
    }
  }

  // MARK: - Softmax and related functions

  @Test(
    "ln Σ eˣ: −∞ of none and of −∞ alone, ∞ with ∞, NaN with NaN, right near the greatest numbers", arguments: types)
  func logSumExp(type: ScalarType) {
    func value(_ x: [Double]) -> Double { Tensor(x, scalarType: type).logSumExp().item }
    #expect(value([]) == -.infinity && value([-.infinity, -.infinity]) == -.infinity)
    #expect(value([1, .infinity, -.infinity]) == .infinity && value([.infinity, .nan]).isNaN)
    #expect(
      Tensor.zeros([3, 0], scalarType: type).logSumExp(axes: [1]).scalars == [-.infinity, -.infinity, -.infinity])
    let greatest = type == .float ? Double(Float.greatestFiniteMagnitude) : .greatestFiniteMagnitude
    #expect(value([greatest, -greatest, 0]) == greatest && value([-greatest]) == -greatest)
    #expect(value([type.far, type.far]) == type.far && abs(value([0, 0]) - 0.693147181) < 1e-6)
    let g = gradient(at: Tensor([greatest, -greatest, greatest], scalarType: type)) { $0.logSumExp() }
    #expect(g.scalars == [0.5, 0, 0.5])
  }

  @Test(
    "softmax of one number is 1, of equal ones uniform, of none empty; near the largest numbers it is right",
    arguments: types)
  func softmax(type: ScalarType) {
    let far = type.far
    for x in [far, -far, 1 / far, 0] {
      #expect(Tensor([x], scalarType: type).softmax().scalars == [1])
      #expect(Tensor([x], scalarType: type).logSoftmax().scalars == [0])
      #expect(Tensor([x, x, x, x], scalarType: type).softmax(axis: 0).scalars == [0.25, 0.25, 0.25, 0.25])
    }
    #expect(Tensor.zeros([3, 0], scalarType: type).softmax().shape == [3, 0])
    #expect(Tensor([far, -far, far], scalarType: type).softmax().scalars == [0.5, 0, 0.5])
    #expect(gradient(at: Tensor([far, -far, 0], scalarType: type)) { $0.softmax()[0] }.scalars == [0, 0, 0])
    #expect(Tensor([-.infinity, -.infinity], scalarType: type).softmax().scalars.allSatisfy { $0.isNaN })
  }

  @Test(
    "the cross-entropy with a label of logit −∞ is ∞, its derivative finite; that of logits ±10³⁰ is right",
    arguments: types)
  func crossEntropy(type: ScalarType) {
    let hidden = Tensor([[0, -.infinity]], scalarType: type)
    #expect(hidden.crossEntropy(labels: [1]).item == .infinity && hidden.crossEntropy(labels: [0]).item == 0)
    #expect(gradient(at: hidden) { $0.crossEntropy(labels: [1]) }.scalars == [1, -1])
    let far = Tensor([[1e30, -1e30]], scalarType: type)
    #expect(far.crossEntropy(labels: [0]).item == 0 && far.crossEntropy(labels: [1]).item == 2 * type.held(1e30))
    for (target, losses) in [(0, [type.held(1e30), 0]), (1, [0, type.held(1e30)])] {
      let targets = Tensor(repeating: Double(target), [1], scalarType: type)
      for (z, loss) in zip([1e30, -1e30], losses) {
        #expect(Tensor([z], scalarType: type).binaryCrossEntropy(targets: targets).item == loss)
      }
    }
  }

  @Test(
    "queries that see no key get zeros, and so do all derivatives through them, to second order",
    arguments: types)
  func masked(type: ScalarType) {
    let q = Tensor([[1, 2], [3, -1]], scalarType: type)
    let mask = Tensor([[-.infinity, -.infinity], [0, -.infinity]], scalarType: type)
    let y = scaledDotProductAttention(q, q, q, mask: mask)
    #expect(y.scalars == [0, 0, 1, 2])
    let g = gradient(at: q) { q in
      gradient(at: q) { scaledDotProductAttention($0, $0, $0, mask: mask).squared().sum() }.squared().sum()
    }
    #expect(g.scalars.allSatisfy { $0.isFinite })
    let dq = gradient(at: q) { scaledDotProductAttention($0, q.stopGradient, q.stopGradient, mask: mask).sum() }
    #expect(dq.scalars == [0, 0, 0, 0])
  }

  @Test("NaN in a query, with or without a payload, is NaN in its result and in the derivatives", arguments: types)
  func labelledNaN(type: ScalarType) {
    for nan in [Double.nan, Double(bitPattern: 0x7FF8_0000_2000_0001)] {
      let q = Tensor([[1, 2], [nan, -1], [0, 3]], scalarType: type)
      let k = Tensor([[1, 0], [0.5, 2], [1, 1]], scalarType: type)
      #expect(scaledDotProductAttention(q, k, k).scalars.map(\.isNaN) == [false, false, true, true, false, false])
      let g = gradient(at: [q, k]) { scaledDotProductAttention($0[0], $0[1], $0[1]).sum() }
      #expect(
        g[0].scalars.map(\.isNaN) == [false, false, true, true, false, false] && g[1].scalars.allSatisfy { $0.isNaN })
    }
  }

  @Test(
    "the largest of a line with NaN is NaN, which gets the derivative; an empty line has no largest", arguments: types)
  func extremes(type: ScalarType) {
    let x = Tensor([[1, .nan], [2, 3]], scalarType: type)
    #expect(x.max(axes: [1]).scalars[0].isNaN && x.min(axes: [1]).scalars[0].isNaN && x.max(axes: [1]).scalars[1] == 3)
    #expect(gradient(at: x) { $0.max(axes: [1]).sum() }.scalars == [0, 1, 0, 1])
    #expect(
      maximum(0, x).scalars[1].isNaN && x.activated(by: .relu).scalars[1].isNaN && minimum(x, 0 * x).scalars[1].isNaN)
  }

  @Test("comparisons with NaN are 0, and dropout turns dropped infinities into NaN", arguments: types)
  func comparisons(type: ScalarType) {
    let (x, nan) = (Tensor([1, .nan], scalarType: type), Tensor(.nan, scalarType: type))
    for y in [x .< nan, x .<= nan, x .> nan, x .>= nan, x .== nan, nan .< x, nan .>= x] {
      #expect(y.scalars == [0, 0])
    }
    let infinite = Tensor(repeating: .infinity, [99], scalarType: type)
    let y = dropout(infinite, probability: 0.5, using: RandomSource(seed: 1)).scalars
    #expect(y.allSatisfy { $0 == .infinity || $0.isNaN } && y.contains(.infinity) && y.contains { $0.isNaN })
  }
}
