import Backprop
import Checking
import Foundation
import Tensors
import Testing
import Training

/// A vector in double precision.
private func vector(_ scalars: [Double]) -> Tensor { Tensor(scalars, scalarType: .double) }

/// The path of an optimizer from a point along these gradients, step by step.
private func walk<O: Optimizer>(_ optimizer: O, from start: [Double]? = nil, along gradients: [[Double]]) -> [[Double]]
{
  var (optimizer, θ) = (optimizer, vector(start ?? gradients[0].map { _ in 0 }))
  return gradients.map { g in
    optimizer.update(&θ, along: vector(g))
    return θ.scalars
  }
}

/// How many steps an optimizer takes on ½ Σ λ x² from (1, …, 1) until all coordinates are small.
private func stepsToRest<O: Optimizer>(_ optimizer: O, curvatures: [Double], below ε: Double = 1e-6) -> Int {
  var (optimizer, x, steps) = (optimizer, Tensor.ones([curvatures.count], scalarType: .double), 0)
  while x.abs().max().item > ε && steps < 100_000 {
    optimizer.update(&x, along: vector(curvatures) * x)
    steps += 1
  }
  return steps
}

@Suite("§ 2.4.1 Momentum")
struct MomentumTests {
  @Test("§ 2.4.1: the velocity is a sum, not an average: along a constant gradient it grows to g/(1 − μ) = 10 g")
  func sum() {
    let x = walk(Momentum(learningRate: 1), along: Array(repeating: [2], count: 300)).map { $0[0] }
    #expect(abs((x[298] - x[299]) - 20) < 1e-10)
    #expect(x[0] == -2, "the first step is that of gradient descent")
  }

  @Test("§ 2.4.1: unrolled, the velocity is Σ μᵏ g_{t−k}, and v_{t−k} counts μᵏ⁺¹ times, not μᵏ")
  func unrolled() {
    let (μ, g) = (0.8, spread([12]).scalars)
    let x = [0] + walk(Momentum(learningRate: 1, momentum: μ), along: g.map { [$0] }).map { $0[0] }
    let v = (1...12).map { x[$0 - 1] - x[$0] }
    for t in v.indices {
      let sum = (0...t).map { k in pow(μ, Double(k)) * g[t - k] }.reduce(0, +)
      #expect(abs(v[t] - sum) < 1e-14)
    }
    let (t, k) = (10, 4)
    let recent = (0...k).map { pow(μ, Double($0)) * g[t - $0] }.reduce(0, +)
    #expect(abs(v[t] - (pow(μ, Double(k + 1)) * v[t - k - 1] + recent)) < 1e-14)
    #expect(abs(v[t] - (pow(μ, Double(k)) * v[t - k - 1] + recent)) > 1e-3)
  }

  @Test("§ 2.4.1: without momentum both rules are gradient descent")
  func none() {
    let g = (0..<5).map { spread([3], offset: 3 * $0).scalars }
    let plain = walk(GradientDescent(learningRate: 0.3), from: [1, 2, 3], along: g)
    for other in [
      walk(Momentum(learningRate: 0.3, momentum: 0), from: [1, 2, 3], along: g),
      walk(Nesterov(learningRate: 0.3, momentum: 0), from: [1, 2, 3], along: g),
    ] {
      for (a, b) in zip(plain, other) { expectClose(vector(a), vector(b), tolerance: 1e-14) }
    }
  }

  @Test(
    "§ 2.4.1: Nesterov's rule is the look ahead θ ← θ − η v with v ← μ v + ∇L(θ − η μ v), seen from the point ahead")
  func lookAhead() {
    let (η, μ) = (0.02, 0.9)
    func slope(_ x: Tensor) -> Tensor { vector([1, 30]) * x + x.sin() }
    var (model, optimizer) = (vector([1, -2]), Nesterov(learningRate: η, momentum: μ))
    var (θ, v) = (model, vector([0, 0]))
    for _ in 0..<40 {
      optimizer.update(&model, along: slope(model))
      v = μ * v + slope(θ - η * μ * v)
      θ = θ - η * v
      expectClose(model, θ - η * μ * v, tolerance: 1e-12)
    }
  }

