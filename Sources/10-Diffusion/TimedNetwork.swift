// § 10.5.1, § 10.10  A network for points or codes with the time as an input

import Foundations
import Messages
import Tensors

/// A fully connected network that reads rows and the embedding of a time, and gives rows of the same length: a noise
/// predictor or a velocity field where a U-Net is not needed.
///
/// The embedding of § 10.5.1 is made for steps from 0 to 1,000. Times from 0 to 1 are therefore multiplied by a scale
/// first; otherwise their embeddings would be nearly equal. § 10.10
public struct TimedNetwork: Model, NoisePredictor, VelocityField {
  /// (x, embedded time) → rows.
  public var network: MLP
  /// The length of a row, and the numbers of the time embedding.
  public let dimension, time: Int
  /// The factor of the time of a velocity field.
  public let scale: Double

  /// A network for rows of D numbers with these hidden layers of SiLU.
  public init(
    _ D: Int, hidden: [Int] = [64, 64, 64], time d: Int = 16, scale: Double = 1_000, random: RandomSource
  ) {
    require(
      D >= 1 && !hidden.isEmpty && scale > 0,
      "cannot make a network with a time for rows of \(D) numbers, hidden layers \(hidden) and scale \(scale): "
        + "positive numbers and at least one layer are needed")
    network = MLP([D + d] + hidden + [D], activation: .silu, random: random)
    (dimension, time, self.scale) = (D, d, scale)
  }

  /// The network.
  public static var parameters: [PartialKeyPath<TimedNetwork>] { [\.network] }

  /// The output for a time of each row, embedded as it is. x: [N×D]; times: N numbers → [N×D]
  public func callAsFunction(_ x: Tensor, times: [Double]) -> Tensor {
    require(
      x.rank == 2 && x.shape[1] == dimension && x.shape[0] == times.count,
      "cannot read rows \(x.shape) at \(times.count) times: rows of \(dimension) numbers and a time for each are needed"
    )
    let t = timeEmbedding(times, dimension: time, scalarType: x.scalarType)
    return network(.concatenated([x, t], axis: 1))
  }

  /// ε_θ(x_t, t), with t − 1 embedded as in `UNet`. x: [N×D]
  public func noise(in x: Tensor, at t: [Int]) -> Tensor { self(x, times: t.map { Double($0 - 1) }) }

  /// v_θ(x, t) for t from 0 to 1. x: [N×D]
  public func velocity(at x: Tensor, time t: Double) -> Tensor {
    velocity(at: x, times: [Double](repeating: t, count: x.shape[0]))
  }

  /// v_θ(x, t) for a time of each row.
  public func velocity(at x: Tensor, times: [Double]) -> Tensor { self(x, times: times.map { scale * $0 }) }
}
