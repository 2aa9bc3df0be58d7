// § 11.6.2, Exercise 11.4  The sawtooth function by deep and by shallow networks

import Foundations
import Messages
import Tensors

/// g∘ᵏ, k applications of the tent g(x) = 2 min(x, 1 − x), on [0, 1]: 2ᵏ pieces of slope ±2ᵏ. § 11.6.2
public struct Sawtooth: Sendable {
  /// The number k of applications.
  public let folds: Int

  /// The sawtooth of k applications, k ≥ 1.
  public init(folds k: Int) {
    require(k >= 1 && k <= 20, "cannot make a sawtooth of \(k) applications: 1 to 20 are possible")
    folds = k
  }

  /// Exercise 11.4.2: the number of pieces, 2ᵏ.
  public var pieces: Int { 1 << folds }

  /// The function itself: 0, 1, 0, 1, … at 0, 1/2ᵏ, 2/2ᵏ, ….
  public var function: PiecewiseLinear {
    PiecewiseLinear(
      nodes: (0...pieces).map { Double($0) / Double(pieces) }, values: (0...pieces).map { Double($0 % 2) })
  }

  /// A network that equals g∘ᵏ, with l hidden layers of width 2^(k/l). Theorem 11.16
  ///
  /// Every layer makes m = k/l folds: g∘ᵐ(x) = ReLU(2ᵐx) + 2 Σᵢ (−1)ⁱ ReLU(2ᵐx − i) for i = 1, …, 2ᵐ − 1. For m = 1 it
  /// is the notes' ReLU(2x) − 2 ReLU(2x − 1), so k hidden layers of width 2 suffice. With l = 1 it is the network of
  /// one hidden layer, with 2ᵏ neurons. l must divide k. All weights are whole numbers, so nothing is rounded.
  public func network(hiddenLayers l: Int) -> MLP {
    require(
      l >= 1 && folds % l == 0, "cannot divide \(folds) folds among \(l) hidden layers: choose a divisor of \(folds)")
    let width = 1 << (folds / l)
    var network = MLP(
      [1] + Array(repeating: width, count: l) + [1], activation: .relu, initialization: .normal(standardDeviation: 1),
      random: RandomSource(seed: 0)
    ).converted(to: .double)
    let output = (0..<width).map { i in i == 0 ? 1.0 : i % 2 == 0 ? 2 : -2 }
    let kinks = Tensor((0..<width).map { -Double($0) }, scalarType: .double)
    for layer in 0..<l {
      let slopes = layer == 0 ? [1] : output
      let row = Double(width) * Tensor(slopes, scalarType: .double)
      network.layers[layer] = Linear(weight: Tensor.stacked(Array(repeating: row, count: width), axis: 0), bias: kinks)
    }
    network.layers[l] = Linear(
      weight: Tensor(output, shape: [1, width], scalarType: .double), bias: Tensor([0], scalarType: .double))
    return network
  }

  /// The neurons of that network: l · 2^(k/l).
  public func neurons(hiddenLayers l: Int) -> Int { l << (folds / l) }
}

// MARK: - What a function of few pieces cannot do

extension Sawtooth {
  /// The least number of errors that a continuous function of p pieces makes on the 2ᵏ points i/2ᵏ, i < 2ᵏ, with the
  /// alternating labels 0, 1, 0, 1, …, where it says 1 if f ≥ ½. Theorem 11.16
  ///
  /// Each piece passes ½ at most once, so the answers form at most p + 1 runs. Dynamic programming over points and runs
  /// finds the best of all such answers, and a zigzag of p pieces realizes it.
  public func leastErrors(pieces p: Int) -> Int {
    let unreachable = pieces + 1
    var least = [[Int]](repeating: [unreachable, unreachable], count: p + 2)  // [runs][answer]
    for point in 0..<pieces {
      var next = least
      for runs in 1...p + 1 {
        for answer in 0...1 {
          let before =
            point == 0
            ? (runs == 1 ? 0 : unreachable) : min(least[runs][answer], least[runs - 1][1 - answer])
          next[runs][answer] = min(unreachable, before + (answer == point % 2 ? 0 : 1))
        }
      }
      least = next
    }
    return least.flatMap { $0 }.min() ?? 0
  }

  /// The bound (2ᵏ − p − 1)/2 on these errors: a run of m alternating points has at least (m − 1)/2. Theorem 11.16
  public func errorBound(pieces p: Int) -> Double { max(0, Double(pieces - p - 1) / 2) }
}

// MARK: - One neuron too few

