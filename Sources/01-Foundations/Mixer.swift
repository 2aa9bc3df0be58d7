// § 1.8  State of the art: MLP-Mixer

import Messages
import Tensors

/// The sizes of an MLP-Mixer, in the terms of Tolstikhin et al. (2021).
public struct MixerConfiguration: Hashable, Sendable {
  /// Height and width of the square image, and its colour channels.
  public var imageSize = 32, colors = 3
  /// The side P of a patch: the image is cut into S = (imageSize / P)² patches, the tokens.
  public var patchSize = 4
  /// The hidden dimension C: the channels of every token.
  public var hidden = 64
  /// The widths D_S and D_C of the token-mixing and the channel-mixing MLP.
  public var tokenWidth = 32, channelWidth = 128
  /// The number of Mixer layers.
  public var depth = 4
  /// The number of classes.
  public var classes = 10

  /// The default sizes, for 32×32 colour images.
  public init() {}

  /// The number of tokens S.
  public var tokens: Int { (imageSize / patchSize) * (imageSize / patchSize) }

  /// The number of parameters in closed form: patches, `depth` layers of two norms and two MLPs, last norm, head.
  public var parameterCount: Int {
    let layer =
      2 * 2 * hidden
      + MLP.parameterCount(widths: [tokens, tokenWidth, tokens])
      + MLP.parameterCount(widths: [hidden, channelWidth, hidden])
    let embedding = MLP.parameterCount(widths: [patchSize * patchSize * colors, hidden])
    return embedding + depth * layer + 2 * hidden + MLP.parameterCount(widths: [hidden, classes])
  }
}

/// MLP-Mixer: images cut into patches and mixed alternately across tokens and across channels, by MLPs alone. § 1.8
///
/// Tolstikhin et al., "MLP-Mixer: An all-MLP architecture for vision" (2021).
public struct MLPMixer: Module {
  /// The sizes.
  public let configuration: MixerConfiguration
  /// From the CP² numbers of a patch to the C channels of its token.
  public var embedding: Linear
  /// The Mixer layers, in the order in which they are applied.
  public var layers: [MixerLayer]
  /// The normalization before the mean over the tokens.
  public var norm: ChannelNorm
  /// From the mean token to the logits.
  public var head: Linear

  /// A network of these sizes.
  public init(_ configuration: MixerConfiguration, random: RandomSource) {
    let c = configuration
    require(
      c.imageSize % c.patchSize == 0,
      "cannot cut \(c.imageSize)×\(c.imageSize) images into patches of \(c.patchSize)×\(c.patchSize): "
        + "a part would be left over"
    )
    self.configuration = c
    embedding = Linear(c.patchSize * c.patchSize * c.colors, c.hidden, initialization: .xavier, random: random)
    layers = (0..<c.depth).map { _ in MixerLayer(c, random: random) }
    norm = ChannelNorm(c.hidden)
    head = Linear(c.hidden, c.classes, initialization: .xavier, random: random)
  }

  /// The embedding, the Mixer layers, the last norm and the head.
  public static var parameters: [PartialKeyPath<MLPMixer>] { [\.embedding, \.layers, \.norm, \.head] }

  /// The logits of images [N×C×H×W]. [N×classes]
  public func callAsFunction(_ images: Tensor) -> Tensor {
    let x = layers(embedding(patches(images, size: configuration.patchSize)))  // [N×S×C]
    return head(norm(x).mean(axes: [1]))
  }
}

/// One Mixer layer: U = X + W₂ σ(W₁ LN(X)ᵀ)ᵀ across tokens, then Y = U + W₄ σ(W₃ LN(U)) across channels. § 1.8
///
/// The rows of X are tokens, its columns channels; LN is layer normalization and σ is GELU.
public struct MixerLayer: Module {
  /// The normalization before the tokens are mixed.
  public var tokenNorm: ChannelNorm
  /// The MLP with weights W₁ and W₂, applied to every channel, across the tokens.
  public var tokenMixing: MLP
  /// The normalization before the channels are mixed.
  public var channelNorm: ChannelNorm
  /// The MLP with weights W₃ and W₄, applied to every token, across its channels.
  public var channelMixing: MLP

  /// A layer of these sizes.
  public init(_ c: MixerConfiguration, random: RandomSource) {
    tokenNorm = ChannelNorm(c.hidden)
    channelNorm = ChannelNorm(c.hidden)
    tokenMixing = MLP(
      [c.tokens, c.tokenWidth, c.tokens], activation: .gelu, initialization: .xavier, random: random)
    channelMixing = MLP(
      [c.hidden, c.channelWidth, c.hidden], activation: .gelu, initialization: .xavier, random: random)
  }

  /// Both norms and both MLPs.
  public static var parameters: [PartialKeyPath<MixerLayer>] {
    [\.tokenNorm, \.tokenMixing, \.channelNorm, \.channelMixing]
  }

  /// The tokens Y of X. [N×S×C] → [N×S×C]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let u = x + tokenMixing.alongLastAxis(tokenNorm(x).transposed).transposed  // [N×S×C]
    return u + channelMixing.alongLastAxis(channelNorm(u))
  }
}

extension MLP {
  /// The network applied along the last axis of an array of any rank.
  func alongLastAxis(_ x: Tensor) -> Tensor {
    let rows = x.reshaped([x.count / x.shape[-1], x.shape[-1]])
    return self(rows).reshaped(Shape(Array(x.shape.lengths.dropLast()) + [widths.last ?? 0]))
  }
}

/// Layer normalization of every token over its channels, as far as the Mixer needs it; chapter 3 derives it.
///
/// LN(x) = γ (x − μ) / √(s² + 10⁻⁵) + β, with the mean μ and the variance s² of the channels of one token.
public struct ChannelNorm: Module {
  /// The factors γ. [C]
  public var scale: Tensor
  /// The offsets β. [C]
  public var shift: Tensor

  /// The normalization with γ = 1 and β = 0.
  public init(_ channels: Int) { (scale, shift) = (Tensor.ones([channels]), Tensor.zeros([channels])) }

  /// The factors and the offsets.
  public static var parameters: [PartialKeyPath<ChannelNorm>] { [\.scale, \.shift] }

  /// LN(x) along the last axis. [… × C]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let deviation = x - x.mean(axes: [-1], keepsAxes: true)
    let variance = deviation.squared().mean(axes: [-1], keepsAxes: true)
    return scale * deviation / (variance + 1e-5).squareRoot() + shift
  }
}

/// Images cut into square patches, row by row, each patch as one row of numbers. [N×C×H×W] → [N × HW/P² × CP²]
public func patches(_ images: Tensor, size P: Int) -> Tensor {
  let (N, C, H, W) = (images.shape[0], images.shape[1], images.shape[2], images.shape[3])
  require(
    H % P == 0 && W % P == 0, "cannot cut images \(images.shape) into patches of \(P)×\(P): a part would be left over")
  return images.reshaped([N, C, H / P, P, W / P, P])
    .permuted([0, 2, 4, 1, 3, 5])  // [N × H/P × W/P × C×P×P]
    .reshaped([N, (H / P) * (W / P), C * P * P])
}
