// § 3.7.1  Classical transformations: rotating, shifting and scaling images

import Messages
import Tensors

/// An affine map of the image plane: p ↦ A p + t for points p = (x, y), in pixels from the centre, with x to the right
/// and y down. § 3.7.1
public struct AffineMap: Equatable, Sendable {
  /// The matrix A, row by row.
  public let a11, a12, a21, a22: Double
  /// The shift t.
  public let tx, ty: Double

  /// The map p ↦ A p + t; A must be invertible.
  public init(_ a11: Double, _ a12: Double, _ a21: Double, _ a22: Double, tx: Double = 0, ty: Double = 0) {
    require(
      (a11 * a22 - a12 * a21).isNormal,
      "cannot make an affine map of the matrix (\(a11), \(a12); \(a21), \(a22)): it must be invertible")
    (self.a11, self.a12, self.a21, self.a22, self.tx, self.ty) = (a11, a12, a21, a22, tx, ty)
  }

  /// The identity.
  public static let identity = AffineMap(1, 0, 0, 1)

  /// The rotation about the centre by an angle φ, counterclockwise as seen:
  /// x′ = x cos φ + y sin φ, y′ = −x sin φ + y cos φ.
  ///
  /// Exact for multiples of 90°, where sine and cosine are 0 and ±1.
  public static func rotation(degrees: Double) -> AffineMap {
    let quarters = (degrees / 90).rounded()
    let φ = Tensor((degrees - 90 * quarters) * .pi / 180, scalarType: .double)
    var (c, s) = (φ.cos().item, φ.sin().item)
    let turns = Int(quarters.truncatingRemainder(dividingBy: 4) + 4) % 4
    for _ in 0..<turns { (c, s) = (-s, c) }
    return AffineMap(c, s, -s, c)
  }

  /// The shift by x pixels to the right and y down.
  public static func translation(x: Double, y: Double) -> AffineMap { AffineMap(1, 0, 0, 1, tx: x, ty: y) }

  /// The scaling about the centre by a factor.
  public static func scaling(_ factor: Double) -> AffineMap { AffineMap(factor, 0, 0, factor) }

  /// The shear along the rows: x′ = x + k y.
  public static func shear(_ k: Double) -> AffineMap { AffineMap(1, k, 0, 1) }

  /// The map that applies `first` and then this one: p ↦ A (A₁ p + t₁) + t.
  public func after(_ first: AffineMap) -> AffineMap {
    let t = self(first.tx, first.ty)
    return AffineMap(
      a11 * first.a11 + a12 * first.a21, a11 * first.a12 + a12 * first.a22,
      a21 * first.a11 + a22 * first.a21, a21 * first.a12 + a22 * first.a22, tx: t.x, ty: t.y)
  }

  /// The map that undoes this one: p ↦ A⁻¹ (p − t).
  public var inverse: AffineMap {
    let d = a11 * a22 - a12 * a21
    let (b11, b12, b21, b22) = (a22 / d, -a12 / d, -a21 / d, a11 / d)
    return AffineMap(b11, b12, b21, b22, tx: -(b11 * tx + b12 * ty), ty: -(b21 * tx + b22 * ty))
  }

  /// Whether the map shifts all pixels by the same whole number of pixels.
  var isWholeShift: Bool {
    (a11, a12, a21, a22) == (1, 0, 0, 1) && tx == tx.rounded() && ty == ty.rounded()
  }

  /// The image of a point.
  public func callAsFunction(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
    (a11 * x + a12 * y + tx, a21 * x + a22 * y + ty)
  }
}

/// Images moved by one affine map each: the new pixel at p is the old image at A⁻¹ (p − t), interpolated bilinearly.
/// § 3.7.1
///
/// At the fractions u to the right and v down between four pixels the value is
/// (1 − v) ((1 − u) p₀₀ + u p₀₁) + v ((1 − u) p₁₀ + u p₁₁). Outside its border an image is 0.
/// Linear in the images, and differentiable. [N×C×H×W]
public func transformed(_ images: Tensor, by maps: [AffineMap]) -> Tensor {
  require(
    images.rank == 4 && images.shape[0] == maps.count,
    "cannot move images \(images.shape) by \(maps.count) maps: [\(maps.count)×C×H×W] is needed")
  if maps.allSatisfy(\.isWholeShift) { return shifted(images, by: maps) }
  let (N, C, H, W) = (images.shape[0], images.shape[1], images.shape[2], images.shape[3])
  let pixels = framed(images, by: 1).permuted([0, 2, 3, 1]).reshaped([N * (H + 2) * (W + 2), C])
  let (x, y) = sources(maps.map(\.inverse), height: H, width: W)
  let (left, top) = (cells(x, count: W), cells(y, count: H))
  let places = left.indices.map { k in (k / (H * W) * (H + 2) + top[k] + 1) * (W + 2) + left[k] + 1 }
  func corner(_ down: Int, _ right: Int) -> Tensor {
    pixels.sliced(down * (W + 2) + right..<pixels.shape[0], axis: 0).gathered(places)  // [NHW×C]
  }
  func share(_ coordinate: Tensor, _ cells: [Int]) -> Tensor {
    let cells = Tensor(cells.map(Double.init), shape: coordinate.shape, scalarType: .double)
    return (coordinate - cells).converted(to: images.scalarType).reshaped([N * H * W, 1])
  }
  let (u, v) = (share(x, left), share(y, top))
  let values = (1 - v) * ((1 - u) * corner(0, 0) + u * corner(0, 1)) + v * ((1 - u) * corner(1, 0) + u * corner(1, 1))
  return values.reshaped([N, H, W, C]).permuted([0, 3, 1, 2])
}

/// Images shifted by whole pixels, without interpolation: windows of padded images.
private func shifted(_ images: Tensor, by maps: [AffineMap]) -> Tensor {
  let (H, W) = (images.shape[2], images.shape[3])
  func whole(_ shift: Double, _ limit: Int) -> Int { Int(max(-Double(limit), min(shift, Double(limit)))) }
  let shifts = maps.map { (down: whole($0.ty, H), right: whole($0.tx, W)) }
  let m = shifts.map { max(abs($0.down), abs($0.right)) }.max() ?? 0
  return cropped(framed(images, by: m), size: (H, W), corners: shifts.map { (m - $0.down, m - $0.right) })
}

/// Where each new pixel comes from, in columns and rows of the old image, clamped to one pixel outside it.
private func sources(_ inverses: [AffineMap], height H: Int, width W: Int) -> (x: Tensor, y: Tensor) {
  let (centerX, centerY) = (Double(W - 1) / 2, Double(H - 1) / 2)
  let x = Tensor.range(0..<W, scalarType: .double) - centerX
  let y = (Tensor.range(0..<H, scalarType: .double) - centerY).expanded(axis: 1)
  func each(_ number: (AffineMap) -> Double) -> Tensor {
    Tensor(inverses.map(number), shape: [inverses.count, 1, 1], scalarType: .double)
  }
  return (
    (each(\.a11) * x + each(\.a12) * y + each(\.tx) + centerX).clamped(to: -1...Double(W)),
    (each(\.a21) * x + each(\.a22) * y + each(\.ty) + centerY).clamped(to: -1...Double(H))
  )
}

/// The pixel before each coordinate, from −1 (just outside) to the last.
private func cells(_ coordinates: Tensor, count: Int) -> [Int] {
  coordinates.scalars.map { min(Int($0.rounded(.down)), count - 1) }
}
