import Checking
import Foundations
import Tensors
import Testing
import Training

@Suite("Features, given or learned")
struct FeaturesTests {
  /// The four points of the exclusive or.
  private static let corners = Tensor([[0, 0], [0, 1], [1, 0], [1, 1]], scalarType: .double)
  private static let exclusiveOr = [0, 1, 1, 0]

  /// 60 points on two rings of radius 1 and 2, inner ones of class 1.
  private static let angles = Tensor.range(0..<60, scalarType: .double) * 2.4
  private static let isInner = (0..<60).map { $0 % 2 }
  private static let rings =
    Tensor.stacked([angles.cos(), angles.sin()], axis: 1)
    * (2 - numbers(isInner).expanded(axis: 1))

  private static func numbers(_ labels: [Int]) -> Tensor { Tensor(labels.map(Double.init), scalarType: .double) }

  private static func share(_ logits: Tensor, _ labels: [Int]) -> Double {
    Double(zip(logits.scalars, labels).count { ($0 > 0) == ($1 == 1) }) / Double(labels.count)
  }

  @Test("logistic regression recovers the weights that made the probabilities, to ten digits")
  func knownProbabilities() throws {
    let φ = 3 * spread([50, 2])
    let truth = Tensor([2, -1], scalarType: .double)
    let fit = try LogisticRegression(fitting: φ, sigmoid(matmul(φ, truth) + 0.5), penalty: 0)
    expectClose(fit.weights, truth, tolerance: 1e-10)
    expectClose(fit.bias, Tensor(0.5, scalarType: .double), tolerance: 1e-10)
  }

  @Test("logistic regression recovers a known boundary from labels drawn at random")
  func knownBoundary() throws {
    let random = RandomSource(seed: 3)
    let φ = random.uniform([800, 2], in: -3..<3, scalarType: .double)
    let p = sigmoid(matmul(φ, Tensor([2, -1], scalarType: .double)) + 0.5)
    let labels = random.uniform([800], scalarType: .double) .< p
    let fit = try LogisticRegression(fitting: φ, labels)
    let slope = gradient(at: fit) { binaryCrossEntropy(logits: $0(φ), targets: labels) }
    #expect(slope.flattened.abs().max().item < 1e-5)  // what the small penalty leaves
    let direction = fit.weights / fit.weights.norm()
    #expect(direction.dot(Tensor([2, -1], scalarType: .double)).item / 5.squareRoot() > 0.995)
    #expect(abs(fit.bias.item / fit.weights.norm().item - 0.5 / 5.squareRoot()) < 0.1)
  }

  @Test("raw coordinates separate neither the exclusive or nor two rings; the right feature does")
  func fixedFeatures() throws {
    let raw = try LogisticRegression(fitting: Self.corners, Self.numbers(Self.exclusiveOr))
    #expect(Self.share(raw(Self.corners), Self.exclusiveOr) <= 0.75)
    expectClose(sigmoid(raw(Self.corners)), Tensor(repeating: 0.5, [4], scalarType: .double), tolerance: 1e-9)
    let product = Tensor.concatenated([Self.corners, Self.corners.product(axes: [1], keepsAxes: true)], axis: 1)
    let right = try LogisticRegression(fitting: product, Self.numbers(Self.exclusiveOr), penalty: 1e-3)
    #expect(Self.share(right(product), Self.exclusiveOr) == 1)

    let flat = try LogisticRegression(fitting: Self.rings, Self.numbers(Self.isInner))
    #expect(Self.share(flat(Self.rings), Self.isInner) < 0.7)
    let radius = Self.rings.squared().sum(axes: [1], keepsAxes: true)
    let round = try LogisticRegression(fitting: radius, Self.numbers(Self.isInner), penalty: 1e-3)
    #expect(Self.share(round(radius), Self.isInner) == 1)
  }

  @Test("a hidden layer learns features that separate the exclusive or and the rings; 16-bit weights do not harm it")
  func learnedFeatures() {
    for (x, labels) in [(Self.corners, Self.exclusiveOr), (Self.rings, Self.isInner)] {
      let (x, y) = (x.converted(to: .float), Self.numbers(labels).converted(to: .float).expanded(axis: 1))
      var network = MLP([2, 8, 1], activation: .tanh, initialization: .xavier, random: RandomSource(seed: 6))
      var optimizer = Adam(learningRate: 0.1)
      for _ in 0..<150 {
        optimizer.update(&network, along: gradient(at: network) { binaryCrossEntropy(logits: $0(x), targets: y) })
      }
      #expect(Self.share(network(x), labels) == 1)
      for format in HalfPrecision.allCases {
        let rounded = network.mapParameters(format.rounding)
        #expect(rounded.flattened != network.flattened)
        #expect(Self.share(rounded(x), labels) == 1, "\(format)")
        let gap = (rounded(x) - network(x)).abs().max().item / network(x).abs().max().item
        #expect(gap < 10 / Double(1 << format.fractionBits), "\(format)")
      }
    }
  }
}
