// § 12.1.2  Making maps larger

import CNN
import Messages
import Tensors

/// Where the pixels of a smaller image lie in a larger one.
public enum PixelAlignment: Sendable {
  /// The corner pixels keep their places: the first and the last pixel of both images agree.
  case corners
  /// The images cover the same area: their outer edges agree, and a pixel beyond the outer centres is the nearest one.
  case edges
}

/// The matrix that interpolates a line of `old` pixels at the places of `new` ones, linearly. Each row sums to 1.
/// [new×old]
public func interpolationMatrix(
  from old: Int, to new: Int, aligning alignment: PixelAlignment = .edges, scalarType: ScalarType = .float
) -> Tensor {
  require(old >= 1 && new >= 1, "cannot interpolate \(old) pixels at \(new) places: at least 1 of each is needed")
  let rows = (0..<new).map { place -> [Double] in
    let position: Double
    switch alignment {
    case .corners: position = new == 1 ? 0 : Double(place) * Double(old - 1) / Double(new - 1)
    case .edges: position = (Double(place) + 0.5) * Double(old) / Double(new) - 0.5
    }
    let inside = min(max(position, 0), Double(old - 1))
    return (0..<old).map { max(0, 1 - (inside - Double($0)).magnitude) }
  }
  return Tensor(rows, scalarType: scalarType)
}

/// Maps enlarged by bilinear interpolation, Y = R X Cᵀ: a fixed linear map. § 12.1.2
///
/// It has no parameters. An affine image stays affine; with `.edges` only where no neighbour is missing.
/// [N×C×H×W] → [N×C×height×width]
public func bilinearlyUpsampled(
  _ x: Tensor, height: Int, width: Int, aligning alignment: PixelAlignment = .edges
) -> Tensor {
  require(x.rank == 4, "cannot enlarge \(x.shape): maps [N×C×H×W] are needed")
  let rows = interpolationMatrix(from: x.shape[2], to: height, aligning: alignment, scalarType: x.scalarType)
  let columns = interpolationMatrix(from: x.shape[3], to: width, aligning: alignment, scalarType: x.scalarType)
  return matmul(matmul(rows, x), columns.transposed)
}

extension TransposedConvolution {
  /// The layer that enlarges every channel s times as bilinear interpolation does, aligned at the edges: a start from
  /// which a learned upsampling can leave. § 12.1.2
  ///
  /// The kernel has 2s × 2s numbers, a product of two triangles, and the padding is s/2. It equals bilinear
  /// interpolation but for a border of s/2 pixels, where zeros lie outside of the image. Stops the program unless s is
  /// even. Long, Shelhamer and Darrell (2015)
  public static func bilinear(channels: Int, factor s: Int) -> TransposedConvolution {
    require(
      s >= 2 && s.isMultiple(of: 2), "cannot enlarge \(s) times by a symmetric kernel: an even factor is needed")
    var layer = TransposedConvolution(
      channels, channels, kernel: 2 * s, stride: s, padding: s / 2, hasBias: false, random: RandomSource(seed: 0))
    let middle = Double(2 * s - 1) / 2
    let triangle = Tensor(
      (0..<2 * s).map { i -> Double in 1 - (Double(i) - middle).magnitude / Double(s) }, shape: [2 * s, 1])
    layer.weight =
      Tensor.identity(channels).reshaped([channels, channels, 1, 1]) * matmul(triangle, triangle.transposed)
    return layer
  }
}
