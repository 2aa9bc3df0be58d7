import Checking
import Foundation
import Foundations
import Tensors
import Testing

@Suite("§ 1.1.2 Activation functions")
struct ActivationsTests {
  static let all: [Activation] = [
    .identity, .step, .sigmoid, .tanh, .relu, .leakyReLU, .leakyReLU(slope: 0.2), .silu, .gelu, .geluByTanh,
    .square,
  ]
  static let smooth: [Activation] = [.identity, .sigmoid, .tanh, .silu, .gelu, .geluByTanh, .square]

  @Test("§ 1.1.2: every value and every derivative is that of the formula", arguments: ClosedForm.all)
  func closedForms(form: ClosedForm) {
    let points = (0..<60).map { -7.37 + 0.25 * Double($0) }
    let z = Tensor(points, scalarType: .double)
    expectClose(form.σ(z), Tensor(points.map(form.value), scalarType: .double), tolerance: 1e-14, scale: 1)
    let slopes = Tensor(points.map(form.slope), scalarType: .double)
    expectClose(form.σ.derivative(at: z), slopes, tolerance: 1e-14, scale: 1)
  }

  @Test("§ 1.1.2: values and slopes have PyTorch's digits, also where they nearly vanish")
  func tails() throws {
    let r = try golden("foundations", as: ActivationTails.self).tails
    let functions: [String: (Tensor) -> Tensor] = [
      "softmax": { softmax($0) }, "log-softmax": { logSoftmax($0) }, "sigmoid": sigmoid, "tanh": Foundations.tanh,
      "ReLU": relu, "Leaky ReLU": { leakyReLU($0) }, "GELU": gelu, "GELU (tanh form)": geluByTanh,
    ]
    #expect(Set(functions.keys) == Set(r.functions.keys))
    func vector(_ numbers: [Double]) -> Tensor { Tensor(numbers, scalarType: .double) }
    for (name, f) in functions {
      let expected = try #require(r.functions[name])
      expectClose(f(vector(r.grid)), vector(expected.values), tolerance: 1e-10, scale: 1e-5, name)
      let slopes = gradient(at: vector(r.grid)) { (f($0) * vector(r.weights)).sum() }
      expectClose(slopes, vector(expected.slopes), tolerance: 1e-10, scale: 1e-5, "\(name)′")
    }
  }

  @Test("§ 1.1.2: derivatives agree with finite differences, of first and of second order where they exist")
  func finiteDifferences() {
    let z = 4 * spread([17])
    for σ in Self.all { expectGradient(at: z, order: Self.smooth.contains(σ) ? 2 : 1, "\(σ)") { σ($0).sum() } }
  }

  @Test("§ 1.1.2: on a wide grid the values fill the stated range and do not leave it")
  func ranges() {
    let z = Tensor.linear(from: -1000, to: 1000, count: 80_001, scalarType: .double)
    for σ in Self.all {
      let (low, high) = (σ(z).min().item, σ(z).max().item)
      #expect(σ.range.contains(low) && σ.range.contains(high), "\(σ): \(low)...\(high)")
      #expect(σ.range.lowerBound.isFinite ? low < σ.range.lowerBound + 1e-5 : low <= -10, "\(σ)")
      #expect(σ.range.upperBound.isFinite ? high > σ.range.upperBound - 1e-12 : high >= 1000, "\(σ)")
    }
  }

  @Test("§ 1.1.2: at ±1000 value, first and second derivative are the limits, in either scalar type")
  func extremes() {
    // σ(−1000), σ(1000), σ′(−1000), σ′(1000)
    let limits: [(Activation, [Double])] = [
      (.sigmoid, [0, 1, 0, 0]), (.tanh, [-1, 1, 0, 0]), (.relu, [0, 1000, 0, 1]), (.leakyReLU, [-10, 1000, 0.01, 1]),
      (.gelu, [0, 1000, 0, 1]), (.geluByTanh, [0, 1000, 0, 1]), (.identity, [-1000, 1000, 1, 1]),
    ]
    for (σ, limit) in limits {
      for type in [ScalarType.float, .double] {
        let z = Tensor([-1000, 1000], scalarType: type)
        let found = Tensor.concatenated([σ(z), σ.derivative(at: z)], axis: 0)
        expectClose(found, Tensor(limit, scalarType: type), tolerance: 1e-6, "\(σ)")
        let second = gradient(at: z) { gradient(at: $0) { σ($0).sum() }.sum() }
        #expect(second.scalars == [0, 0], "\(σ) in \(type)")
      }
    }
  }

