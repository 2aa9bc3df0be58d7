import Checking
import Foundations
import Tensors
import Testing
import Theory
import Training
import ch11

@Suite("§ 11.11 Grokking")
struct GrokkingTests {
  private func run(_ kind: GrokkingRun.Kind, checks: Int, seed: UInt64 = 1) -> GrokkingRun {
    GrokkingRun(kind, share: 0.7, seed: seed, plan: TrainingPlan(epochs: checks, batchSize: 1))
  }

  @Test("§ 11.11: every pair is in one part, and (a, b) and (b, a) in the same, unless ordered pairs are drawn")
  func split() {
    func leaked(_ task: ModularAddition) -> Int {
      let known = Set(task.train.map { $0.a * task.modulus + $0.b })
      return task.test.count { known.contains($0.b * task.modulus + $0.a) }
    }
    func task(_ split: ModularAddition.Split) -> ModularAddition {
      ModularAddition(modulus: 31, share: 0.6, split: split, random: RandomSource(seed: 1))
    }
    for split in [ModularAddition.Split.unorderedPairs, .orderedPairs] {
      let task = task(split)
      let pairs = Set((task.train + task.test).map { pair -> Int in 31 * pair.a + pair.b })
      #expect(pairs.count == 961)
      #expect(task.train.count + task.test.count == 961)
      #expect(zip(task.labels(of: task.test), task.test).allSatisfy { $0 == ($1.a + $1.b) % 31 })
    }
    #expect(leaked(task(.unorderedPairs)) == 0)
    #expect(Double(leaked(task(.orderedPairs))) > 0.5 * Double(task(.orderedPairs).test.count))
  }

  @Test("§ 11.11: random labels are the same for (a, b) and (b, a), and about one in 31 is the sum")
  func randomLabels() {
    let task = ModularAddition(modulus: 31, share: 0.6, hasRandomLabels: true, random: RandomSource(seed: 2))
    #expect(task.labels(of: task.test) == task.labels(of: task.test.map { (a: $0.b, b: $0.a) }))
    let right = zip(task.labels(of: task.train), task.train).count { $0 == ($1.a + $1.b) % 31 }
    #expect(abs(Double(right) / Double(task.train.count) - 1.0 / 31) < 0.02)
  }

  @Test("§ 11.11: with weight decay the test accuracy is 0 when training is perfect, and above 0.9 much later")
  func grokking() {
    let found = run(.decay, checks: 75)
    let memorized = found.step(of: 1, in: found.train) ?? .max
    #expect(memorized <= 100 && found.test[memorized / 10 - 1] < 0.05)
    let understood = found.step(of: 0.9, in: found.test) ?? .max
    #expect(understood > 8 * memorized && understood <= 750 && found.train.last == 1)
  }

  @Test(
    "§ 11.11: without weight decay, and with random labels, training is perfect and the test accuracy stays at chance")
  func controls() {
    let (free, random) = (run(.noDecay, checks: 75), run(.randomLabels, checks: 75))
    for found in [free, random] { #expect(found.train.last == 1 && (found.test.max() ?? 1) < 0.08) }
    #expect((free.history["norm"].last ?? 0) > 1.1 * (random.history["norm"].last ?? 1))
  }

  @Test("§ 11.11: a split of ordered pairs leaks b + a: the plateau is near ½ without any understanding")
  func leak() {
    let found = run(.orderedPairs, checks: 15)
    #expect(found.train.last == 1 && (found.test.last ?? 0) > 0.45 && (found.test.last ?? 1) < 0.7)
  }
}
