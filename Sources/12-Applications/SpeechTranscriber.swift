// § 12.10  A network that transcribes speech frame by frame

import DataSets
import Foundations
import Messages
import Tensors
import Training

/// A convolution along a sequence. [N×C×T] → [N×O×T'] with T' = ⌊(T + 2p − k)/s⌋ + 1
///
/// Weights and biases are drawn from ±1/√(C k), as in PyTorch.
public struct SequenceConvolution: Module {
  /// The filters. [O×C×k]
  public var weight: Tensor
  /// One bias for each filter. [O]
  public var bias: Tensor
  /// The stride s and the padding p.
  public let stride, padding: Int

  /// A layer of `outputs` filters over k neighbours.
  public init(_ inputs: Int, _ outputs: Int, kernel k: Int, stride: Int = 1, padding: Int = 0, random: RandomSource) {
    require(
      inputs >= 1 && outputs >= 1 && k >= 1, "cannot make \(outputs) filters of size \(k) for \(inputs) channels")
    let bound = 1 / Double(inputs * k).squareRoot()
    weight = random.uniform([outputs, inputs, k], in: -bound..<bound)
    bias = random.uniform([outputs], in: -bound..<bound)
    (self.stride, self.padding) = (stride, padding)
  }

  /// The filters and the biases.
  public static var parameters: [PartialKeyPath<SequenceConvolution>] { [\.weight, \.bias] }

  /// The outputs of all filters.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    convolution(x, weight, bias: bias, stride: stride, padding: padding)
  }
}

/// A network for connectionist temporal classification: three convolutions along time, the first of stride 2, and a
/// linear map to the scores of K symbols and the blank in every frame. § 12.10 [N×F×D] → [N×⌈F/2⌉×(K+1)]
public struct SpeechTranscriber: Module {
  /// The convolutions.
  public var convolutions: [SequenceConvolution]
  /// From channels to scores.
  public var output: Linear

  /// A network for D bands and K symbols.
  public init(bands D: Int = 24, symbols K: Int = Vowel.all.count, width: Int = 28, random: RandomSource) {
    convolutions = [
      SequenceConvolution(D, width, kernel: 5, stride: 2, padding: 2, random: random),
      SequenceConvolution(width, width, kernel: 5, padding: 2, random: random),
      SequenceConvolution(width, width, kernel: 5, padding: 2, random: random),
    ]
    output = Linear(width, K + 1, random: random)
  }

  /// All parts, in the order in which they are applied.
  public static var parameters: [PartialKeyPath<SpeechTranscriber>] { [\.convolutions, \.output] }

  /// The scores of every second frame.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    output(convolutions.reduce(x.transposed) { h, layer in layer(h).activated(by: .relu) }.transposed)
  }

  /// A copy trained on utterances by Adam, with the symbol error rate on others after every epoch.
  public func trained(
    on train: Utterances, validatedOn held: Utterances, by plan: TrainingPlan, random: RandomSource
  ) -> (network: SpeechTranscriber, history: History) {
    var (network, adam) = (self, Adam(learningRate: 5e-3))
    let history = Training.train(&network, with: &adam, examples: train.count, plan: plan, random: random) {
      network, batch in
      let part = train.subset(batch)
      return connectionistLoss(network(part.features), part.vowels)
    } evaluate: { network in
      ["symbol error": symbolErrorRate(bestPaths(network(held.features)), held.vowels)]
    }
    return (network, history)
  }
}