  @Test("§ 2.4.1: on an ill-conditioned quadratic Nesterov is faster than momentum, and momentum than gradient descent")
  func speed() {
    let curvatures = [1.0, 10, 100]
    let plain = stepsToRest(GradientDescent(learningRate: 1e-2), curvatures: curvatures)
    let heavy = stepsToRest(Momentum(learningRate: 1e-2), curvatures: curvatures)
    let nesterov = stepsToRest(Nesterov(learningRate: 1e-2), curvatures: curvatures)
    #expect(plain > 4 * heavy, "\(plain), \(heavy)")
    #expect(Double(heavy) > 1.05 * Double(nesterov), "\(heavy), \(nesterov)")
  }
}

@Suite("§ 2.4.2 AdaGrad and RMSProp")
struct AdaptiveRatesTests {
  @Test("§ 2.4.2: AdaGrad's first two steps, by hand: η · 3/3 and η · 4/5")
  func byHand() {
    let x = walk(AdaGrad(learningRate: 0.1, epsilon: 0), along: [[3], [4]])
    #expect(abs(x[0][0] + 0.1) < 1e-16 && abs(x[1][0] + 0.1 + 0.08) < 1e-16)
  }

  @Test("§ 2.4.2: AdaGrad's rate η/√s never grows; RMSProp's recovers when gradients become small")
  func rates() {
    let g = Array(repeating: [10.0], count: 20) + Array(repeating: [0.1], count: 200)
    func rates(_ x: [[Double]]) -> [Double] {
      zip(zip([[0]] + x, x), g).map { pair, g in (pair.0[0] - pair.1[0]) / g[0] }
    }
    let (ada, rms) = (
      rates(walk(AdaGrad(learningRate: 0.1), along: g)), rates(walk(RMSProp(learningRate: 0.1, beta: 0.9), along: g))
    )
    #expect(zip(ada, ada.dropFirst()).allSatisfy { $0 >= $1 * (1 - 1e-9) })
    #expect(rms[219] > 50 * rms[19])
  }

  @Test(
    "§ 2.4.2: along a constant gradient RMSProp's step tends to η, whatever the gradient", arguments: [1e-3, 1, 1e4])
  func scale(g: Double) {
    let x = walk(RMSProp(learningRate: 0.1, beta: 0.9), along: Array(repeating: [g], count: 200))
    #expect(abs(x[198][0] - x[199][0] - 0.1) < 1e-5)
    #expect(abs(x[0][0] + 0.1 / 0.1.squareRoot()) < 1e-4, "the first step is η/√(1 − β)")
  }

  @Test("§ 2.4.2: with ε inside the root the floor is 10⁻⁴, and gradients of that size give shorter steps")
  func epsilon() {
    let g = (0..<50).map { [1e-4 * (1 + spread([1], offset: $0).scalars[0])] }
    let outside = walk(RMSProp(learningRate: 1e-3), from: [1], along: g)
    let inside = walk(RMSProp(learningRate: 1e-3, epsilonPlace: .insideRoot), from: [1], along: g)
    #expect(1 - inside[49][0] < 0.7 * (1 - outside[49][0]))
    #expect(1 - inside[49][0] > 0)
    let large = g.map { [$0[0] * 1e6] }
    let (a, b) = (
      walk(RMSProp(learningRate: 1e-3), along: large),
      walk(RMSProp(learningRate: 1e-3, epsilonPlace: .insideRoot), along: large)
    )
    #expect(abs(a[49][0] - b[49][0]) < 1e-9, "for large gradients the place does not matter")
  }
}

