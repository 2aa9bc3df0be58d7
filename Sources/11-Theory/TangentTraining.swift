// § 11.5.2, Remark 11.14  Wide networks in training beside their linearization

import Foundations
import Messages
import Tensors
import Training

/// The training of a wide network by gradient descent on all examples, with its tangent kernel before and after.
/// § 11.5.2, Remark 11.14
///
/// The trained function is f(x) = α g(x; θ), or α (g(x; θ) − g(x; θ₀)) if it is centred, and the loss is
/// ½ Σᵢ (f(xᵢ) − yᵢ)² / α². Then df/dt = −η Θ (f − y) with the kernel Θ of g for every α, so that all α share their
/// time scale; a large α makes the same change of f with a smaller movement of θ. Chizat, Oyallon and Bach (2019)
public struct TangentTraining: Sendable {
  /// The network before and after the training.
  public let before, after: WideNetwork
  /// The outputs f after 0, 1, …, T steps [N] each, and the targets [N].
  public let outputs: [Tensor], targets: Tensor
  /// The kernel of the training inputs before and after. [N×N]
  public let startKernel, endKernel: Tensor
  /// The learning rate η.
  public let rate: Double

  /// Trains for T steps with the learning rate η, by default 1/λ_max(Θ₀). inputs: [N×d], targets: [N]
  public init(
    of network: WideNetwork, inputs x: Tensor, targets y: Tensor, steps: Int, rate η: Double? = nil,
    outputScale α: Double = 1, isCentred: Bool = false, report: (TrainingProgress) -> Void = { _ in }
  ) {
    let offset = isCentred ? network(x).stopGradient : Tensor.zeros([x.shape[0]], scalarType: x.scalarType)
    let Θ₀ = network.tangentKernel(x)
    let rate = η ?? LinearizedTraining(kernel: Θ₀, start: y, targets: y).steadyRate
    var (model, outputs) = (network, [α * (network(x) - offset)])
    var descent = GradientDescent(learningRate: rate)
    for step in 1...max(1, steps) where step <= steps {
      let (loss, slope) = valueWithGradient(at: model) { (α * ($0(x) - offset) - y).squared().sum() / (2 * α * α) }
      descent.update(&model, along: slope)
      outputs.append(α * (model(x) - offset))
      report(TrainingProgress(epoch: step, epochs: steps, step: step, steps: steps, loss: loss.item * α * α))
    }
    (before, after, self.outputs, targets, self.rate) = (network, model, outputs, y, rate)
    (startKernel, endKernel) = (Θ₀, model.tangentKernel(x))
  }

  /// The loss ½ Σᵢ (fᵢ − yᵢ)² after every step, from 0 to T.
  public var losses: [Double] { outputs.map { ($0 - targets).squared().sum().item / 2 } }

  /// ‖Θ_T − Θ₀‖ / ‖Θ₀‖ in the Frobenius norm: 0 if the kernel remains constant. Theorem 11.13
  public var kernelDrift: Double { ((endKernel - startKernel).norm() / startKernel.norm()).item }

  /// ‖θ_T − θ₀‖ / ‖θ₀‖.
  public var weightMovement: Double {
    ((after.flattened - before.flattened).norm() / before.flattened.norm()).item
  }

  /// The training of the linearized network from the same start, with the kernel Θ₀.
  public var linearized: LinearizedTraining {
    LinearizedTraining(kernel: startKernel, start: outputs[0], targets: targets)
  }

  /// The largest distance over all inputs and steps from y − (I − η Θ₀)ᵗ (y − f(0)).
  public var distanceFromDescent: Double { distance { $0.descent(steps: $1, rate: rate) } }

  /// The largest distance over all inputs and steps from y − e^(−η Θ₀ t) (y − f(0)). (11.12)
  public var distanceFromFlow: Double { distance { $0.flow(time: Double($1), rate: rate) } }

  private func distance(_ prediction: (LinearizedTraining, _ step: Int) -> Tensor) -> Double {
    let linearized = linearized
    return outputs.indices.map { (outputs[$0] - prediction(linearized, $0)).abs().max().item }.max() ?? 0
  }
}

/// N points on a circle of radius r around the origin of the plane, from the angle 0 on. [N×2] § 11.5.2
public func ringPoints(_ N: Int, radius r: Double = 2.0.squareRoot()) -> Tensor {
  let θ = ringAngles(N)
  return r * Tensor.stacked([θ.cos(), θ.sin()], axis: 1)
}

/// The angles 2πi/N of these points. [N]
public func ringAngles(_ N: Int) -> Tensor {
  2 * Double.pi / Double(N) * Tensor.range(0..<N, scalarType: .double)
}

/// The share of each harmonic m = 0, …, N/2 in a kernel on the ring: its Rayleigh quotient with cos mθ. § 11.5.2
///
/// The limit kernel depends on the difference of the angles alone, so cos mθ and sin mθ are its eigenvectors.
public func harmonicEigenvalues(of Θ: Tensor) -> [Double] {
  let N = Θ.shape[0]
  return (0...N / 2).map { m in
    let wave = (Double(m) * ringAngles(N)).cos()
    return ((wave * matmul(Θ, wave)).sum() / wave.squared().sum()).item
  }
}

/// The standard deviation of Θ(x, x′) over the initializations of a network. Theorem 11.13
public struct KernelSpread: Sendable {
  /// The kernels of all draws for one pair of inputs.
  public let values: [Double]
  /// The width n of the hidden layers.
  public let width: Int

  /// Draws networks of the given number of layers and width.
  public init(
    width n: Int, layers: Int = 2, activation: KernelActivation, biasFactor β: Double = 0, inputs x: Tensor,
    draws: Int, random: RandomSource
  ) {
    let widths = [x.shape[1]] + Array(repeating: n, count: layers - 1)
    width = n
    values = (0..<draws).map { _ in
      WideNetwork(widths, activation: activation, biasFactor: β, random: random).tangentKernel(x[0..<1], x[1..<2]).item
    }
  }

  /// The mean over the draws.
  public var mean: Double { values.reduce(0, +) / Double(values.count) }
  /// The standard deviation over the draws.
  public var deviation: Double {
    (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
  }
}
