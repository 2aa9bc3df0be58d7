// § 2.9  The coordinate check of µP

import Foundations
import Tensors

/// How far training moves the activations of networks of several widths: a test of whether a parametrization is
/// independent of width. § 2.9
///
/// Under µP every layer's activations change by about as much at every width. In the standard parametrization the
/// change grows with the width, so that a rate that is good for a narrow network makes a wide one diverge. Yang, Hu,
/// Babuschkin and others (2022).
public struct CoordinateCheck: Sendable {
  /// The widths.
  public let widths: [Int]
  /// The root mean square of h⁽ˡ⁾ after t steps minus h⁽ˡ⁾ before, over examples and neurons:
  /// `change[width][t − 1][ℓ − 1]`.
  public let change: [[[Double]]]

  /// Trains one network of each width with Adam on one batch, and measures its layers.
  public init(
    of family: NetworkFamily, widths: [Int], steps: Int, learningRate η: Double, inputs x: Tensor, labels: [Int],
    random: RandomSource
  ) {
    self.widths = widths
    change = widths.map { width in
      var network = family.network(width: width, random: random)
      var optimizer = family.adam(width: width, learningRate: η)
      let before = network.activations(x)
      return (0..<steps).map { _ in
        optimizer.update(&network, along: gradient(at: network) { crossEntropy(logits: $0(x), labels: labels) })
        return zip(network.activations(x), before).map { ($0 - $1).squared().mean().squareRoot().item }
      }
    }
  }

  /// The exponent p of change ≈ width^p in a layer after t steps, by least squares on logarithms: 0 if it does not
  /// depend on width.
  public func exponent(layer ℓ: Int, step t: Int) -> Double {
    let (x, y) = (
      Tensor(widths.map(Double.init), scalarType: .double).log(),
      Tensor(change.map { $0[t - 1][ℓ - 1] }, scalarType: .double).log()
    )
    return slopeThroughOrigin(x - x.mean(), y - y.mean())
  }
}
