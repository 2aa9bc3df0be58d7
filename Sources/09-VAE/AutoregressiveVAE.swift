// § 9.9.1  A decoder that does not need z

import Distributions
import Foundations
import Messages
import Tensors

/// A variational autoencoder whose decoder is autoregressive: p(x | z) = Π_i p(x_i | x_1, …, x_{i−1}, z). § 9.9.1
///
/// Each pixel sees all pixels before it, so the decoder can model p(x) without z. One hidden layer with masks makes
/// all pixels' predictions in one pass: hidden unit h reads the first m(h) = h mod D pixels, and pixel i reads the
/// units with m(h) ≤ i and, directly, the pixels before it. Germain et al. (2015). Examples are binary and stored as
/// rows.
public struct AutoregressiveVAE: EvidenceModel {
  /// The hidden layer of the encoder.
  public var encoder: Linear
  /// The layers of μ and of log σ².
  public var mean, logVariance: Linear
  /// The layer from the pixels to the hidden units of the decoder, and the one from z to them.
  public var fromPixels, fromLatent: Linear
  /// The layer from the hidden units to the logits.
  public var output: Linear
  /// The direct connections from pixels to the logits of later pixels.
  public var direct: Linear

  /// A network for examples of `pixels` numbers.
  public init(pixels D: Int = 64, hidden: Int = 256, latent d: Int = 8, random: RandomSource) {
    require(
      D >= 1 && hidden >= D && d >= 1,
      "cannot decode \(D) pixels one after the other by \(hidden) hidden units from \(d) latent variables: at least "
        + "one unit for each pixel and one latent variable are needed")
    encoder = Linear(D, hidden, random: random)
    (mean, logVariance) = (Linear(hidden, d, random: random), Linear(hidden, d, random: random))
    fromPixels = Linear(D, hidden, random: random)
    fromLatent = Linear(d, hidden, hasBias: false, random: random)
    output = Linear(hidden, D, random: random)
    direct = Linear(D, D, hasBias: false, random: random)
  }

  /// All layers.
  public static var parameters: [PartialKeyPath<AutoregressiveVAE>] {
    [\.encoder, \.mean, \.logVariance, \.fromPixels, \.fromLatent, \.output, \.direct]
  }

  /// The number of latent variables.
  public var latentCount: Int { mean.weight.shape[0] }
  /// The number of pixels: D.
  public var pixelCount: Int { output.weight.shape[0] }

  /// q(z | x). [N×D] → [N×d]
  public func encoded(_ x: Tensor) -> Normal {
    let h = encoder(x).activated(by: .relu)
    return Normal(mean: mean(h), logVariance: logVariance(h))
  }

  /// The logits of p(x_i | x_1, …, x_{i−1}, z) for all pixels i. x: [N×D]; z: [N×d] → [N×D]
  public func logits(of x: Tensor, given z: Tensor) -> Tensor {
    let (D, H, type) = (pixelCount, fromPixels.weight.shape[0], x.scalarType)
    let pixels = Tensor((0..<D).map(Double.init), scalarType: type)  // [D]
    let read = Tensor((0..<H).map { Double($0 % D) }, shape: [H, 1], scalarType: type)  // m(h)
    let reads = pixels .< read  // [H×D]
    let isRead = 1 - reads.transposed  // [D×H]: m(h) ≤ i
    let isBefore = pixels .< pixels.reshaped([D, 1])  // [D×D]
    let h = matmul(x, (fromPixels.weight * reads).transposed, plus: fromPixels.bias) + fromLatent(z)
    return matmul(h.activated(by: .relu), (output.weight * isRead).transposed, plus: output.bias)
      + matmul(x, (direct.weight * isBefore).transposed)
  }

  /// Both terms of the bound. (9.8) x: [N×D]; ε: [N×d]
  public func evidence(of x: Tensor, noise ε: Tensor) -> EvidenceTerms {
    let q = encoded(x)
    let z = reparameterized(mean: q.mean, logVariance: q.logVariance, noise: ε)
    return EvidenceTerms(
      reconstruction: logLikelihoods(of: x, logits: logits(of: x, given: z)), divergences: standardDivergences(of: q))
  }

  /// Examples drawn pixel after pixel, given z. [N×d] → [N×D]
  public func sampled(_ z: Tensor, random: RandomSource) -> Tensor {
    var columns: [Tensor] = []
    let (N, D) = (z.shape[0], pixelCount)
    for i in 0..<D {
      let missing = Tensor.zeros([N, D - i], scalarType: z.scalarType)
      let x = Tensor.concatenated(columns + [missing], axis: 1)
      columns.append(Bernoulli(logits: logits(of: x, given: z)[i..<i + 1, axis: 1]).sample(using: random))
    }
    return Tensor.concatenated(columns, axis: 1)
  }
}
