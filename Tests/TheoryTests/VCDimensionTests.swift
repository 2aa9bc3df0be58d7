import Checking
import Tensors
import Testing
import Theory
import ch11

/// The labellings of points, as theory_bounds.py found them from the classifiers.
private struct Labellings: Decodable {
  var points: [[Double]]
  var hasBias: Bool
  var patterns: [UInt64]
}

private struct LabellingRecords: Decodable { var dichotomies: [String: Labellings] }

@Suite("§ 11.2  Labellings by linear classifiers")
struct LinearDichotomiesTests {
  @Test("Definition 11.4: enumeration finds dimension 1 for thresholds, 2 for intervals, m for all labellings")
  func dimension() {
    #expect(LabelPatterns(FiniteClass.thresholds(inputs: 7)).dimension == 1)
    #expect(intervals(7).dimension == 2)
    #expect(LabelPatterns(points: 6, 0..<64).dimension == 6)
    #expect(LabelPatterns(points: 4, [5]).dimension == 0)
    #expect(intervals(5).isShattered(0b10010) && !intervals(5).isShattered(0b10101))
  }

  @Test("Proposition 11.5: d + 1 random points are shattered, d + 2 miss exactly two labellings: d = 1 … 5")
  func affine() {
    let random = RandomSource(seed: 1)
    for d in 1...5 {
      let shattered = LinearDichotomies(random.normal([d + 1, d], scalarType: .double))
      #expect(shattered.patterns.patterns.count == 1 << (d + 1))
      for _ in 0..<5 {
        let more = LinearDichotomies(random.normal([d + 2, d], scalarType: .double))
        #expect(more.patterns.patterns.count == (1 << (d + 2)) - 2 && more.parameters == d + 1)
      }
    }
  }

  @Test("Proposition 11.5: moving, scaling and shearing the points does not change their labellings")
  func affineMaps() {
    let points = RandomSource(seed: 6).normal([7, 2], scalarType: .double)
    let A = Tensor([[1e-5, 3e-5], [0, 2e-5]], scalarType: .double)
    let moved = matmul(points, A) + Tensor([0.5, -1], scalarType: .double)
    #expect(LinearDichotomies(moved).patterns.patterns == LinearDichotomies(points).patterns.patterns)
    #expect(LinearDichotomies(1e6 * points).patterns.patterns == LinearDichotomies(points).patterns.patterns)
  }

  @Test("Proposition 11.5: without a bias the dimension is d: d points are shattered, d + 1 miss two labellings")
  func withoutBias() {
    let random = RandomSource(seed: 2)
    for d in 1...4 {
      let counts = [d, d + 1].map {
        LinearDichotomies(random.normal([$0, d], scalarType: .double), hasBias: false).patterns.patterns.count
      }
      #expect(counts == [1 << d, (1 << (d + 1)) - 2])
    }
  }

  @Test("Definition 11.4: every labelling has one proof: a classifier that gives it, or two hulls that share a point")
  func proofs() {
    let random = RandomSource(seed: 3)
    for (m, d, hasBias) in [(6, 2, true), (7, 3, true), (6, 3, false)] {
      let dichotomies = LinearDichotomies(random.normal([m, d], scalarType: .double), hasBias: hasBias)
      for labels in 0..<UInt64(1) << UInt64(m) {
        if let w = dichotomies.classifier(for: labels) {
          let outputs = matmul(dichotomies.lifted, w).scalars
          #expect(zip(0..., outputs).allSatisfy { ($1 > 0) == (labels >> UInt64($0) & 1 == 1) && $1 != 0 })
          #expect(dichotomies.obstacle(to: labels) == nil)
        } else if let partition = dichotomies.obstacle(to: labels) {
          // Σ λᵢ xᵢ = 0 with the signs of the labels: w cannot be positive on one side and negative on the other.
          let λ = Tensor(partition.coefficients, scalarType: .double)
          #expect(matmul(λ, dichotomies.lifted).abs().max().item < 1e-12)
          let signs = partition.coefficients.enumerated().filter { $1 != 0 }
            .map { ($1 > 0) == (labels >> UInt64($0) & 1 == 1) }
          #expect(signs.count > 1 && Set(signs).count == 1)
        } else {
          Issue.record("no proof for \(labels)")
        }
      }
    }
  }

  @Test("Proposition 11.5: the labellings are those found from the classifiers, also with three points on a line")
  func reference() throws {
    let records = try golden("theory_bounds", as: LabellingRecords.self).dichotomies
    #expect(records.count == 6)
    for (name, record) in records {
      let found = LinearDichotomies(Tensor(record.points, scalarType: .double), hasBias: record.hasBias)
      #expect(found.patterns.patterns == record.patterns, "\(name)")
    }
  }

  @Test(
    "(11.4): 4, 6 and 8 points have 14, 32 and 58 labellings by lines, which is Cover's count, at most 15, 42 and 93")
  func counts() {
    let random = RandomSource(seed: 4)
    for (m, count, bound) in [(4, 14, 15.0), (6, 32, 42), (8, 58, 93)] {
      let found = LinearDichotomies(random.normal([m, 2], scalarType: .double)).patterns.patterns.count
      #expect(found == count && Double(found) == coverCount(points: m, parameters: 3))
      #expect(sauerShelahBound(points: m, dimension: 3) == bound)
    }
  }

