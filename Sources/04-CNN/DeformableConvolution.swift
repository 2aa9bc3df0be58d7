// § 4.10  Deformable convolution

import Messages
import Tensors

/// The values of images between their pixels: x(p) = Σ_q g(q_y, p_y) g(q_x, p_x) x(q), g(a, b) = max(0, 1 − |a − b|).
/// § 4.10
///
/// Only the four pixels q around p count; outside the image there are zeros. The derivative with respect to p is that
/// of the piece between two pixels. At a pixel it is that of the piece to its right or below, so that offsets of zero
/// can learn.
/// x: [N×C×H×W]; rows and columns: [N×M] → [N×M×C]
public func bilinearSamples(_ x: Tensor, rows: Tensor, columns: Tensor) -> Tensor {
  require(
    x.rank == 4 && rows.shape == columns.shape && rows.rank == 2 && rows.shape[0] == x.shape[0],
    "cannot sample \(x.shape) at rows \(rows.shape) and columns \(columns.shape): "
      + "both must be [\(x.shape.lengths.first ?? 0)×M]"
  )
  let (N, C, H, W) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
  let nothing = Tensor.zeros([1, C], scalarType: x.scalarType)
  let pixels = Tensor.concatenated([x.permuted([0, 2, 3, 1]).reshaped([N * H * W, C]), nothing], axis: 0)
  let (top, left) = (wholePart(rows), wholePart(columns))
  let down = rows - Tensor(top.map(Double.init), shape: rows.shape, scalarType: x.scalarType)  // in 0 ..< 1
  let right = columns - Tensor(left.map(Double.init), shape: rows.shape, scalarType: x.scalarType)
  let M = rows.shape[1]
  func corner(_ dy: Int, _ dx: Int) -> Tensor {
    let indices = top.indices.map { i in
      let (row, column) = (top[i] + dy, left[i] + dx)
      return 0..<H ~= row && 0..<W ~= column ? (i / M * H + row) * W + column : N * H * W
    }
    let share = (dy == 1 ? down : 1 - down) * (dx == 1 ? right : 1 - right)
    return share.expanded(axis: 2) * pixels.gathered(indices).reshaped([N, M, C])
  }
  return corner(0, 0) + corner(0, 1) + corner(1, 0) + corner(1, 1)
}

/// ⌊p⌋ of every coordinate.
private func wholePart(_ coordinates: Tensor) -> [Int] {
  coordinates.scalars.map { p in
    require(abs(p) < 1e9, "cannot sample an image at coordinate \(p)")
    return Int(p.rounded(.down))
  }
}

/// The deformable convolution y(p₀) = Σₙ wₙ x(p₀ + pₙ + Δpₙ), with an offset Δpₙ for each kernel place and output.
/// (4.12)
///
/// Dai et al. (2017). The offsets alternate between row and column for each place of the kernel, as in torchvision.
/// x: [N×C×H×W]; K: [C_out × C × k × k]; Δ: [N × 2k² × H' × W'] → [N×C_out×H'×W']
public func deformableConvolution(
  _ x: Tensor, _ K: Tensor, offsets Δ: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0,
  dilation: Int = 1
) -> Tensor {
  let (N, k, O) = (x.shape[0], K.shape[2], K.shape[0])
  let places = samplingPlaces(offsets: Δ, kernel: k, stride: stride, padding: padding, dilation: dilation)
  let (rows, columns) = (places.rows.flattened(from: 1), places.columns.flattened(from: 1))  // [N × H'W'k²]
  let samples = bilinearSamples(x, rows: rows, columns: columns)  // [N × H'W'k² × C]
  let patches = samples.reshaped([N, Δ.shape[2] * Δ.shape[3], k * k * x.shape[1]])
  let w = K.permuted([0, 2, 3, 1]).flattened(from: 1)  // [C_out × k²C]
  let y = matmul(patches, w.transposed)  // [N × H'W' × C_out]
  let maps = y.permuted([0, 2, 1]).reshaped([N, O, Δ.shape[2], Δ.shape[3]])
  return bias.map { maps + $0.reshaped([O, 1, 1]) } ?? maps
}

/// Where a deformable convolution reads: the rows and the columns of p₀ + pₙ + Δpₙ. (4.12)
///
/// Δ: [N × 2k² × H' × W'] → [N × H' × W' × k²]
public func samplingPlaces(
  offsets Δ: Tensor, kernel k: Int, stride s: Int = 1, padding p: Int = 0, dilation d: Int = 1
) -> (rows: Tensor, columns: Tensor) {
  require(
    Δ.rank == 4 && Δ.shape[1] == 2 * k * k,
    "cannot move the places of a \(k) × \(k) kernel by offsets \(Δ.shape): [N×\(2 * k * k)×H'×W'] is needed")
  let (N, H, W) = (Δ.shape[0], Δ.shape[2], Δ.shape[3])
  let shifts = Δ.reshaped([N, k * k, 2, H, W]).permuted([2, 0, 3, 4, 1]).split([1, 1], axis: 0)
  func multiples(_ numbers: [Int], of factor: Int) -> Tensor {
    Tensor(numbers.map { Double(factor * $0) }, scalarType: Δ.scalarType)
  }
  let (m, n) = ((0..<k * k).map { $0 / k }, (0..<k * k).map { $0 % k })  // the place pₙ = (m, n) within the kernel
  let rows = multiples(Array(0..<H), of: s).reshaped([H, 1, 1]) + multiples(m, of: d) - Double(p)
  let columns = multiples(Array(0..<W), of: s).reshaped([1, W, 1]) + multiples(n, of: d) - Double(p)
  return (shifts[0].squeezed(axis: 0) + rows, shifts[1].squeezed(axis: 0) + columns)
}

/// A convolution that learns where to look: a second convolution of the same image computes the offsets. (4.12), § 4.10
///
/// The offsets begin at zero, so the layer begins as a plain convolution.
public struct DeformableConvolution: Module {
  /// The filters. [C_out × C_in × k × k]
  public var weight: Tensor
  /// One bias for each filter. [C_out]
  public var bias: Tensor
  /// The convolution for the offsets Δp, which has the same window. [2k² × C_in × k × k]
  public var offsets: Convolution

  /// The layer of `outputs` filters of size k × k.
  public init(
    _ inputs: Int, _ outputs: Int, kernel k: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1,
    random: RandomSource
  ) {
    let plain = Convolution(inputs, outputs, kernel: k, random: random)
    (weight, bias) = (plain.weight, plain.bias ?? .zeros([outputs]))
    offsets = Convolution(
      inputs, 2 * k * k, kernel: k, stride: stride, padding: padding, dilation: dilation, random: random)
    offsets = offsets.mapParameters { Tensor.zeros($0.shape) }
  }

  /// The filters, the biases, and the convolution for the offsets.
  public static var parameters: [PartialKeyPath<DeformableConvolution>] { [\.weight, \.bias, \.offsets] }

  /// The maps of all filters. [N×C_in×H×W] → [N×C_out×H'×W']
  public func callAsFunction(_ x: Tensor) -> Tensor {
    deformableConvolution(
      x, weight, offsets: offsets(x), bias: bias, stride: offsets.stride, padding: offsets.padding,
      dilation: offsets.dilation)
  }
}
