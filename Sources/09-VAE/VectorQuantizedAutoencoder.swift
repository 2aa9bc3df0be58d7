// § 9.7  Definition 9.8 on a grid of codes

import CNN
import Messages
import Tensors

/// An autoencoder with a code at each position of a grid: images of S×S pixels have S/4 × S/4 codes. Definition 9.8
///
/// Encoder: convolutions of 4×4 with stride 2 to F and 2F maps, then of 1×1 to d. Decoder: a convolution of 3×3 from d
/// to 2F maps, then transposed convolutions of 4×4 with stride 2 to F maps and to the image. ReLU between all of them.
public struct VectorQuantizedAutoencoder<Book: Codebook>: Model {
  /// The three convolutions of the encoder.
  public var encoder: [Convolution]
  /// The codebook.
  public var codebook: Book
  /// The first layer of the decoder.
  public var widening: Convolution
  /// The two transposed convolutions.
  public var decoder: [TransposedConvolution]

  /// A network of width F around a codebook, for images with the given number of channels.
  public init(channels: Int = 1, width F: Int = 32, codebook: Book, random: RandomSource) {
    let d = codebook.width
    encoder = [
      Convolution(channels, F, kernel: 4, stride: 2, padding: 1, random: random),
      Convolution(F, 2 * F, kernel: 4, stride: 2, padding: 1, random: random),
      Convolution(2 * F, d, kernel: 1, random: random),
    ]
    self.codebook = codebook
    widening = Convolution(d, 2 * F, kernel: 3, padding: 1, random: random)
    decoder = [(2 * F, F), (F, channels)].map {
      TransposedConvolution($0, $1, kernel: 4, stride: 2, padding: 1, random: random)
    }
  }

  /// The encoder, the codebook and the decoder.
  public static var parameters: [PartialKeyPath<Self>] { [\.encoder, \.codebook, \.widening, \.decoder] }

  /// z_e at all positions of the grid. [N×C×S×S] → [N×d×S/4×S/4]
  public func encoded(_ x: Tensor) -> Tensor {
    require(
      x.rank == 4 && x.shape[2].isMultiple(of: 4) && x.shape[3].isMultiple(of: 4),
      "cannot encode \(x.shape) in a grid of codes: images whose sides are multiples of 4 are needed")
    return encoder[2](encoder[..<2].reduce(x) { h, layer in layer(h).activated(by: .relu) })
  }

  /// The images of vectors on a grid. [N×d×h×w] → [N×C×4h×4w]
  public func decoded(_ z: Tensor) -> Tensor {
    decoder[1](decoder[0](widening(z).activated(by: .relu)).activated(by: .relu))
  }

  /// The codes of each image, row by row of its grid. [N×C×S×S] → N lists
  public func codes(of x: Tensor) -> [[Int]] {
    let z = encoded(x)
    let (all, places) = (codebook.nearest(to: rows(z)), z.shape[2] * z.shape[3])
    return (0..<x.shape[0]).map { Array(all[$0 * places..<($0 + 1) * places]) }
  }

  /// The images of codes: each list is a square grid, row by row. N lists → [N×C×4h×4h]
  public func decoded(codes: [[Int]]) -> Tensor {
    let side = Int(Double(codes.first?.count ?? 0).squareRoot().rounded())
    require(
      side >= 1 && codes.allSatisfy { $0.count == side * side },
      "cannot decode lists of \(codes.map(\.count).prefix(4)) codes: square grids of one size are needed")
    let vectors = codebook.vectors.gathered(codes.flatMap { $0 })
    return decoded(grid(vectors, [codes.count, codebook.width, side, side]))
  }

  /// x̂ from the codes of x. [N×C×S×S] → [N×C×S×S]
  public func reconstructed(_ x: Tensor) -> Tensor {
    let z = encoded(x)
    return decoded(grid(codebook.vectors.gathered(codebook.nearest(to: rows(z))), z.shape))
  }

  /// The three terms of (9.25) for each image, the last two summed over the grid. [N×C×S×S]
  public func terms(of x: Tensor) -> QuantizationTerms {
    let z = encoded(x)
    let q = codebook.quantized(rows(z))
    let (N, places) = (x.shape[0], z.shape[2] * z.shape[3])
    let error = (x - decoded(grid(q.output, z.shape))).squared()
    return QuantizationTerms(
      reconstruction: error.flattened(from: 1).sum(axes: [1]),
      codebook: q.codebookTerm.reshaped([N, places]).sum(axes: [1]),
      commitment: q.commitmentTerm.reshaped([N, places]).sum(axes: [1]), codes: q.codes)
  }

  /// Maps as rows, one for each position. [N×d×h×w] → [Nhw×d]
  public func rows(_ z: Tensor) -> Tensor { z.moved(axis: 1, to: 3).reshaped([z.count / z.shape[1], z.shape[1]]) }

  /// Rows as maps. [Nhw×d] → [N×d×h×w]
  private func grid(_ rows: Tensor, _ shape: Shape) -> Tensor {
    rows.reshaped([shape[0], shape[2], shape[3], shape[1]]).moved(axis: 3, to: 1)
  }
}

/// The three terms of (9.25) for each image.
public struct QuantizationTerms {
  /// ‖x − x̂‖². [N]
  public let reconstruction: Tensor
  /// Σ ‖sg[z_e] − e_k*‖² over the grid. [N]
  public let codebook: Tensor
  /// Σ ‖z_e − sg[e_k*]‖² over the grid, without its factor β. [N]
  public let commitment: Tensor
  /// The codes at all positions of the grid.
  public let codes: [Int]

  /// L_VQ-VAE, the mean over the images. (9.25)
  public func loss(β: Double = 0.25) -> Tensor { (reconstruction + codebook + β * commitment).mean() }
}
