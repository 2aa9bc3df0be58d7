import Applications
import Checking
import DataSets
import Foundations
import Running
import Tensors
import Testing
import Training
import ch12

@Suite("§ 12.7.2  Federated averaging")
struct FederatedAveragingTests {
  private let random = RandomSource(seed: 72)

  /// A parameter without a network.
  private struct Point: Model {
    var θ: Tensor
    static var parameters: [PartialKeyPath<Point>] { [\.θ] }
  }

  @Test("§ 12.7.2: one local step on all examples is a step of centralised descent, for clients of any size")
  func oneStep() {
    let model = MLP([6, 5, 4], random: random).converted(to: .double)
    let x = spread([20, 6])
    let labels = (0..<20).map { $0 * 7 % 4 }
    func loss(_ model: MLP, _ batch: [Int]) -> Tensor {
      model(x.gathered(batch)).crossEntropy(labels: batch.map { labels[$0] })
    }
    let clients = [Array(0..<3), Array(3..<8), Array(8..<20)]
    let federated = FederatedAveraging(clients: clients, localEpochs: 1, batchSize: nil, learningRate: 0.3)
    var central = model
    var optimizer = GradientDescent(learningRate: 0.3)
    optimizer.update(&central, along: gradient(at: model) { loss($0, Array(0..<20)) })
    let found = federated.round(model, random: random, loss: loss)
    expectClose(found.model.flattened, central.flattened, tolerance: 1e-14, scale: 1)
    #expect(abs(found.loss - loss(model, Array(0..<20)).item) < 1e-12)
  }

  @Test(
    "§ 12.7.2: with several local steps the rounds end at Σ nₖaₖcₖ/Σ nₖaₖ, not at the minimum, for quadratic losses")
  func drift() {
    let world = QuadraticClients(curvatures: [0.1, 1, 4], optima: [-1, 0, 3], counts: [1, 2, 3])
    let owner = [0, 1, 1, 2, 2, 2]
    for E in [1, 5, 50] {
      let federated = FederatedAveraging(
        clients: [[0], [1, 2], [3, 4, 5]], localEpochs: E, batchSize: nil, learningRate: 0.2)
      var point = Point(θ: Tensor(0.5, scalarType: .double))
      federated.train(&point, plan: TrainingPlan(steps: 400), random: random) { point, batch in
        let k = owner[batch[0]]
        return 0.5 * world.curvatures[k] * (point.θ - world.optima[k]).squared()
      }
      #expect(abs(point.θ.item - world.fixedPoint(localSteps: E, learningRate: 0.2)) < 1e-6, "\(E)")
    }
    #expect(abs(world.fixedPoint(localSteps: 1, learningRate: 0.2) - world.optimum) < 1e-14)
    let plain = zip(world.counts, world.optima).reduce(0) { $0 + Double($1.0) * $1.1 } / 6
    #expect(abs(world.fixedPoint(localSteps: 10_000, learningRate: 0.2) - plain) < 1e-12)
  }

  @Test("§ 12.7.2: the gradient of one example contains it: rows of ∂L/∂W over ∂L/∂b are the image, to the last digit")
  func revealed() throws {
    let digits = try LabeledImages.opticalDigits()
    let model = MLP([64, 20, 10], random: random).converted(to: .double)
    for i in [0, 5, 77] {
      let x = digits.flattened.gathered([i]).converted(to: .double)
      let g = gradient(at: model) { $0(x).crossEntropy(labels: [digits.labels[i]]) }
      let found = revealedInput(weightGradient: g.layers[0].weight, biasGradient: try #require(g.layers[0].bias))
      expectClose(found, x[0], tolerance: 1e-12, scale: 1)
    }
  }

  @Test("§ 12.7.2: clients share all examples, once each; alike by chance, or by class")
  func sharing() {
    let labels = (0..<103).map { $0 % 10 }
    let alike = FederatedAveraging.alike(103, clients: 5, random: random)
    let skewed = FederatedAveraging.byClass(labels, classes: 10, clients: 5)
    for clients in [alike, skewed] { #expect(clients.flatMap { $0 }.sorted() == Array(0..<103)) }
    #expect(alike.map(\.count).sorted() == [20, 20, 21, 21, 21])
    for (k, client) in skewed.enumerated() { #expect(Set(client.map { labels[$0] }) == [2 * k, 2 * k + 1]) }
  }

  @Test("Exercise 12.4: after five rounds clients who are alike are better than clients with two classes, who beat one")
  func exercise() throws {
    let data = try ImageClassification.opticalDigits()
    let study = FederatedStudy(of: data, hidden: [32], localEpochs: 2, batchSize: 32, learningRate: 0.1, seed: 1)
    func final(_ sharing: FederatedStudy.Sharing) -> Double {
      study.accuracies(sharing, plan: TrainingPlan(steps: 5)).last ?? 0
    }
    let (alike, byClass, alone) = (final(.alike), final(.byClass), final(.oneByClass))
    #expect(alike > byClass + 0.1 && byClass > alone + 0.1 && alone < 0.25, "\(alike), \(byClass), \(alone)")
  }
}
