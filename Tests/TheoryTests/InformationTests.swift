import Checking
import Foundations
import Tensors
import Testing
import Theory
import Training

@Suite("§ 11.9  The information bottleneck")
struct InformationTests {
  private static let joint = InformationBottleneck.example

  private static func solution(
    _ β: Double, states: Int = 8, seed: UInt64 = 1, steps: Int = 3_000
  ) -> InformationBottleneck {
    var found = InformationBottleneck(joint: joint, beta: β, states: states, random: RandomSource(seed: seed))
    found.converge(steps: steps)
    return found
  }

  @Test("§ 11.9: I(A;B) is 0 for independent variables, H for a bijection, and 1 − H(ε) bits for a noisy bit")
  func information() {
    let (p, q) = (Tensor([0.2, 0.8], scalarType: .double), Tensor([0.5, 0.3, 0.2], scalarType: .double))
    #expect(mutualInformation(ofJoint: p.expanded(axis: 1) * q).magnitude < 1e-12)
    #expect((mutualInformation(ofJoint: Tensor.identity(8, scalarType: .double) / 8) - 3).magnitude < 1e-12)
    let bit = Tensor([[0.45, 0.05], [0.05, 0.45]], scalarType: .double)
    let noise = entropy(ofDistribution: Tensor([0.1, 0.9], scalarType: .double))
    #expect((mutualInformation(ofJoint: bit) - (1 - noise)).magnitude < 1e-12)
    #expect((maximalCorrelation(bit) - 0.8).magnitude < 1e-12)
  }

  @Test("Definition 11.21, (11.15): no step of the iteration raises I(X;T) − β I(T;Y)")
  func descent() {
    for β in [0.8, 1.7, 3, 20] {
      var solution = InformationBottleneck(joint: Self.joint, beta: β, states: 6, random: RandomSource(seed: 2))
      for _ in 0..<100 {
        let before = solution.objective
        solution.step()
        #expect(solution.objective <= before + 1e-12)
        #expect((solution.encoder.sum(axes: [1]) - 1).abs().max().item < 1e-12)
      }
    }
  }

  @Test("Definition 11.21: a solution is self-consistent, and random changes of its encoder do not lower the objective")
  func stationary() {
    let solution = Self.solution(3)
    var next = solution
    next.step()
    #expect((next.encoder - solution.encoder).abs().max().item < 1e-8)
    let random = RandomSource(seed: 3)
    for _ in 0..<50 {
      let noise = (0.05 * random.normal(solution.encoder.shape, scalarType: .double)).exp()
      let other = InformationBottleneck(
        joint: Self.joint, beta: 3, states: 8, encoder: maximum(1e-6, solution.encoder) * noise, random: random)
      #expect(other.objective > solution.objective - 1e-9)
    }
  }

