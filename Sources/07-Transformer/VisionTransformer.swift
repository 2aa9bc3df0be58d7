// § 7.5  The Vision Transformer

import Attention
import Foundations
import Messages
import Regularization
import Tensors

/// The sizes of a Vision Transformer. § 7.5
public struct VisionSizes: Sendable, Equatable {
  /// The side of the square images, and of a patch, in pixels.
  public var image: Int, patch: Int
  /// The channels of an image.
  public var channels = 3
  /// The width d, the heads h and the hidden units d_ff of a block.
  public var width: Int, heads: Int, hidden: Int
  /// The number L of blocks, and of classes.
  public var blocks: Int, classes: Int

  /// Sizes with d_ff = 4d.
  public init(image: Int = 32, patch: Int = 8, width: Int, heads: Int, blocks: Int, classes: Int = 10) {
    (self.image, self.patch, self.width, self.heads) = (image, patch, width, heads)
    (hidden, self.blocks, self.classes) = (4 * width, blocks, classes)
  }

  /// ViT-B/16 for the 1000 classes of ImageNet. Dosovitskiy et al. (2020), Table 1
  public static let base16 = VisionSizes(image: 224, patch: 16, width: 768, heads: 12, blocks: 12, classes: 1000)

  /// N = HW/P², the patches of an image.
  public var patches: Int { (image / patch) * (image / patch) }

  /// The number of parameters, computed from the sizes.
  ///
  /// Patches: d(CP² + 1). [CLS] and positions: d(N + 2). A block: 4d² + 2d d_ff + 9d + d_ff. The last normalization:
  /// 2d. The head: K(d + 1).
  public var parameterCount: Int {
    let (d, d_ff, K) = (width, hidden, classes)
    let block = 4 * d * d + 2 * d * d_ff + 9 * d + d_ff
    return d * (channels * patch * patch + 1) + d * (patches + 2) + blocks * block + 2 * d + K * (d + 1)
  }
}

/// A Transformer for images: z₀ = [[CLS]; x₁ᵖE; …; x_NᵖE] + E_pos (7.12), the blocks of an encoder, and the logits of
/// the row of [CLS]. Definition 7.8, Remark 7.9
///
/// The blocks are Pre-Norm, with one more normalization after the last. Dosovitskiy et al. (2020)
public struct VisionTransformer: Module {
  /// The embedding of the patches.
  public var embedding: PatchEmbedding
  /// The learned vector of [CLS]. [d]
  public var classToken: Tensor
  /// E_pos, learned. [(N + 1) × d]
  public var positions: Tensor
  /// The dropout after the sum.
  public var dropout: Dropout
  /// The blocks and the last normalization.
  public var encoder: TransformerEncoder
  /// From the row of [CLS] to the logits.
  public var head: Linear
  /// The sizes.
  public let sizes: VisionSizes

  /// A network of these sizes. [CLS] and E_pos are N(0, 0.02²).
  public init(_ sizes: VisionSizes, dropout p: Double = 0, random: RandomSource) {
    require(
      sizes.image % sizes.patch == 0,
      "cannot cut images of \(sizes.image)×\(sizes.image) pixels into patches of \(sizes.patch)×\(sizes.patch): "
        + "the side of a patch must divide that of the image")
    let d = sizes.width
    embedding = PatchEmbedding(side: sizes.patch, channels: sizes.channels, width: d, random: random)
    classToken = 0.02 * random.normal([d])
    positions = 0.02 * random.normal([sizes.patches + 1, d])
    dropout = Dropout(probability: p, random: random)
    encoder = TransformerEncoder(
      d, heads: sizes.heads, hidden: sizes.hidden, blocks: sizes.blocks, dropout: p, random: random)
    head = Linear(d, sizes.classes, random: random)
    self.sizes = sizes
  }

  /// All parts, in the order in which they are applied.
  public static var parameters: [PartialKeyPath<VisionTransformer>] {
    [\.embedding, \.classToken, \.positions, \.dropout, \.encoder, \.head]
  }

  /// z₀ of (7.12). [B×C×H×W] → [B × (N + 1) × d]
  public func embedded(_ images: Tensor) -> Tensor {
    require(
      images.rank == 4 && Array(images.shape.lengths[1...]) == [sizes.channels, sizes.image, sizes.image],
      "cannot read images \(images.shape): this network was made for [B×\(sizes.channels)×\(sizes.image)×"
        + "\(sizes.image)]")
    let token = classToken.broadcast(to: [images.shape[0], 1, sizes.width])
    return dropout(Tensor.concatenated([token, embedding(images)], axis: 1) + positions)
  }

  /// The rows after the last normalization. [B×C×H×W] → [B × (N + 1) × d]
  public func states(_ images: Tensor) -> Tensor { encoder(embedded(images)) }

  /// The row of [CLS] after the last normalization, from which any head can read the class. Remark 7.9 [B×C×H×W] →
  /// [B×d]
  public func classState(_ images: Tensor) -> Tensor {
    states(images)[0..<1, axis: 1].reshaped([images.shape[0], sizes.width])
  }

  /// The logits. [B×C×H×W] → [B×K]
  public func callAsFunction(_ images: Tensor) -> Tensor { head(classState(images)) }

  /// The attention weights of [CLS] on each patch, for each block and head. [B×C×H×W] → for each block [B × h × N]
  public func classAttention(_ images: Tensor) -> [Tensor] {
    encoder.weights(embedded(images)).map { α in
      α[0..<1, axis: 2][1..<(sizes.patches + 1), axis: 3].reshaped([images.shape[0], sizes.heads, sizes.patches])
    }
  }
}