/// The best network of one hidden layer with 2ᵏ − 1 neurons whose kinks are those of g∘ᵏ. Exercise 11.4
///
/// It has 2ᵏ pieces too, but not g∘ᵏ. A neuron is 0 on one side of its kink: if the neurons in L face left, the first
/// slope s₀ is minus the sum of their changes of slope, s₀ + Σ_{i∈L} (sᵢ − sᵢ₋₁) = 0. For g∘ᵏ the left-hand side is
/// 2ᵏ times an odd number, because the first slope is 2ᵏ and the changes are ±2ᵏ⁺¹. In terms of the errors eᵢ at the
/// nodes the condition is one equation c·e = r, and the smallest max |eᵢ| that fulfils it is |r| / Σ |cᵢ|.
public struct NearSawtooth: Sendable {
  /// The sawtooth.
  public let target: Sawtooth
  /// The neurons that face left.
  public let leftFacing: [Bool]
  /// The smallest possible largest error on [0, 1].
  public let error: Double
  private let coefficients: [Double], residual: Double

  /// The best network in which exactly the given neurons, for the kinks 1/2ᵏ, …, (2ᵏ − 1)/2ᵏ, face left.
  public init(_ target: Sawtooth, leftFacing L: [Bool]) {
    let n = target.pieces
    require(L.count == n - 1, "cannot face \(L.count) neurons: \(n - 1) are needed")
    // The condition Σ aⱼ sⱼ = 0 on the slopes, with aⱼ = [j = 0] + [j ∈ L] − [j + 1 ∈ L].
    let isLeft = [true] + L + [false]
    let a = (0..<n).map { (isLeft[$0] ? 1.0 : 0) - (isLeft[$0 + 1] ? 1 : 0) }
    // sⱼ = 2ᵏ (vⱼ₊₁ − vⱼ) for the values vᵢ at the nodes.
    coefficients = (0...n).map { i -> Double in (i > 0 ? a[i - 1] : 0) - (i < n ? a[i] : 0) }
    residual = -coefficients.enumerated().reduce(0) { $0 + $1.element * Double($1.offset % 2) }
    error = residual.magnitude / coefficients.reduce(0) { $0 + $1.magnitude }
    (self.target, leftFacing) = (target, L)
  }

  /// The best of all 2^(2ᵏ − 1) choices of directions. Its error is 1/(2(2ᵏ − 1)). Exercise 11.4.3
  public static func best(_ target: Sawtooth) -> NearSawtooth {
    let n = target.pieces - 1
    require(n <= 15, "cannot try all directions of \(n) neurons: 15 are possible")
    var best = NearSawtooth(target, leftFacing: Array(repeating: false, count: n))
    for choice in 1..<(1 << n) {
      let other = NearSawtooth(target, leftFacing: (0..<n).map { choice >> $0 & 1 == 1 })
      if other.error < best.error { best = other }
    }
    return best
  }

  /// The function: the sawtooth plus an error of this size and the sign of its coefficient at every node.
  public var function: PiecewiseLinear {
    let sign = residual < 0 ? -1.0 : 1
    let n = target.pieces
    let errors = coefficients.map { $0 == 0 ? 0 : sign * ($0 < 0 ? -error : error) }
    return PiecewiseLinear(
      nodes: (0...n).map { Double($0) / Double(n) }, values: errors.enumerated().map { Double($0 % 2) + $1 })
  }

  /// The network itself: one hidden layer of 2ᵏ − 1 ReLU neurons.
  public var network: MLP {
    let n = target.pieces
    let function = function
    let slopes = function.slopes
    let kinks = (1..<n).map { Double($0) / Double(n) }
    let signs = leftFacing.map { $0 ? -1.0 : 1 }
    let changes = (1..<n).map { slopes[$0] - slopes[$0 - 1] }
    let leftParts = (1..<n).filter { leftFacing[$0 - 1] }.map { changes[$0 - 1] * kinks[$0 - 1] }
    var network = MLP([1, n - 1, 1], random: RandomSource(seed: 0)).converted(to: .double)
    network.layers[0] = Linear(
      weight: Tensor(signs, shape: [n - 1, 1], scalarType: .double),
      bias: Tensor(zip(signs, kinks).map { -$0 * $1 }, scalarType: .double))
    network.layers[1] = Linear(
      weight: Tensor(changes, shape: [1, n - 1], scalarType: .double),
      bias: Tensor([function.values[0] - leftParts.reduce(0, +)], scalarType: .double))
    return network
  }
}