@Suite("§ 2.4.3 Adam")
struct AdamTests {
  @Test(
    "§ 2.4.3, § 2.4.4: the fused Adam takes the steps of the formula, in both scalar types",
    arguments: [ScalarType.float, .double], [0, 0.3])
  func fused(type: ScalarType, decay λ: Double) {
    let start = spread([37]).converted(to: type)
    var (a, b) = (start, start)
    var fast = Adam(learningRate: 0.02, beta1: 0.8, beta2: 0.95, epsilon: 1e-4, weightDecay: λ)
    var literal = AdamByFormula(
      learningRate: 0.02, constants: AdamConstants(beta1: 0.8, beta2: 0.95, epsilon: 1e-4), weightDecay: λ)
    for t in 0..<30 {
      fast.update(&a, along: a * a + spread([37], offset: t).converted(to: type))
      literal.update(&b, along: b * b + spread([37], offset: t).converted(to: type))
    }
    expectClose(a, b, tolerance: type == .float ? 2e-5 : 1e-13, scale: 0.1)
  }

  @Test("§ 2.4.3: the corrections undo the start from zero: along a constant gradient every step is η")
  func corrections() {
    let x = walk(AdamByFormula(learningRate: 0.1), along: Array(repeating: [5, -0.01], count: 20))
    for (t, point) in x.enumerated() {
      #expect(abs(point[0] + 0.1 * Double(t + 1)) < 1e-7 && abs(point[1] - 0.1 * Double(t + 1)) < 1e-5)
    }
  }

  @Test("§ 2.4.3: Adam's steps do not change when all gradients are multiplied by a number")
  func scale() {
    let g = (0..<30).map { spread([4], offset: 4 * $0).scalars }
    let constants = AdamConstants(epsilon: 0)
    let a = walk(AdamByFormula(constants: constants), from: [0, 0, 0, 0], along: g)
    let b = walk(AdamByFormula(constants: constants), from: [0, 0, 0, 0], along: g.map { $0.map { 1000 * $0 } })
    for (p, q) in zip(a, b) { expectClose(vector(p), vector(q), tolerance: 1e-10) }
  }

  @Test(
    "§ 2.4.3: for a gradient of 10⁻⁵ the first step is 9.990 · 10⁻⁴ with √v̂ + ε, 9.950 · 10⁻⁵ with √(v̂ + ε)"
  )
  func epsilon() {
    func first(_ place: EpsilonPlace) -> Double {
      -walk(AdamByFormula(constants: AdamConstants(epsilonPlace: place)), along: [[1e-5]])[0][0]
    }
    #expect(abs(first(.outsideRoot) - 9.990e-4) < 1e-7)
    #expect(abs(first(.insideRoot) - 9.950e-5) < 1e-8)
    #expect(abs(-walk(Adam(), along: [[1e-5]])[0][0] - first(.outsideRoot)) < 1e-15)
  }

  @Test("§ 2.4.4: where the gradient is zero AdamW multiplies θ by 1 − ηλ, however large the second moment")
  func decay() {
    for g in [0, 1.0, 1000] {
      var (θ, optimizer) = (vector([8, 0]), AdamByFormula(learningRate: 0.1, weightDecay: 0.5))
      for _ in 0..<10 { optimizer.update(&θ, along: vector([0, g])) }
      #expect(abs(θ.scalars[0] - 8 * pow(0.95, 10)) < 1e-13)
    }
  }

  @Test("a copy of an optimizer has its own moments: Listing 2.8 needs no clone")
  func values() {
    let g = [[1.0], [-2], [3]]
    func twice<O: Optimizer>(_ optimizer: O) -> Bool {
      walk(optimizer, along: g) == walk(optimizer, along: g)
    }
    let all: [any Optimizer] = [
      Momentum(learningRate: 1), Nesterov(learningRate: 1), AdaGrad(), RMSProp(), AdamByFormula(), AMSGrad(),
      LARS(learningRate: 1), LAMB(), Lion(), Muon(),
    ]
    for optimizer in all {
      let isRepeated = twice(optimizer)
      #expect(isRepeated)
    }
  }
}

