import Checking
import Foundations
import Regularization
import Tensors
import Testing

@Suite("§ 3.12 Label smoothing")
struct LabelSmoothingTests {
  @Test(
    "(3.34): smoothed targets sum to 1, the label gets 1 − α + α/K and the others α/K", arguments: [0, 0.1, 0.5, 1])
  func targets(α: Double) {
    let y = smoothed(Tensor.oneHot([2, 0], classes: 4, scalarType: .double), by: α)
    expectClose(y.sum(axes: [1]), .ones([2], scalarType: .double), tolerance: 1e-15)
    #expect(abs(y.max().item - (1 - α + α / 4)) < 1e-15)
    #expect(abs(y[0, 1].item - α / 4) < 1e-15)
  }

  @Test(
    "(3.34): the loss is smallest where the label's logit leads by ln(1 + K(1 − α)/α): ln 91 for K = 10 and α = 0.1")
  func optimum() {
    let gap = bestLogitGap(classes: 10, smoothing: 0.1)
    #expect(abs(gap - 4.51086) < 1e-5)
    func slope(_ lead: Double) -> Double {
      gradient(at: Tensor(lead, scalarType: .double)) { t in
        let z = t * Tensor.oneHot([3], classes: 10, scalarType: .double)
        return smoothedCrossEntropy(logits: z, labels: [3], smoothing: 0.1)
      }.item
    }
    #expect(abs(slope(gap)) < 1e-15)
    #expect(slope(gap - 0.1) < 0 && slope(gap + 0.1) > 0)
  }

  @Test("(3.34): an impossible class adds nothing if its target is 0, and an infinite loss otherwise")
  func impossible() {
    let z = Tensor([[-.infinity, 0, 1]], scalarType: .double)
    let (y, loss) = (Tensor([[0, 0, 1]], scalarType: .double), 0.313_261_687_518_222_8)
    #expect(abs(crossEntropy(logits: z, targets: y).item - loss) < 1e-15)
    #expect(abs(smoothedCrossEntropy(logits: z, labels: [2], smoothing: 0).item - loss) < 1e-15)
    #expect(smoothedCrossEntropy(logits: z, labels: [2], smoothing: 0.1).item == .infinity)
    #expect(z.crossEntropy(labels: [2], smoothing: 0.1).item == .infinity)
    expectClose(
      gradient(at: z) { crossEntropy(logits: $0, targets: y) }, gradient(at: z) { $0.crossEntropy(labels: [2]) },
      tolerance: 1e-15)
  }

  @Test("(3.34): a share outside 0…1 stops with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) { _ = smoothed(.ones([1, 2]), by: 1.5) }
  }
}

@Suite("§ 3.12 R-Drop")
struct RDropTests {
  private let a = spread([3, 5]) * 2
  private let b = spread([3, 5], offset: 40) * 2

  @Test("(3.35): the divergence of equal outputs is 0, of others positive, and the symmetric one symmetric")
  func divergence() {
    #expect(abs(klDivergence(logits: a, from: a + 3).item) < 1e-14, "a constant changes no distribution")
    #expect(klDivergence(logits: a, from: b).item > 0.1)
    #expect(abs(klDivergence(logits: a, from: b).item - klDivergence(logits: b, from: a).item) > 1e-3)
    expectClose(symmetricDivergence(logits: a, b), symmetricDivergence(logits: b, a), tolerance: 1e-15)
    // Two coins by hand: KL(1/2 ‖ 1/4) = ½ ln(4/3).
    let coins = [[0.5, 0.5], [0.25, 0.75]].map { Tensor([$0], scalarType: .double).log() }
    let byHand = 0.5 * (4.0 / 3).naturalLogarithm
    #expect(abs(klDivergence(logits: coins[0], from: coins[1]).item - byHand) < 1e-15)
  }

  @Test("(3.35): the gradients of the loss are right to second order")
  func gradients() {
    expectGradient(at: [a, b], order: 2) { rDropLoss(logits: $0[0], $0[1], labels: [4, 1, 0], weight: 0.7) }
  }

  @Test(
    "(3.35): classes impossible for both or for the first add nothing; one impossible for the second only, infinity"
  )
  func impossible() {
    let p = Tensor([[-.infinity, 0, 1]], scalarType: .double)
    let q = Tensor([[-.infinity, 1, 0]], scalarType: .double)
    let all = Tensor([[5, 1, 0]], scalarType: .double)
    let byHand = klDivergence(logits: p.sliced(1..<3, axis: 1), from: q.sliced(1..<3, axis: 1))
    expectClose(klDivergence(logits: p, from: q), byHand, tolerance: 1e-15)
    #expect(klDivergence(logits: p, from: p).item == 0)
    #expect(klDivergence(logits: p, from: all).item.isFinite && klDivergence(logits: all, from: p).item == .infinity)
    let g = gradient(at: [p, q]) { rDropLoss(logits: $0[0], $0[1], labels: [2], weight: 0.7) }
    #expect(g.allSatisfy { $0.scalars.allSatisfy(\.isFinite) && $0.scalars[0] == 0 })
    expectClose(rDropLoss(logits: p, p, labels: [2], weight: 5), p.crossEntropy(labels: [2]), tolerance: 1e-15)
  }

  @Test("(3.35): with equal passes, as without dropout, only the cross-entropy remains")
  func equalPasses() {
    let network = MLP([5, 4, 3], random: RandomSource(seed: 1)).converted(to: .double)
    let loss = rDropLoss(of: network, a, labels: [2, 0, 1], weight: 5)
    expectClose(loss, network(a).crossEntropy(labels: [2, 0, 1]), tolerance: 1e-14)
  }
}

extension Double {
  fileprivate var naturalLogarithm: Double { Tensor(self, scalarType: .double).log().item }
}
