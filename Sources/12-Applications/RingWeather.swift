// § 12.3.2  A field that the wind carries round a ring

import Diffusion
import Foundations
import Messages
import Tensors
import Training

/// Smooth fields on a ring of places that a wind carries along, known exactly at all times. § 12.3.2
///
/// u(x, t) = Σ_k a_k cos(2πk (x − c t)/n + φ_k): a solution of ∂u/∂t = −c ∂u/∂x, as is the drift of a weather system.
public struct RingWeather: Sendable {
  /// The number of places on the ring, n, and the number of waves.
  public let places, waves: Int
  /// The wind c, in places per step.
  public let wind: Double

  /// A ring; by default 32 places, up to 3 waves around it, and a wind of 0.37 places per step.
  public init(places: Int = 32, waves: Int = 3, wind: Double = 0.37) {
    require(
      waves >= 1 && 2 * waves < places, "cannot draw \(waves) waves on \(places) places: fewer than half are needed")
    (self.places, self.waves, self.wind) = (places, waves, wind)
  }

  /// Fields at times 0, 1, …, `steps`, of variance 1 on average. [count×(steps + 1)×n]
  public func fields(_ count: Int, steps: Int, random: RandomSource, scalarType: ScalarType = .float) -> Tensor {
    let n = Double(places)
    let (times, x) = (
      Tensor.range(0..<steps + 1, scalarType: .double).reshaped([1, steps + 1, 1]),
      Tensor.range(0..<places, scalarType: .double)
    )
    var u = Tensor.zeros([count, steps + 1, places], scalarType: .double)
    for k in 1...waves {
      // a cos + b sin with normal a and b is a wave of random height and phase.
      let angle = (x - wind * times) * (2 * Double.pi * Double(k) / n)
      let a = random.normal([count, 1, 1], scalarType: .double)
      let b = random.normal([count, 1, 1], scalarType: .double)
      u = u + (a * angle.cos() + b * angle.sin()) / Double(waves).squareRoot()
    }
    return u.converted(to: scalarType)
  }

  /// The expected squared error of the forecast u_i(t + 1) = Σ_d w_d u_{i+d}(t) with d = −1, 0, 1.
  ///
  /// Wave k is multiplied by Σ_d w_d e^{iθ_k d}, where e^{−iθ_k c} is right, with θ_k = 2πk/n.
  public func squaredError(ofWeights w: [Double]) -> Double {
    let errors = (1...waves).map { k in
      let (θ, c) = (2 * Double.pi * Double(k) / Double(places), wind)
      let real = w[1] + (w[0] + w[2]) * cosine(θ) - cosine(θ * c)
      let imaginary = (w[2] - w[0]) * sine(θ) + sine(θ * c)
      return real * real + imaginary * imaginary
    }
    return errors.reduce(0, +) / Double(waves)
  }

  /// The best weights w₋₁, w₀, w₁ of a forecast from three places: where the derivative of the squared error is 0.
  ///
  /// The symmetric part w₀ + (w₋₁ + w₁) cos θ fits cos cθ, the antisymmetric part (w₋₁ − w₁) sin θ fits sin cθ.
  public var bestWeights: [Double] {
    let θ = Tensor.range(1..<waves + 1, scalarType: .double) * (2 * Double.pi / Double(places))
    let odd = ((θ.sin() * (θ * wind).sin()).sum() / θ.sin().squared().sum()).item
    guard waves > 1 else {
      // One wave leaves the symmetric part free: w₀ alone can carry it.
      return [odd / 2, (θ * wind).cos().item, -odd / 2]
    }
    let even = LinearAlgebra.leastSquares(
      Tensor.stacked([Tensor.ones(θ.shape, scalarType: .double), θ.cos()], axis: 1),
      (θ * wind).cos().expanded(axis: 1)
    ).scalars
    return [(even[1] + odd) / 2, even[0], (even[1] - odd) / 2]
  }

  /// The forecast that leaves everything as it is has the expected squared error E(u(t) − u(0))².
  public func persistenceError(steps: Int) -> Double {
    (1...waves).map { 2 - 2 * cosine(2 * Double.pi * Double($0) / Double(places) * wind * Double(steps)) }
      .reduce(0, +) / Double(waves)
  }
}

private func cosine(_ x: Double) -> Double { Tensor(x, scalarType: .double).cos().item }
private func sine(_ x: Double) -> Double { Tensor(x, scalarType: .double).sin().item }

/// A forecaster that encodes each place, passes messages along the ring and decodes the change of the field, like
/// GraphCast. § 12.3.2; Lam et al. (2023)
public struct GraphForecaster: Module {
  /// What a place knows becomes `width` numbers.
  public var encoder: Linear
  /// The rounds of messages.
  public var rounds: [MessagePassing]
  /// The change of the field at a place.
  public var decoder: Linear

  /// A forecaster whose places know the field, and each other by `rounds` rounds of messages.
  public init(width: Int = 16, rounds: Int = 1, random: RandomSource) {
    encoder = Linear(1, width, random: random)
    self.rounds = (0..<rounds).map { _ in MessagePassing(width: width, edgeFeatures: 1, random: random) }
    decoder = Linear(width, 1, random: random)
  }

  /// Encoder, rounds, decoder.
  public static var parameters: [PartialKeyPath<GraphForecaster>] { [\.encoder, \.rounds, \.decoder] }

  /// u(t + 1) = u(t) + change. [N×n] → [N×n]
  public func callAsFunction(_ u: Tensor) -> Tensor {
    let (N, n) = (u.shape[0], u.shape[1])
    let edges = DirectedEdges.rings(n, copies: N, scalarType: u.scalarType)
    let h = rounds.reduce(encoder(u.reshaped([N * n, 1]))) { $1($0, along: edges) }
    return u + decoder(h).reshaped([N, n])
  }

  /// The forecasts of steps 1, 2, …: each is made from the one before. [N×n] → [N×steps×n]
  public func rolledOut(_ u: Tensor, steps: Int) -> Tensor {
    var (now, all) = (u, [Tensor]())
    for _ in 0..<steps {
      now = self(now)
      all.append(now)
    }
    return Tensor.stacked(all, axis: 1)
  }

  /// Trains by the mean squared error of one step from fields at two times. The learning rate falls to 0. [N×2×n]
  @discardableResult
  public mutating func train(
    on fields: Tensor, learningRate: Double = 5e-3, plan: TrainingPlan, random: RandomSource
  ) -> History {
    let (before, after) = (fields.at(0, axis: 1), fields.at(1, axis: 1))
    var optimizer = Adam(learningRate: learningRate)
    return Training.train(
      &self, with: &optimizer, examples: fields.shape[0],
      plan: plan.annealed(from: learningRate, examples: fields.shape[0]), random: random
    ) { m, batch in
      (m(before.gathered(batch)) - after.gathered(batch)).squared().mean()
    }
  }
}
