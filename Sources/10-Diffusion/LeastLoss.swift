// § 10.2.2  The least loss that any predictor of the noise can have

import DataSets
import GAN
import Messages
import Tensors

extension NoiseSchedule {
  /// 1/D Σⱼ ᾱ_t λⱼ/(ᾱ_t λⱼ + 1 − ᾱ_t) for t = 1, …, T: the least mean squared error of the noise for each number, if
  /// the data are Gaussian with the variances λ along their principal axes. [T]
  ///
  /// For other data it is the error of the best linear predictor. λ: [D]
  public func leastNoiseErrors(spectrum λ: Tensor) -> Tensor {
    let signal = perStep(ᾱ).expanded(axis: 1) * λ.converted(to: .double)  // [T×D]
    return (signal / (signal + (1 - perStep(ᾱ)).expanded(axis: 1))).mean(axes: [1])
  }

  /// The least mean squared errors of the noise for data from a mixture in one or two dimensions, t = 1, …, T. [T]
  public func leastNoiseErrors(of data: GaussianMixture, panels: Int = 16) -> Tensor {
    Tensor((1...steps).map { data.leastNoiseError(signalShare: ᾱ[$0], panels: panels) }, scalarType: .double)
  }
}

extension GaussianMixture {
  /// E[(ε − ε*)²] = 1 − (1 − ᾱ) E‖∇ log q(x)‖²/D for x = √ᾱ x₀ + √(1 − ᾱ) ε with x₀ from this mixture, by quadrature.
  ///
  /// It is the variance of the noise that remains after the best prediction ε* = E[ε | x]. D = 1 or 2; `panels` of
  /// 16 points on each axis
  public func leastNoiseError(signalShare ᾱ: Double, panels: Int = 16) -> Double {
    let q = diffused(signalShare: ᾱ)
    let meanSquare = q.expectation(panels: panels) { q.score(of: $0).squared().mean(axes: [1]) }
    return 1 - (1 - ᾱ) * meanSquare
  }

  /// The differential entropy −E[log p(x)] in nats, by quadrature, in one or two dimensions.
  public func entropy(panels: Int = 16) -> Double { -expectation(panels: panels) { logDensity(of: $0) } }

  /// E[f(x)] in one or two dimensions, by quadrature up to ten deviations around every component. f: [N×D] → [N]
  private func expectation(panels: Int, of f: (Tensor) -> Tensor) -> Double {
    require(
      1...2 ~= dimension, "cannot integrate over \(dimension) dimensions: quadrature is for one or two dimensions")
    let axes = (0..<dimension).map { axis in
      // The variance along an axis is the square of its row of L.
      let ends = components.map { component in
        (component.mean[axis], 10 * component.factor[axis].reduce(0) { $0 + $1 * $1 }.squareRoot())
      }
      let (low, high) = (ends.map { $0 - $1 }.min() ?? 0, ends.map { $0 + $1 }.max() ?? 0)
      return Quadrature(over: low...high, panels: panels)
    }
    let (first, last) = (axes[0], axes[dimension - 1])
    if dimension == 1 {
      let x = first.nodes.expanded(axis: 1)
      return (first.weights * logDensity(of: x).exp() * f(x)).sum().item
    }
    let (n, m) = (first.nodes.count, last.nodes.count)
    let x = Tensor.stacked(
      [first.nodes.expanded(axis: 1).broadcast(to: [n, m]), last.nodes.broadcast(to: [n, m])], axis: 2
    ).reshaped([n * m, 2])
    let weights = (first.weights.expanded(axis: 1) * last.weights).reshaped([n * m])
    return (weights * logDensity(of: x).exp() * f(x)).sum().item
  }
}

extension NoisePredictor {
  /// The mean of (ε − ε_θ(x_t, t))² over all numbers, for given data and noise, in evaluation. (10.16) x₀, ε: [N×…]; t:
  /// a step for each example
  public func noiseError(on x0: Tensor, at t: [Int], noise ε: Tensor, _ schedule: NoiseSchedule) -> Double {
    (noise(in: schedule.noised(x0, at: t, noise: ε), at: t) - ε).squared().mean().item
  }
}
