import Applications
import Checking
import Tensors
import Testing

@Suite("§ 12.10  A cart and a pole")
struct CartPoleTests {
  private let world = CartPole()
  private func states(_ N: Int, seed: UInt64 = 1) -> Tensor {
    RandomSource(seed: seed).uniform([N, 4], in: -1..<1, scalarType: .double)
  }
  private func columns(_ s: Tensor) -> [Tensor] { (0..<4).map { s.sliced($0..<$0 + 1, axis: 1).squeezed(axis: 1) } }

  @Test(
    "§ 12.10: pushes and their derivatives are those of Gymnasium's formulas", arguments: [ScalarType.double, .float])
  func reference(type: ScalarType) throws {
    let world = CartPole()
    try expectAgreement(
      "applications_acting",
      [
        PassCase(several: "CartPole") { inputs, pushes in
          let first = world.pushed(inputs[0], pushes[0])
          return [first, pushes.dropFirst().reduce(first) { world.pushed($0, $1) }]
        },
        PassCase("temporalDifferenceLoss") { inputs, actions in
          temporalDifferenceLoss(inputs[0], actions: actions[0], targets: inputs[1])
        },
      ], type)
  }

  @Test("§ 12.10: the accelerations solve both equations of motion to 1e-12")
  func motion() {
    let s = states(200)
    let (c, F) = (columns(s), RandomSource(seed: 2).uniform([200], in: -10..<10, scalarType: .double))
    let (a, α) = world.accelerations(s, force: F)
    let (m, l, M) = (world.poleMass, world.halfLength, world.cartMass + world.poleMass)
    let cart = M * a + m * l * (α * c[2].cos() - c[3].squared() * c[2].sin()) - F
    let pole = 4.0 / 3 * l * α + a * c[2].cos() - world.gravity * c[2].sin()
    #expect(cart.abs().max().item < 1e-12 && pole.abs().max().item < 1e-12)
  }

  @Test("§ 12.10: without pushes energy is conserved, up to an error that halves with the interval")
  func energy() {
    var still = world
    still.force = 0
    func drift(_ interval: Double) -> Double {
      var world = still
      world.interval = interval
      let start = states(20, seed: 3)
      let s = (0..<Int((0.2 / interval).rounded())).reduce(start) { s, _ in
        world.pushed(s, [Int](repeating: 0, count: 20))
      }
      return (world.energy(s) - world.energy(start)).abs().max().item
    }
    let drifts = [0.002, 0.001, 0.0005].map(drift)
    #expect(drifts[2] < 1e-2)
    for (a, b) in zip(drifts, drifts.dropFirst()) { #expect(abs(b / a - 0.5) < 0.05, "\(drifts)") }
  }

  @Test("§ 12.10: the world mirrored, with the other push, behaves alike; an upright pole at rest stays upright")
  func mirrored() {
    let s = states(50, seed: 4)
    let pushes = (0..<50).map { $0 % 2 }
    expectClose(world.pushed(-s, pushes.map { 1 - $0 }), -world.pushed(s, pushes), tolerance: 1e-14, scale: 1)
    var still = world
    still.force = 0
    #expect(still.pushed(.zeros([1, 4], scalarType: .double), [1]).scalars == [0, 0, 0, 0])
  }

  @Test("§ 12.10: an episode fails beyond 12° or 2.4 m, and NaN is a failure")
  func failures() {
    let degree = Double.pi / 180
    let s = Tensor(
      [[0, 9, 11.9 * degree, 9], [0, 0, -12.1 * degree, 0], [2.39, 0, 0, 0], [-2.41, 0, 0, 0], [0, 0, .nan, 0]],
      scalarType: .double)
    #expect(world.hasFailed(s) == [false, true, false, true, true])
  }

  @Test("§ 12.10: random pushes balance the pole for about 22 steps, always the same push for about 9")
  func random() {
    let random = RandomSource(seed: 1)
    let starts = world.starts(500, using: random)
    let lengths = world.lengths(from: starts) { s in (0..<s.shape[0]).map { _ in random.integer(below: 2) } }
    #expect(abs(Double(lengths.reduce(0, +)) / 500 - 22.2) < 2)
    let same = world.lengths(from: starts) { s in [Int](repeating: 1, count: s.shape[0]) }
    #expect(same.allSatisfy { (8...11).contains($0) })
    #expect(world.lengths(from: starts) { s in [Int](repeating: 1, count: s.shape[0]) } == same, "the same again")
  }

  @Test(
    "§ 12.10: every episode keeps its place: from many starts at once its length is the one from its own start alone")
  func places() {
    let starts = world.starts(12, using: RandomSource(seed: 3))
    let rule = { (s: Tensor) in s.at(3, axis: 1).scalars.map { $0 > 0 ? 1 : 0 } }
    let together = world.lengths(from: starts, rule: rule)
    #expect(together == (0..<12).flatMap { world.lengths(from: starts[$0..<$0 + 1], rule: rule) })
    #expect(together != together.sorted() && together != together.sorted(by: >))
  }

  @Test("§ 12.10: a linear rule, θ + 0.5 ω + … > 0, balances all poles until they are cut off at 500")
  func linear() {
    let weights = Tensor([[0.05], [0.2], [1], [0.5]], scalarType: .double)
    let starts = world.starts(50, using: RandomSource(seed: 2))
    let lengths = world.lengths(from: starts) { s in matmul(s, weights).scalars.map { $0 > 0 ? 1 : 0 } }
    #expect(lengths.allSatisfy { $0 == 500 }, "\(lengths)")
  }
}