@Suite("AMSGrad")
struct AMSGradTests {
  /// Losses c x, −x, −x, … on [−1, 1] with c = 3: three in a row sum to x, whose least value is at −1.
  private func end<O: Optimizer>(_ optimizer: O) -> Double {
    var (optimizer, x) = (optimizer, vector([0]))
    for t in 1...3000 {
      optimizer.learningRate = 0.1 / Double(t).squareRoot()
      optimizer.update(&x, along: vector([t % 3 == 1 ? 3 : -1]))
      x = x.clamped(to: -1...1)
    }
    return x.scalars[0]
  }

  @Test("§ 2.4.3: on a stream of losses with its minimum at −1 Adam runs to +1, AMSGrad and gradient descent to −1")
  func stream() {
    let constants = AdamConstants(beta1: 0, beta2: 0.1)
    #expect(end(AdamByFormula(constants: constants)) > 0.99)
    #expect(end(AMSGrad(constants: constants)) < -0.99)
    #expect(end(GradientDescent(learningRate: 1)) < -0.99)
  }

  @Test("while gradients grow AMSGrad is Adam; when they shrink its steps are shorter")
  func comparison() {
    let growing = (1...10).map { [Double($0)] }
    let (adam, ams) = (walk(AdamByFormula(), along: growing), walk(AMSGrad(), along: growing))
    for (a, b) in zip(adam, ams) { #expect(abs(a[0] - b[0]) < 1e-15) }
    let shrinking = [[100.0]] + Array(repeating: [0.1], count: 500)
    let c = AdamConstants(beta1: 0, beta2: 0.9)
    let (far, near) = (
      walk(AdamByFormula(constants: c), along: shrinking), walk(AMSGrad(constants: c), along: shrinking)
    )
    #expect(abs(far[500][0]) > 10 * abs(near[500][0]))
  }
}

@Suite("Optimizers refuse invalid input")
struct OptimizerMistakesTests {
  @Test("constants out of range stop with a message that names them")
  func constants() async {
    await #expect(processExitsWith: .failure) { _ = Nesterov(learningRate: 1, momentum: -0.1) }
    await #expect(processExitsWith: .failure) { _ = AdaGrad(epsilon: -1) }
    await #expect(processExitsWith: .failure) { _ = RMSProp(beta: 1) }
    await #expect(processExitsWith: .failure) { _ = AdamConstants(beta2: 1) }
    await #expect(processExitsWith: .failure) { _ = AdamByFormula(weightDecay: -1) }
    await #expect(processExitsWith: .failure) { _ = LARS(learningRate: 1, trust: 0) }
    await #expect(processExitsWith: .failure) { _ = LAMB(weightDecay: -1) }
    await #expect(processExitsWith: .failure) { _ = Lion(beta1: 1) }
    await #expect(processExitsWith: .failure) { _ = Muon(momentum: 1) }
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Momentum(learningRate: 1, momentum: 1)
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("cannot run with momentum μ = 1.0: 0 ≤ μ < 1 is needed"))
  }

  @Test("a model with other parameters than before, or a gradient of other shapes, stops with both shapes")
  func shapes() async {
    let other = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var optimizer = Momentum(learningRate: 1)
      for n in [2, 3] {
        var model = [Tensor.ones([n])]
        optimizer.update(&model, along: [Tensor.ones([n])])
      }
    }
    let text = String(decoding: other?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("cannot continue with parameters [[3]]: the optimizer's memory belongs to [[2]]"))
    let gradient = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var (optimizer, model) = (Lion(), [Tensor.ones([2]), Tensor.ones([3])])
      optimizer.update(&model, along: [Tensor.ones([2])])
    }
    let message = String(decoding: gradient?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("cannot update parameters [[2], [3]] along a gradient [[2]]"))
  }
}
