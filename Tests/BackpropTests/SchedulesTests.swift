import Backprop
import Checking
import Foundation
import Tensors
import Testing
import Training

@Suite("§ 2.5 Learning rate schedules")
struct SchedulesTests {
  @Test("§ 2.5.1: step decay keeps η for T steps, then multiplies it by γ")
  func steps() {
    let η = stepDecay(from: 1e-3, by: 0.1, every: 30)
    #expect((0..<30).allSatisfy { η($0) == 1e-3 })
    for (t, expected) in [(30, 1e-4), (59, 1e-4), (60, 1e-5), (90, 1e-6)] {
      #expect(abs(η(t) / expected - 1) < 1e-14)
    }
  }

  @Test("§ 2.5.2: cosine annealing starts at η_max, has the mean at half time, ends at η_min, and stays there")
  func cosine() {
    let η = cosineAnnealing(from: 3e-3, to: 1e-3, over: 100)
    #expect(η(0) == 3e-3)
    #expect(abs(η(50) - 2e-3) < 1e-17)
    #expect(η(100) == 1e-3 && η(1000) == 1e-3)
    #expect((0..<100).allSatisfy { η($0 + 1) < η($0) })
    #expect((0...50).allSatisfy { abs(η($0) + η(100 - $0) - 4e-3) < 1e-17 }, "symmetric about the middle")
  }

  @Test("§ 2.5.2: an annealed plan ends with its last step, and keeps a schedule of its own")
  func annealedPlan() throws {
    let plan = TrainingPlan(epochs: 3, batchSize: 8)
    let η = try #require(plan.annealed(from: 0.4, examples: 17).learningRate)  // three steps in an epoch
    #expect(η(0) == 0.4 && abs(η(3) - 0.3) < 1e-15 && abs(η(9)) < 1e-17)
    var own = plan
    own.learningRate = { _ in 7 }
    let kept = try #require(own.annealed(from: 0.4, examples: 17).learningRate)
    #expect(kept(5) == 7)
  }

  @Test("§ 2.5.3: warm-up is a straight line to η_max at T_w, where the cosine takes over without a jump")
  func warmup() {
    let η = warmupCosine(to: 1e-3, warmup: 20, over: 120, endingAt: 1e-5)
    #expect(η(0) == 0 && η(20) == 1e-3 && η(120) == 1e-5 && η(500) == 1e-5)
    #expect((0..<19).allSatisfy { abs((η($0 + 1) - η($0)) - 1e-3 / 20) < 1e-18 })
    #expect((20..<120).allSatisfy { η($0 + 1) < η($0) })
    #expect((0..<120).map { abs(η($0 + 1) - η($0)) }.max().map { $0 <= 1e-3 / 20 + 1e-18 } == true, "no jump")
    #expect((0...120).allSatisfy { η($0) <= 1e-3 })
  }

  @Test("§ 2.5.3: without a warm-up it is cosine annealing")
  func noWarmup() {
    let (a, b) = (warmupCosine(to: 0.1, warmup: 0, over: 7), cosineAnnealing(from: 0.1, over: 7))
    #expect((0...8).allSatisfy { a($0) == b($0) })
  }

  @Test("§ 2.5: one cycle starts at a 25th of its peak, reaches it after 30 % and ends at a 250,000th")
  func cycle() {
    let η = oneCycle(to: 1e-3, over: 100)
    #expect(abs(η(0) - 4e-5) < 1e-18 && abs(η(29) - 1e-3) < 1e-18 && abs(η(99) - 4e-9) < 1e-18)
    #expect((0..<29).allSatisfy { η($0) < η($0 + 1) } && (29..<99).allSatisfy { η($0) > η($0 + 1) })
    #expect(η(14) - η(13) > 2 * (η(1) - η(0)), "the warm-up is not a straight line")
    #expect(η(99) == η(100))
  }

  @Test("a schedule of epochs keeps its learning rate for all steps of an epoch")
  func epochs() {
    let η = eachEpoch(of: 3, stepDecay(from: 1, by: 0.5, every: 1))
    #expect((0..<9).map(η) == [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25])
  }

  @Test("§ 2.5: a plan gives every step its learning rate")
  func plan() {
    var (model, plan) = ([Tensor([1.0], scalarType: .double)], TrainingPlan(epochs: 2, batchSize: 1))
    plan.learningRate = stepDecay(from: 0.5, by: 0.5, every: 2)
    var optimizer = GradientDescent(learningRate: 7)
    for t in 0..<4 {
      if let rate = plan.learningRate { optimizer.learningRate = rate(t) }
      optimizer.update(&model, along: [Tensor([1.0], scalarType: .double)])
    }
    #expect(model[0].item == 1 - 0.5 - 0.5 - 0.25 - 0.25)
    #expect(optimizer.learningRate == 0.25)
  }

