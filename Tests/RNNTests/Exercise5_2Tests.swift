import Backprop
import RNN
import Tensors
import Testing
import ch05

@Suite("Exercise 5.2 The gradient over many steps")
struct Exercise5_2Tests {
  @Test("Exercise 5.2.1, Exercise 5.2.2: curves of six trained networks, for LSTMs also of h alone")
  func curves() {
    var plan = DelayPlan(steps: 20, learningRate: 1e-3)
    plan.stepsPerCheck = 10
    let curves = trainedCurves(steps: 20, every: 10, plan: plan, random: RandomSource(seed: 1))
    #expect(curves.count == 6)
    for curve in curves {
      #expect(curve.before.lags == [1, 10, 20] && curve.after.lags == curve.before.lags)
      if let alone = curve.hiddenAlone { #expect(alone.lags == curve.after.lags) }
    }
    #expect(curves.compactMap(\.hiddenAlone).count == 2)
  }

  @Test("Exercise 5.2.2: the norm for each lag is that of ∂h_T/∂hₖ by differentiation, with cₖ unchanged")
  func order() {
    let layer = LongShortTermMemory(2, 5, forgetBias: .constant(2), random: RandomSource(seed: 5)).converted(
      to: .double)
    let x = RandomSource(seed: 6).normal([6, 2], scalarType: .double)
    let alone = LagNorms(layer.stepJacobians(x).jacobians) { $0.sliced(0..<5, axis: 0).sliced(0..<5, axis: 1) }
    #expect(alone.lags == Array(1...6))
    for (lag, norm) in zip(alone.lags, alone.norms) {
      let k = 6 - lag
      let zero = Tensor.zeros([1, 5], scalarType: .double)
      var start = RecurrentState(hidden: zero, cell: zero)
      if k > 0 { start = layer(x[0..<k].expanded(axis: 0), initial: start).final }
      let truth = jacobian(at: start.hidden[0]) { h in
        layer(x[k..<6].expanded(axis: 0), initial: RecurrentState(hidden: h.expanded(axis: 0), cell: start.cell))
          .final.hidden[0]
      }
      #expect(abs(norm - spectralNorm(truth)) < 1e-12)
    }
  }

  @Test("Exercise 5.2.3: no draw exceeds the bound (5.7), and Q with zero states reaches it")
  func bounds() {
    let checks = checkBounds(every: 10, steps: 30, random: RandomSource(seed: 2))
    for check in checks { #expect(check.ratios.allSatisfy { $0 <= 1 + 1e-12 }) }
    #expect(checks.flatMap(\.ratios).max() ?? 0 > 0.5)
  }

  @Test("Exercise 5.2.4: orthogonal beats usual, 0.9 Q decays, and large inputs make every start vanish")
  func initializations() {
    let studies = studyInitializations(units: 24, steps: 100, random: RandomSource(seed: 3))
    let norms = Dictionary(uniqueKeysWithValues: studies.map { ($0.name, $0.norms) })
    #expect(abs((norms["1.0 Q"]?[0] ?? 0) - 1) < 1e-10)
    #expect((norms["1.0 Q"]?[1] ?? 0) > 0.5 && (norms["as usual"]?[1] ?? 1) < 1e-8)
    #expect(abs((norms["0.9 Q"]?[0] ?? 0) - 2.656e-5) < 1e-8)
    #expect((norms["1.5 Q"]?[0] ?? 0) > 1e17)
    #expect(norms.values.allSatisfy { $0[3] < 1e-2 })
  }
}