  @Test("(11.4): intervals have as many labellings as the lemma allows; no random class has more")
  func sauerShelah() {
    for m in 1...9 { #expect(Double(intervals(m).patterns.count) == sauerShelahBound(points: m, dimension: 2)) }
    let random = RandomSource(seed: 5)
    var dimensions: Set<Int> = []
    for size in [2, 5, 20, 60, 150] {
      for _ in 0..<10 {
        let H = LabelPatterns(points: 8, (0..<size).map { _ in random.next() & 0xFF })
        dimensions.insert(H.dimension)
        #expect(Double(H.patterns.count) <= sauerShelahBound(points: 8, dimension: H.dimension))
      }
    }
    #expect(dimensions.count > 3)
  }

  @Test("points in a smaller subspace stop with a message")
  func degenerate() async {
    await expectMessage(
      #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = LinearDichotomies(Tensor([[0, 0], [1, 1], [2, 2]], scalarType: .double))
      }, "cannot enumerate the labellings of 3 points in ℝ^2")
  }
}

@Suite("§ 11.2  The VC dimension of networks")
struct NetworkDimensionTests {
  @Test("Theorem 11.6, (11.3): 50 hidden units give any labels of 51 points to 1e-11; the sketch's count allows 14.48")
  func shattering() throws {
    let net = ShatteringNetwork(hidden: 50)
    #expect(net.weights == 151)
    let random = RandomSource(seed: 1)
    for _ in 0..<20 {
      let y = randomSigns(1, examples: 51, random: random)[0]
      #expect((try net.outputs(for: y) - y).abs().max().item < 1e-11)
    }
    let bound = NetworkDimensionBound(weights: 151, layers: 2)
    #expect(abs(bound.sketchedDimension(inputs: 1) - 14.48) < 0.005)
    #expect(bound.sketchedDimension(inputs: 1) < 51 && bound.value > 51)
  }

  @Test("Theorem 11.6: 8 hidden units realise all 512 labellings of 9 points, by enumeration")
  func enumeration() throws {
    let net = ShatteringNetwork(hidden: 8)
    let patterns = try (0..<UInt64(512)).map { labels -> UInt64 in
      let y = Tensor((0..<9).map { labels >> UInt64($0) & 1 == 1 ? 1 : -1 }, scalarType: .double)
      return zip(0..., try net.outputs(for: y).scalars).reduce(0) { $0 | ($1.1 > 0 ? 1 << UInt64($1.0) : 0) }
    }
    #expect(LabelPatterns(points: 9, patterns).dimension == 9)
  }

  @Test("§ 11.2, warning: √(W L log W / m) is above 1 for every network of chapters 1 and 4")
  func vacuous() {
    let networks = vacuousBounds(random: RandomSource(seed: 1))
    #expect(networks.count == 11)
    for net in networks { #expect(net.gap > 1, "\(net.name)") }
    #expect(
      networks.filter { ["VGG-16", "AlexNet"].contains($0.name) }.map(\.bound.weights) == [60_965_224, 138_357_544])
  }
}

@Suite("Exercise 11.1  The VC dimension of lines")
struct Exercise11_1Tests {
  @Test("Exercise 11.1: all 8 labellings of three points have a line, with every point on the right side")
  func three() {
    let dichotomies = LinearDichotomies(threePoints)
    for labels in 0..<UInt64(8) {
      guard let w = dichotomies.classifier(for: labels) else {
        Issue.record("no line for \(labels)")
        continue
      }
      let outputs = matmul(dichotomies.lifted, w).scalars
      #expect(zip(0..., outputs).allSatisfy { ($1 > 0) == (labels >> UInt64($0) & 1 == 1) })
    }
  }

  @Test("Exercise 11.1: four points have 14 of 16 labellings: two segments cross, or a point lies in a triangle")
  func four() {
    for (points, sizes) in [(convexPoints, [2, 2]), (innerPoint, [1, 3])] {
      let dichotomies = LinearDichotomies(points)
      #expect(dichotomies.patterns.patterns.count == 14)
      let partition = dichotomies.partitions[0]
      #expect([partition.positive, partition.negative].map(\.nonzeroBitCount).sorted() == sizes)
      // The common point is a mean of either side.
      let p = commonPoint(partition, of: points)
      let λ = maximum(0, -Tensor(partition.coefficients, scalarType: .double))
      let q = (matmul(λ, points) / λ.sum()).scalars
      #expect(abs(p.x - q[0]) < 1e-12 && abs(p.y - q[1]) < 1e-12)
    }
  }

  @Test("Exercise 11.1: without a bias three points of the plane have 6 of 8 labellings: the dimension is 2")
  func withoutBias() {
    let found = LinearDichotomies(threePoints[1..<3], hasBias: false).patterns.patterns.count
    let three = LinearDichotomies(threePoints + 0.3, hasBias: false).patterns
    #expect(found == 4 && three.patterns.count == 6 && three.dimension == 2)
  }
}