  @Test("§ 2.5: a plateau lowers the rate when PyTorch does")
  func recordedPlateau() throws {
    let recorded = try golden("backprop", as: RecordedPlateau.self).plateau
    var plateau = ReduceOnPlateau(from: 1, by: 0.5, patience: 4, minimum: 0.01)
    let rates = recorded.losses.map { plateau.rate(after: $0) }
    #expect(rates == recorded.rates)
    #expect(Set(rates).count > 4)
  }

  @Test("§ 2.5: a plateau lowers the rate after more than `patience` losses without a new best, and then waits again")
  func plateau() {
    var plateau = ReduceOnPlateau(from: 1, by: 0.5, patience: 2, minimum: 0.2)
    let losses = [3.0, 2, 2, 2, 2, 1.9, 1.9, 1.8999999, 1.9, 1.9, 1.9, 1.9, 0.1]
    let rates = losses.map { plateau.rate(after: $0) }
    #expect(rates == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.2, 0.2])
  }

  @Test("§ 2.5: a negative loss that stays or rises is not progress, one that falls is, with either kind of threshold")
  func negative() {
    for threshold in [ReduceOnPlateau.Threshold.relative(0.1), .absolute(0.1)] {
      func rates(_ losses: [Double]) -> [Double] {
        var plateau = ReduceOnPlateau(from: 1, by: 0.5, patience: 0, threshold: threshold)
        return losses.map { plateau.rate(after: $0) }
      }
      #expect(rates([-1, -1, -1]) == [1, 0.5, 0.25])
      #expect(rates([-1, -0.95, -1.05]) == [1, 0.5, 0.25])
      #expect(rates([-1, -1.2, -1.5, -2]) == [1, 1, 1, 1])
      #expect(rates([1, 0.95, 0.8, -0.5]) == [1, 0.5, 0.5, 0.5])
      #expect(rates([0, 0, -0.2]) == [1, 0.5, 0.5])
    }
  }

  @Test("§ 2.5: a relative threshold is a share of the best loss, an absolute one is not")
  func thresholds() {
    func lowers(_ threshold: ReduceOnPlateau.Threshold, _ first: Double, _ second: Double) -> Bool {
      var plateau = ReduceOnPlateau(from: 1, patience: 0, threshold: threshold)
      _ = plateau.rate(after: first)
      return plateau.rate(after: second) < 1
    }
    #expect(!lowers(.relative(0.1), 0.01, 0.008) && lowers(.absolute(0.1), 0.01, 0.008))
    #expect(lowers(.relative(0.1), -100, -101) && !lowers(.absolute(0.1), -100, -101))
    #expect(lowers(.relative(0.1), 100, 99) && !lowers(.absolute(0.1), 100, 99))
  }

  @Test("§ 2.5: a saved plateau keeps on waiting")
  func saved() throws {
    var plateau = ReduceOnPlateau(from: 1, by: 0.5, patience: 1, threshold: .absolute(0.25))
    for loss in [3.0, 2.9] { _ = plateau.rate(after: loss) }
    var copy = try JSONDecoder().decode(ReduceOnPlateau.self, from: JSONEncoder().encode(plateau))
    #expect(copy.rate(after: 2.8) == 0.5 && plateau.rate(after: 2.8) == 0.5)
  }

  @Test("§ 2.5: a falling loss never lowers the rate; a loss that is NaN does")
  func falling() {
    var plateau = ReduceOnPlateau(from: 1, patience: 0)
    #expect((1...50).allSatisfy { plateau.rate(after: 1 / Double($0)) == 1 })
    #expect(plateau.rate(after: .nan) == 0.1)
  }

  @Test("a copy of a plateau waits independently")
  func value() {
    var plateau = ReduceOnPlateau(from: 1, patience: 0)
    _ = plateau.rate(after: 1)
    var copy = plateau
    #expect(copy.rate(after: 2) == 0.1 && plateau.learningRate == 1)
  }

  @Test("schedules refuse invalid input")
  func mistakes() async {
    await #expect(processExitsWith: .failure) { _ = cosineAnnealing(from: 1, over: 0) }
    await #expect(processExitsWith: .failure) { _ = stepDecay(from: 1, every: 0) }
    await #expect(processExitsWith: .failure) { _ = oneCycle(to: 1, over: 3) }
    await #expect(processExitsWith: .failure) { _ = eachEpoch(of: 0) { _ in 1 } }
    await #expect(processExitsWith: .failure) { _ = ReduceOnPlateau(from: 1, by: 2) }
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = warmupCosine(to: 1, warmup: 10, over: 10)
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("cannot warm up for 10 of 10 steps: some must be left to decay"))
  }
}

/// What backprop.py records of ReduceLROnPlateau.
private struct RecordedPlateau: Decodable {
  struct Plateau: Decodable { let losses, rates: [Double] }
  let plateau: Plateau
}
