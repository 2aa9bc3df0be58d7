// § 7.10  Mixture of experts

import Foundations
import Messages
import Tensors

/// Which experts each of N tokens uses, and with what weight.
public struct Routing: Sendable {
  /// The softmax of the router's scores over all E experts. [N×E]
  public let probabilities: Tensor
  /// The k experts of each token, the most likely first.
  public let chosen: [[Int]]
  /// The gates, the softmax of the scores of these k experts: they sum to 1. [N×k]
  public let gates: Tensor

  /// The number E of experts.
  public var experts: Int { probabilities.shape[1] }

  /// fᵢ, the fraction of all N k assignments that expert i gets.
  public var shares: [Double] {
    var counts = [Double](repeating: 0, count: experts)
    for expert in chosen.joined() { counts[expert] += 1 }
    return counts.map { $0 / Double(chosen.count * chosen[0].count) }
  }

  /// The load-balancing loss E Σᵢ fᵢ Pᵢ, where Pᵢ is the mean probability of expert i: 1 if all experts are used
  /// equally, E if one expert is used for everything. § 7.10
  ///
  /// fᵢ is a count and has no derivative; the gradient lowers the probability of experts that are used often. Shazeer
  /// et al. (2017); in this form Fedus, Zoph and Shazeer (2022).
  public var balanceLoss: Tensor {
    let P = probabilities.mean(axes: [0])
    return (P * Tensor(shares, shape: [experts], scalarType: P.scalarType)).sum() * Double(experts)
  }
}

/// A mixture of experts: E networks, of which a router chooses k for each token. § 7.10
///
/// y = Σ gᵢ SwiGLUᵢ(x) over the k experts with the largest scores x W_r; the gates gᵢ are the softmax of these k
/// scores. All experts are stored, but each token is computed by only k of them. Shazeer et al. (2017), Jiang et al.
/// (2024).
public struct MixtureOfExperts: Module {
  /// W_r, the scores of the experts: d → E, without biases.
  public var router: Linear
  /// The experts.
  public var experts: [SwiGLU]
  /// The number k of experts that a token uses.
  public let active: Int

  /// E experts for vectors of dimension d, with d_ff hidden units each, k of them for each token.
  public init(_ d: Int, hidden d_ff: Int, experts E: Int = 8, active k: Int = 2, random: RandomSource) {
    require(
      k >= 1 && k <= E, "cannot use \(k) of \(E) experts for each token: at least 1 and at most all \(E) are needed")
    router = Linear(d, E, hasBias: false, random: random)
    experts = (0..<E).map { _ in SwiGLU(d, hidden: d_ff, random: random) }
    active = k
  }

  /// The router and the experts.
  public static var parameters: [PartialKeyPath<MixtureOfExperts>] { [\.router, \.experts] }

  /// The parameters that a token uses: the router, and k experts.
  public var activeParameterCount: Int { router.parameterCount + active * (experts.first?.parameterCount ?? 0) }

  /// The experts of N tokens. [N×d]
  public func routing(_ x: Tensor) -> Routing {
    let scores = router(x)
    let (values, places) = scores.largest(active)
    let chosen = (0..<x.shape[0]).map { Array(places[$0 * active..<($0 + 1) * active]) }
    return Routing(probabilities: scores.softmax(), chosen: chosen, gates: values.softmax())
  }

  /// The mixture's output for each token. [… d] → [… d]
  public func callAsFunction(_ x: Tensor) -> Tensor { routed(x).output }

  /// The output, and the routing of all tokens, one after another. [… d] → [… d]
  ///
  /// Every expert computes only its own tokens, so an expert that no token uses gets a gradient of exactly 0.
  public func routed(_ x: Tensor) -> (output: Tensor, routing: Routing) {
    let tokens = x.reshaped([x.shape.count / x.shape[-1], x.shape[-1]])
    let (N, k, routing) = (tokens.shape[0], active, routing(tokens))
    let gates = routing.gates.reshaped([N * k, 1])
    var places = [[Int]](repeating: [], count: experts.count)  // of each expert, among the N k gates
    for (place, expert) in routing.chosen.joined().enumerated() { places[expert].append(place) }
    let outputs = zip(experts, places).filter { !$1.isEmpty }.map { expert, places in
      expert(tokens.gathered(places.map { $0 / k })) * gates.gathered(places)
    }
    let y = Tensor.concatenated(outputs, axis: 0)
      .scatterAdded(places.flatMap { $0 }.map { $0 / k }, length: N)
    return (y.reshaped(x.shape), routing)
  }
}
