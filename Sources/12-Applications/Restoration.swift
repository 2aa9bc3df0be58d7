// § 12.1  Networks that restore damaged images

import Backprop
import CNN
import Foundations
import Messages
import Tensors
import Training

/// A network that adds a correction to a damaged image: x̃ + f(x̃), with 3×3 convolutions and ReLU. After Zhang et al.
/// (2017)
public struct RestorationNetwork: Module {
  /// The convolutions.
  public var layers: [Convolution]

  /// A network of `depth` convolutions with w channels between them.
  public init(width w: Int = 16, depth: Int = 4, random: RandomSource) {
    require(depth >= 2, "cannot restore images by \(depth) convolutions: at least two are needed")
    let channels = [3] + [Int](repeating: w, count: depth - 1) + [3]
    layers = zip(channels, channels.dropFirst()).map { Convolution($0, $1, kernel: 3, padding: 1, random: random) }
  }

  /// The convolutions.
  public static var parameters: [PartialKeyPath<RestorationNetwork>] { [\.layers] }

  /// The restored images. [N×3×H×W]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    x
      + layers.enumerated().reduce(x) { h, layer in
        let y = layer.element(h)
        return layer.offset < layers.count - 1 ? y.activated(by: .relu) : y
      }
  }
}

/// Trains a network to return clean images from damaged ones by the mean squared error, with Adam and a cosine.
///
/// The best possible answer is the mean of all clean images that look like the damaged one, E[X | X̃]: where that does
/// not say which one it was, the answer is an average of several. x: [N×3×H×W]
@discardableResult
public func trainRestoration(
  _ network: inout RestorationNetwork, on x: Tensor, _ damage: ImageDamage, learningRate: Double = 3e-3,
  plan: TrainingPlan, random: RandomSource
) -> History {
  var adam = Adam(learningRate: learningRate)
  let (damaged, count) = (damage(x), x.shape[0])
  let plan = plan.annealed(from: learningRate, examples: count, training: network)
  return train(
    &network, with: &adam, examples: count, plan: plan, random: random,
    loss: { network, batch in (network(damaged.gathered(batch)) - x.gathered(batch)).squared().mean() })
}
