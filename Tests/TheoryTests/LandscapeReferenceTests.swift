import Backprop
import Checking
import Foundations
import Tensors
import Testing
import Theory
import Training

@Suite("§ 11.7, § 11.8, § 11.11  Models and SAM beside PyTorch")
struct LandscapeReferenceTests {
  @Test("§ 11.7, § 11.11: pruned networks and features in superposition", arguments: [ScalarType.double, .float])
  func passes(type: ScalarType) throws {
    try expectAgreement(
      "theory_landscape",
      [
        .layer { SuperpositionModel(features: 5, dimensions: 2, random: $0) },
        .layer { pruned([6, 5, 4, 3], $0) },
      ], type)
  }

  @Test("§ 11.7, § 11.11: ten steps of three models are PyTorch's", arguments: [ScalarType.double, .float])
  func trainings(type: ScalarType) throws { try expectAgreement("theory_landscape", trainingCases, type) }

  @Test("(11.14): ε̂, ∇L(θ + ε̂), ten steps of SAM and the largest eigenvalue of the Hessian are PyTorch's to 10⁻¹⁰")
  func sharpness() throws {
    for (name, record) in try golden("theory_landscape", as: SharpnessRecords.self).sharpness {
      var model = MLP([4, 5, 3], activation: .tanh, random: RandomSource(seed: 1)).converted(to: .double)
      var rest = record.parameters.map { $0.made(.double) }[...]
      model.forEachParameter { $0 = rest.removeFirst() }
      let (x, y) = (record.inputs[0].made(.double), record.integers[0])
      func loss(_ model: MLP) -> Tensor { model(x).crossEntropy(labels: y) }
      func compare(_ what: String, _ tensors: [Tensor], _ recorded: [RecordedArray], _ tolerance: Double = 1e-10) {
        #expect(tensors.count == recorded.count)
        for (tensor, one) in zip(tensors, recorded) {
          #expect(one.deviation(of: tensor) < tolerance, "\(name), \(what)")
        }
      }
      let climb = worstStep(along: gradient(at: model, of: loss), radius: record.radius)
      compare("ε̂", climb.parameters, record.climbs)
      var (momentum, losses) = (Momentum(learningRate: 0.05, momentum: 0.9), [Double]())
      for step in 0..<10 {
        let (value, slope) = sharpnessAwareGradient(at: model, radius: record.radius, of: loss)
        if step == 0 { compare("gradient", slope.parameters, record.gradients) }
        losses.append(value.item)
        momentum.update(&model, along: slope)
      }
      compare("losses", [Tensor(losses, scalarType: .double)], record.losses)
      compare("trained", model.parameters, record.trained)
      let found = largestCurvature(at: model, iterations: 400, random: RandomSource(seed: 1), of: loss)
      compare("eigenvalue", [Tensor(found.value, scalarType: .double)], record.curvature)
    }
  }
}

/// A network with a mask of ones where fixed numbers are positive.
private func pruned(_ widths: [Int], _ random: RandomSource) -> PrunedNetwork {
  let network = MLP(widths, random: random)
  return PrunedNetwork(
    network,
    mask: PruningMask(
      layers: network.layers.enumerated().map { (spread($1.weight.shape, offset: 7 * $0) .> 0).converted(to: .float) }))
}

private let momentum = Momentum(learningRate: 0.05, momentum: 0.9)

private let trainingCases: [TrainingCase] = [
  TrainingCase("PrunedNetwork, momentum", { pruned([6, 5, 3], $0) }, momentum),
  TrainingCase(
    "ModularAdder, momentum", { ModularAdder(modulus: 5, dimension: 4, hidden: 6, random: $0) }, momentum
  ) { model, _, integers in model(Array(zip(integers[1], integers[2]))) },
  TrainingCase(
    "AttentionOnly, momentum", { AttentionOnly(symbols: 5, width: 8, heads: 2, layers: 2, random: $0) }, momentum
  ) { model, _, integers in
    model(Array(integers[1...])).reshaped([10, 5])
  },
]

/// The recorded steps of SAM.
private struct SharpnessRecords: Decodable {
  let sharpness: [String: Record]
  struct Record: Decodable {
    let inputs, parameters: [TensorRecipe]
    let integers: [[Int]]
    let radius: Double
    let climbs, gradients, losses, trained, curvature: [RecordedArray]
  }
}