  @Test("(11.15): below β = 1/ρ² the solution is trivial from every start; above it T tells something about X")
  func critical() {
    let critical = InformationBottleneck.criticalBeta(of: Self.joint)
    // For binary Y, ρ² is Var E[Y|X] / Var Y.
    let p = [0.02, 0.05, 0.15, 0.3, 0.7, 0.85, 0.95, 0.98]
    let ρ² = p.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } / 8 / 0.25
    #expect((critical - 1 / ρ²).magnitude < 1e-10)
    for seed in 1...5 as ClosedRange<UInt64> {
      #expect(Self.solution(0.9 * critical, seed: seed).informationAboutInput < 1e-6)
      let above = Self.solution(1.1 * critical, seed: seed)
      #expect((above.informationAboutInput - 0.2582).magnitude < 0.01 && above.objective < -0.01)
    }
  }

  @Test("(11.15): I(T;Y) ≤ I(X;T), I(T;Y) ≤ I(X;Y), both rise with β, and in the end T keeps what X tells about Y")
  func curve() {
    let all = mutualInformation(ofJoint: Self.joint)
    let solutions = [1.8, 2.5, 4, 10, 200].map { Self.solution($0) }
    for solution in solutions {
      #expect(solution.informationAboutTarget <= min(all, solution.informationAboutInput) + 1e-12)
    }
    for (a, b) in zip(solutions, solutions.dropFirst()) {
      #expect(a.informationAboutInput < b.informationAboutInput && a.informationAboutTarget < b.informationAboutTarget)
    }
    #expect(all - solutions[4].informationAboutTarget < 0.02)
  }

  @Test("Remark 11.22: binned information of a known code: 3 bits of X, of which 1 tells Y, and none in a single bin")
  func bins() {
    let T = Tensor((0..<64).map { Double($0 % 8) }, shape: [64, 1])
    let labels = (0..<64).map { $0 % 2 }
    let fine = BinnedInformation(of: T, labels: labels, bins: 8)
    #expect((fine.aboutInput - 3).magnitude < 1e-12 && (fine.aboutLabel - 1).magnitude < 1e-12)
    let coarse = BinnedInformation(of: T, labels: labels, bins: 4)
    #expect((coarse.aboutInput - 2).magnitude < 1e-12 && coarse.aboutLabel.magnitude < 1e-12)
    #expect(BinnedInformation(of: T, labels: labels, bins: 1).aboutInput == 0)
    // By default the range is that of the values: 0 to 6 in two bins is cut at 3.
    let uneven = BinnedInformation(of: Tensor([[0.0], [3], [5], [6]]), labels: [0, 1, 1, 1], bins: 2)
    let quarter = entropy(ofDistribution: Tensor([0.25, 0.75], scalarType: .double))
    #expect((uneven.aboutInput - quarter).magnitude < 1e-12 && (uneven.aboutLabel - quarter).magnitude < 1e-12)
    // The largest value belongs to the last bin, and a wider range makes the bins coarser.
    #expect((BinnedInformation(of: T, labels: labels, bins: 8, range: -8...8).aboutInput - 2).magnitude < 0.01)
    let task = BitTask(random: RandomSource(seed: 1))
    #expect(task.inputs.shape == [1_024, 10] && task.labels.reduce(0, +) == 512)
    #expect((BinnedInformation(of: task.inputs, labels: task.labels, bins: 2).aboutInput - 10).magnitude < 1e-12)
  }

  @Test("Remark 11.22: tanh compresses in 30 bins, but not in 1,000 at the same time; ReLU does not")
  func phases() {
    func plane(_ σ: Activation) -> InformationPlane {
      InformationPlane(
        activation: σ, plan: TrainingPlan(steps: 700), task: RandomSource(seed: 3), random: RandomSource(seed: 4))
    }
    let (tanh, relu) = (plane(.tanh), plane(.relu))
    // Measured at the start, at the end, and about 20 times for every factor of ten in between.
    #expect(tanh.shown.map { tanh.epochs[$0] } == [0, 20, 50, 100, 400, 700])
    #expect((35...55).contains(tanh.epochs.count) && tanh.epochs == relu.epochs, "\(tanh.epochs)")
    let coarse = tanh.lastLayer(bins: 30).map(\.aboutInput)
    let peak = coarse.max() ?? 0
    #expect(peak > coarse[0] + 0.5 && (coarse.last ?? 9) < peak - 2)  // it rises, then falls
    #expect((tanh.lastLayer(bins: 30).last?.aboutLabel ?? 0) > 0.85 && tanh.lastLayer(bins: 30)[0].aboutLabel < 0.2)
    let fine = tanh.lastLayer(bins: 1_000).map(\.aboutInput)
    #expect(fine[0] > 9.9 && (fine.max() ?? 0) < fine[0] + 0.1 && (fine.last ?? 9) < 7)  // it only falls
    let few = tanh.lastLayer(bins: 4).map(\.aboutInput)
    #expect((few.max() ?? 9) < 3.5)
    let late = relu.epochs.indices.filter { relu.epochs[$0] >= 100 }.map { relu.lastLayer(bins: 30)[$0].aboutInput }
    #expect((late.last ?? 0) > (late.first ?? 9) - 0.8)
    #expect(tanh.accuracy > 0.97 && relu.accuracy > 0.95)
  }
}
