import Backprop
import Checking
import Tensors
import Testing
import Training

@Suite("§ 2.4 and § 2.5 compute what PyTorch computes")
struct OptimizerGoldenTests {
  private let reference: Reference

  init() throws { reference = try golden("backprop") }

  @Test("every optimizer of § 2.4 is where PyTorch's is after 1, 10 and 50 steps, to the last digits")
  func optimizers() {
    let tested: [String: any Optimizer] = [
      "SGD": GradientDescent(learningRate: 0.05), "Momentum": Momentum(learningRate: 0.05),
      "Nesterov": Nesterov(learningRate: 0.05), "AdaGrad": AdaGrad(learningRate: 0.1),
      "RMSProp": RMSProp(learningRate: 0.02), "Adam": AdamByFormula(learningRate: 0.05),
      "AdamW": AdamByFormula(learningRate: 0.05, weightDecay: 0.3), "AMSGrad": AMSGrad(learningRate: 0.05),
      "Muon": Muon(learningRate: 0.05, momentum: 0.9, weightDecay: 0.1),
      "LARS": LARS(learningRate: 2, trust: 0.02, weightDecay: 0.1),
      "LAMB": LAMB(learningRate: 0.05, weightDecay: 0.1), "Lion": Lion(learningRate: 0.01, weightDecay: 0.3),
    ]
    #expect(Set(tested.keys) == Set(reference.optimizers.keys))
    for (name, optimizer) in tested { expect(optimizer, name) }
  }

  @Test("§ 2.4.3, § 2.4.4: the fused Adam is where PyTorch's is")
  func fused() {
    expect(Adam(learningRate: 0.05), "Adam")
    expect(Adam(learningRate: 0.05, weightDecay: 0.3), "AdamW")
  }

  private func expect<O: Optimizer>(_ optimizer: O, _ name: String) {
    var optimizer = optimizer
    let shapes: [Shape] = [[4, 3], [5], [2, 6]]
    let all = shapes.enumerated().map { spread($1, offset: 20 * $0) }
    var θ = name == "Muon" ? [all[0], all[2]] : all  // PyTorch's Muon takes matrices only
    for t in 1...50 {
      let gradient = θ.enumerated().map { i, p in
        let curvature = 1 + spread(p.shape, offset: 300 + 20 * i) / 2
        return curvature * (p - 0.5) + 4 * spread(p.shape, offset: 1000 + 97 * t + 20 * i) / Double(t)
      }
      optimizer.update(&θ, along: gradient)
      guard let moment = [1: 0, 10: 1, 50: 2][t], let expected = reference.optimizers[name]?[moment] else { continue }
      expectClose(
        θ.flattened, Tensor(expected, scalarType: .double), tolerance: 1e-11, scale: 1, "\(name), step \(t)")
    }
  }

  @Test("every schedule of § 2.5 has the learning rates of PyTorch's, step by step")
  func schedules() {
    let tested: [String: Schedule] = [
      "step decay": stepDecay(from: 0.2, by: 0.3, every: 7),
      "cosine annealing": cosineAnnealing(from: 0.2, to: 1e-3, over: 40),
      "warm-up and cosine": warmupCosine(to: 3e-3, warmup: 15, over: 60, startingAt: 0.1, endingAt: 1e-5),
      "one cycle": oneCycle(to: 1e-3, over: 83),
    ]
    #expect(Set(tested.keys) == Set(reference.schedules.keys))
    for (name, η) in tested {
      let expected = reference.schedules[name] ?? []
      #expect(expected.count >= 40)
      let gap = expected.enumerated().map { t, rate in abs(η(t) - rate) }.max() ?? .nan
      #expect(gap < 1e-15, "\(name)")
    }
  }

  @Test("§ 2.5: a plateau lowers the rate when PyTorch does")
  func plateau() {
    var plateau = ReduceOnPlateau(from: 1, by: 0.5, patience: 4, minimum: 0.01)
    let rates = reference.plateau.losses.map { plateau.rate(after: $0) }
    #expect(rates == reference.plateau.rates)
    #expect(Set(rates).count > 4)
  }
}

/// What Golden/backprop.py writes.
private struct Reference: Decodable {
  struct Plateau: Decodable { let losses, rates: [Double] }
  let optimizers: [String: [[Double]]]
  let schedules: [String: [Double]]
  let plateau: Plateau
}