  @Test("§ 1.1.2: σ(0) = 1/2 and σ(−z) = 1 − σ(z)")
  func sigmoidSymmetry() {
    let z = 9 * spread([32])
    #expect(sigmoid(Tensor(0)).item == 0.5)
    expectClose(sigmoid(-z), 1 - sigmoid(z), tolerance: 1e-15, scale: 1)
  }

  @Test("§ 1.1.2: tanh z = 2 σ(2z) − 1")
  func tanhBySigmoid() {
    let z = 5 * spread([32])
    expectClose(Foundations.tanh(z), 2 * sigmoid(2 * z) - 1, tolerance: 1e-15, scale: 1)
  }

  @Test("§ 1.1.2: ReLU is its positive argument, with derivative 0 or 1; leaky ReLU is z or α z and unbounded below")
  func rectifiers() {
    let z = Tensor([-3, -0.5, 0.5, 3])
    #expect(relu(z).scalars == [0, 0, 0.5, 3])
    #expect(Activation.relu.derivative(at: z).scalars == [0, 0, 1, 1])
    #expect(leakyReLU(z, slope: 0.25).scalars == [-0.75, -0.125, 0.5, 3])
    #expect(Activation.leakyReLU(slope: 0.25).derivative(at: z).scalars == [0.25, 0.25, 1, 1])
    #expect(leakyReLU(Tensor(-1e6)).item == -1e4)
  }

  @Test("§ 1.1.2: at the kink the step is 0, ReLU′ is 0, and leaky ReLU′ is the lower slope, by the formula too")
  func kinks() {
    #expect(Activation.step(Tensor(0)).item == 0)
    #expect(Activation.relu.derivative(at: Tensor(0)).item == 0)
    #expect(Activation.leakyReLU(slope: 0.25).derivative(at: Tensor(0)).item == 0.25)
    #expect(gradient(at: Tensor(0)) { leakyReLU($0, slope: 0.25) }.item == 0.25)
  }

  @Test("§ 1.1.2: the ReLUs of a network, in one pass, are the formulas to the last bit, and so are their gradients")
  func onePass() {
    let z = spread([41])
    let pairs: [(Activation, (Tensor) -> Tensor)] = [
      (.relu, { relu($0) }), (.leakyReLU(slope: 0.2), { leakyReLU($0, slope: 0.2) }),
    ]
    for (one, formula) in pairs {
      #expect(one(z).scalars == formula(z).scalars)
      #expect(one.derivative(at: z).scalars == gradient(at: z) { formula($0).sum() }.scalars)
    }
  }

  @Test("§ 1.1.2: GELU has its minimum −0.16997 at z = −0.75179: its range is not ℝ (erratum)")
  func geluMinimum() {
    var (left, right) = (-1.0, -0.5)
    for _ in 0..<50 {
      let middle = (left + right) / 2
      let slope = Activation.gelu.derivative(at: Tensor(middle, scalarType: .double)).item
      (left, right) = slope < 0 ? (middle, right) : (left, middle)
    }
    #expect(abs(left - -0.75179) < 5e-6)
    let lowest = gelu(Tensor(left, scalarType: .double)).item
    #expect(abs(lowest - Activation.gelu.range.lowerBound) < 1e-15)
    let everywhere = gelu(Tensor.linear(from: -40, to: 40, count: 4001, scalarType: .double))
    #expect(everywhere.min().item >= lowest)
  }

  @Test(
    "§ 1.3.2: the softmax of a single number is always 1: softmax(zᵢₖ), as printed, predicts nothing (erratum)"
  )
  func softmaxOfOne() {
    for z in [-1000.0, 0, 3] { #expect(softmax(Tensor([[z]])).item == 1) }
  }

  @Test("§ 1.1.2: the tanh form of GELU is within 0.0005 of z Φ(z), and no closer than 0.0004")
  func geluForms() {
    let z = Tensor.linear(from: -6, to: 6, count: 2401, scalarType: .double)
    let gap = (gelu(z) - geluByTanh(z)).abs().max().item
    #expect(gap > 0.0004 && gap < 0.0005)
  }

  @Test("§ 1.1.2: the vanishing gradient: σ′(10) is 4.54 · 10⁻⁵ and σ′(z) < e^(−|z|), where ReLU′(10) is 1")
  func vanishing() {
    let slopes = Activation.sigmoid.derivative(at: Tensor([10, -10], scalarType: .double)).scalars
    #expect(abs(slopes[0] - 4.5395807735951673e-5) < 1e-15 && abs(slopes[1] - slopes[0]) < 1e-15)
    let z = 15 * spread([64])
    #expect((Activation.sigmoid.derivative(at: z) .< (-z.abs()).exp()).min().item == 1)
    #expect(Activation.relu.derivative(at: Tensor(10)).item == 1)
  }
}

/// The scalar formula of an activation and of its derivative, from the C library.
struct ClosedForm: Sendable, CustomTestStringConvertible {
  let σ: Activation
  let value, slope: @Sendable (Double) -> Double
  var testDescription: String { σ.description }

