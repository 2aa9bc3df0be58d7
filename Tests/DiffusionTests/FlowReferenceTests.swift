import Checking
import Diffusion
import Tensors
import Testing

@Suite("§ 10.10  Flows and consistency models beside PyTorch")
struct FlowReferenceTests {
  @Test(
    "§ 10.10, § 10.5.1: networks with a time, paths and losses are PyTorch's", arguments: [ScalarType.double, .float])
  func passes(type: ScalarType) throws { try expectAgreement("diffusion_flows", cases, type) }
}

/// A network for rows of two numbers with the weights of a case.
private func network(_ weights: ArraySlice<Tensor>, scale: Double = 1_000) -> TimedNetwork {
  var rest = weights
  var network = TimedNetwork(2, hidden: [5, 5], time: 4, scale: scale, random: RandomSource(seed: 1))
  network.forEachParameter { if let next = rest.popFirst() { $0 = next } }
  return network
}

private func consistency(_ weights: ArraySlice<Tensor>) -> ConsistencyModel {
  ConsistencyModel(network(weights), deviation: 1.4, schedule: .linear())
}

private let cases: [PassCase] = [
  PassCase("straightPath") { x, _ in straightPath(from: x[0], to: x[1], at: [0.25, 0.25]) },
  PassCase("TimedNetwork") { x, integers in network(x[1...]).noise(in: x[0], at: integers[0]) },
  PassCase("TimedNetwork, velocity") { x, _ in network(x[1...], scale: 100).velocity(at: x[0], time: 0.3) },
  PassCase("flowMatchingLoss") { x, _ in
    flowMatchingLoss(network(x[2...], scale: 100).velocity(at:times:), from: x[0], to: x[1], at: [0.1, 0.5, 0.95])
  },
  PassCase("ConsistencyModel") { x, integers in consistency(x[1...]).end(of: x[0], at: integers[0]) },
  PassCase("distillationLoss") { x, integers in
    consistency(x[2...]).distillationLoss(x[0], from: integers[0], to: integers[1], teacher: x[1])
  },
]
