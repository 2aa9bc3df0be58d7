import Applications
import Backprop
import Checking
import DataSets
import Foundations
import Tensors
import Testing
import Training

@Suite("Fleuret 3.1  Metric learning")
struct MetricLearningTests {
  @Test("Fleuret 3.1: the triplet loss is 0 exactly if d(a, c) ≥ 1 + d(a, b)")
  func zero() {
    func loss(_ b: Double, _ c: Double) -> Double {
      tripletLoss(
        Tensor([[0, 0]], scalarType: .double), Tensor([[b, 0]], scalarType: .double),
        Tensor([[0, c]], scalarType: .double)
      ).item
    }
    #expect(loss(0.5, 1.5) == 0 && loss(0.5, 2) == 0)
    #expect(abs(loss(0.5, 1.25) - 0.25) < 1e-12 && abs(loss(2, 1) - 2) < 1e-12)
  }

  @Test("Fleuret 3.1: only triplets that violate the margin have a gradient, along the unit vectors to b and c")
  func slopes() {
    let a = Tensor([[0, 0], [0, 0]], scalarType: .double)
    let b = Tensor([[3, 4], [0.1, 0]], scalarType: .double)
    let c = Tensor([[0, 2], [9, 0]], scalarType: .double)
    let slope = gradient(at: a) { tripletLoss($0, b, c) }
    // d(a, b) grows against the direction of b, d(a, c) against that of c.
    expectClose(slope, Tensor([[-0.3, -0.4 + 0.5], [0, 0]], scalarType: .double), tolerance: 1e-12)
    let equal = gradient(at: a) { tripletLoss($0, a, c) }
    #expect(equal.scalars.allSatisfy { $0.isFinite })
  }

  @Test("Fleuret 3.1: drawn triplets have a and b of one class, c of another, and a ≠ b")
  func triplets() {
    let labels = (0..<60).map { $0 % 3 }
    let t = Triplets(500, labels: labels, random: RandomSource(seed: 1))
    for i in 0..<500 {
      #expect(t.anchors[i] != t.positives[i] && labels[t.anchors[i]] == labels[t.positives[i]])
      #expect(labels[t.anchors[i]] != labels[t.negatives[i]])
    }
    #expect(Set(zip(t.anchors, t.positives).map { $0 * 60 + $1 }).count > 300)
    let line = Tensor(labels.map { Double(10 * $0) }, shape: [60, 1]) + 0.01 * RandomSource(seed: 2).normal([60, 1])
    let quality = MetricQuality(line, labels: labels, triplets: t)
    #expect(
      quality == MetricQuality(2 * line, labels: labels, triplets: t) && quality.ordered == 1 && quality.nearest == 1)
  }

  @Test("Fleuret 3.1: training orders unseen examples of known digits, and does not help with digits it has not seen")
  func learning() throws {
    let (seen, test) = try LabeledImages.opticalDigits().stratifiedSplit(first: 1_297, from: RandomSource(seed: 12))
    func quality(_ network: MLP, _ images: LabeledImages) -> MetricQuality {
      let triplets = Triplets(2_000, labels: images.labels, random: RandomSource(seed: 3))
      return MetricQuality(network(images.images), labels: images.labels, triplets: triplets)
    }
    func part(_ images: LabeledImages, _ classes: ClosedRange<Int>) -> LabeledImages {
      images.subset(images.labels.indices.filter { classes.contains(images.labels[$0]) })
    }
    let start = MLP([64, 64, 16], random: RandomSource(seed: 1))
    var (network, adam) = (start, Adam(learningRate: 3e-3))
    let random = RandomSource(seed: 2)
    let known = part(seen, 0...6)
    train(&network, with: &adam, examples: 1, plan: TrainingPlan(steps: 150), random: random.split()) { model, _ in
      let t = Triplets(128, labels: known.labels, random: random)
      let z = [t.anchors, t.positives, t.negatives].map { model(known.images.gathered($0)) }
      return tripletLoss(z[0], z[1], z[2])
    }
    let (before, after) = (quality(start, part(test, 0...6)), quality(network, part(test, 0...6)))
    #expect(before.ordered < 0.9 && after.ordered > 0.97 && after.nearest > before.nearest)
    #expect(quality(network, part(test, 7...9)).ordered < quality(start, part(test, 7...9)).ordered + 0.02)
  }
}
