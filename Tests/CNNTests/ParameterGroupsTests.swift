import CNN
import Checking
import Foundations
import Tensors
import Testing
import Training

@Suite("§ 4.5 Learning rates by group")
struct ParameterGroupsTests {
  private struct Trio: Module {
    var a = [spread([2, 3])]
    var b = spread([2, 3], offset: 10)
    var c = spread([2, 3], offset: 20)
    static var parameters: [PartialKeyPath<Trio>] { [\.a, \.b, \.c] }
    func callAsFunction(_ x: Tensor) -> Tensor { x }
  }

  private func slopes(_ step: Int) -> Trio {
    var g = Trio()
    (g.a[0], g.b, g.c) = (
      spread([2, 3], offset: 100 * step), spread([2, 3], offset: 100 * step + 10),
      spread([2, 3], offset: 100 * step + 20)
    )
    return g
  }

  private func groups(of model: Trio) -> ParameterGroups<Adam> {
    func adam(_ rate: Double) -> Adam { Adam(learningRate: rate, weightDecay: 1e-4) }
    return ParameterGroups(of: model, [([\.a], adam(1e-5)), ([\.b], adam(1e-4)), ([\.c], adam(1e-3))])
  }

  @Test("§ 4.5: an optimizer by groups equals separate optimizers for each group, to the last bit")
  func separate() {
    var model = Trio()
    var (optimizer, alone) = (groups(of: model), groups(of: model).optimizers)
    var parts = [model.a, [model.b], [model.c]]
    for step in 0..<4 {
      let g = slopes(step)
      optimizer.update(&model, along: g)
      for (i, slope) in [g.a, [g.b], [g.c]].enumerated() { alone[i].update(&parts[i], along: slope) }
    }
    #expect([model.a, [model.b], [model.c]] == parts)
    #expect(model.b != Trio().b)
  }

  @Test("§ 4.5: parameters in no group do not change, and a group may hold several parts")
  func others() {
    var model = Trio()
    var optimizer = ParameterGroups(of: model, [([\.a, \.c], GradientDescent(learningRate: 1))])
    optimizer.update(&model, along: slopes(0))
    #expect(model.b == Trio().b)
    expectClose(model.a[0], Trio().a[0] - slopes(0).a[0], tolerance: 1e-14, scale: 1)
    expectClose(model.c, Trio().c - slopes(0).c, tolerance: 1e-14, scale: 1)
  }

  @Test("§ 4.5: a schedule changes all rates in proportion, and restores them from zero")
  func schedule() {
    var optimizer = groups(of: Trio())
    #expect(optimizer.learningRate == 1e-3)
    optimizer.learningRate = 5e-4
    #expect(isClose(optimizer.optimizers.map(\.learningRate), [5e-6, 5e-5, 5e-4]))
    optimizer.learningRate = 0
    #expect(optimizer.optimizers.allSatisfy { $0.learningRate == 0 })
    optimizer.learningRate = 1e-3
    #expect(isClose(optimizer.optimizers.map(\.learningRate), [1e-5, 1e-4, 1e-3]))
  }

  private func isClose(_ a: [Double], _ b: [Double]) -> Bool { zip(a, b).allSatisfy { abs($0 / $1 - 1) < 1e-12 } }

  @Test("groups that overlap, are missing, or belong to another model stop with a message")
  func mistakes() async {
    let twice = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let line = Linear(2, 3, random: RandomSource(seed: 1))
      _ = ParameterGroups(of: line, [([\.weight], Adam()), ([\.bias, \.weight], Adam())])
    }
    #expect(errorText(twice).contains("into group 1: it is already in group 0"))
    let none = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = ParameterGroups<Adam>(of: Linear(2, 3, random: RandomSource(seed: 1)), [])
    }
    #expect(errorText(none).contains("cannot make an optimizer for no groups of parameters"))
    let other = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let line = Linear(2, 3, random: RandomSource(seed: 1))
      var groups = ParameterGroups(of: line, [([\.weight], Adam())])
      var weight = line.weight
      groups.update(&weight, along: weight)
    }
    #expect(errorText(other).contains("cannot move 1 parameters in groups made for 2"))
    let nowhere = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let layer = Convolution(1, 2, kernel: 3, random: RandomSource(seed: 1))
      _ = ParameterGroups(of: layer, [([\.stride], Adam())])
    }
    #expect(errorText(nowhere).contains("cannot find parameters at"))
  }
}

private func errorText(_ result: ExitTest.Result?) -> String {
  String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
}