  static let all = [
    ClosedForm(σ: .identity, value: { $0 }, slope: { _ in 1 }),
    ClosedForm(σ: .step, value: { $0 > 0 ? 1 : 0 }, slope: { _ in 0 }),
    ClosedForm(σ: .sigmoid, value: { 1 / (1 + exp(-$0)) }, slope: { exp(-$0) / pow(1 + exp(-$0), 2) }),
    ClosedForm(
      σ: .tanh, value: { (exp($0) - exp(-$0)) / (exp($0) + exp(-$0)) }, slope: { 1 / (cosh($0) * cosh($0)) }),
    ClosedForm(σ: .relu, value: { max(0, $0) }, slope: { $0 > 0 ? 1 : 0 }),
    ClosedForm(σ: .leakyReLU, value: { $0 > 0 ? $0 : 0.01 * $0 }, slope: { $0 > 0 ? 1 : 0.01 }),
    ClosedForm(
      σ: .gelu, value: { $0 * erfc(-$0 / 2.squareRoot()) / 2 },
      slope: { erfc(-$0 / 2.squareRoot()) / 2 + $0 * exp(-$0 * $0 / 2) / (2 * Double.pi).squareRoot() }),
    ClosedForm(σ: .square, value: { $0 * $0 }, slope: { 2 * $0 }),
  ]
}

@Suite("§ 1.1.2 Softmax")
struct SoftmaxTests {
  @Test("§ 1.1.2: the elements are positive and sum to 1, and are e^(zᵢ) / Σⱼ e^(zⱼ)")
  func definition() {
    let z = 3 * spread([4, 5])
    let p = softmax(z)
    #expect(p.min().item > 0 && p.max().item < 1)
    expectClose(p.sum(axes: [1]), Tensor.ones([4], scalarType: .double), tolerance: 1e-15)
    expectClose(p, z.exp() / z.exp().sum(axes: [1], keepsAxes: true), tolerance: 1e-14)
    expectClose(softmax(z, axis: 0).transposed, softmax(z.transposed), tolerance: 1e-15)
  }

  @Test("§ 1.1.2: adding a constant to a row changes nothing", arguments: [-1000.0, -3, 0.5, 1000])
  func shift(constant: Double) {
    let z = spread([3, 4])
    expectClose(softmax(z + constant), softmax(z), tolerance: 1e-12)
  }

  @Test(
    "Groudiev, § 3.2.2: log P(k) is the logit up to a constant, not in proportion to it: 2 z is another distribution")
  func logits() {
    let z = Tensor([1, -2, 0.5], scalarType: .double)
    let constant = z.logSoftmax() - z
    #expect((constant - constant[0]).abs().max().item < 1e-15)
    #expect(((2 * z).softmax() - z.softmax()).abs().max().item > 0.1)
  }

  @Test("§ 1.1.2: logits of ±1000 give 0 and 1 and finite logarithms")
  func extremes() {
    let z = Tensor([[1000, -1000, 0], [-1000, -1000, -1000]])
    expectClose(softmax(z), Tensor([[1, 0, 0], [1.0 / 3, 1.0 / 3, 1.0 / 3]]), tolerance: 1e-6)
    #expect(logSoftmax(z)[0].scalars == [0, -2000, -1000])
  }

  @Test("§ 1.1.2: the Jacobian is diag(p) − p pᵀ")
  func jacobian() {
    let z = spread([5])
    let p = softmax(z)
    let expected = Tensor.identity(5, scalarType: .double) * p - p.expanded(axis: 1) * p
    expectClose(Tensors.jacobian(at: z) { softmax($0) }, expected, tolerance: 1e-14, scale: 1)
  }

  @Test("§ 1.1.2: two classes are the sigmoid: softmax(0, z)₂ = σ(z)")
  func twoClasses() {
    let z = 5 * spread([9])
    let pairs = Tensor.stacked([0 * z, z], axis: 1)
    expectClose(softmax(pairs).sliced(1..<2, axis: 1).reshaped([9]), sigmoid(z), tolerance: 1e-14)
  }
}

/// What foundations.py records of the activation functions, number by number.
private struct ActivationTails: Decodable {
  struct Function: Decodable { let values, slopes: [Double] }
  struct Tails: Decodable {
    let grid, weights: [Double]
    let functions: [String: Function]
  }
  let tails: Tails
}
