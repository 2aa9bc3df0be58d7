// § 7.3  Positions

import Messages
import Tensors

/// The sinusoidal code of n positions: PE(pos, 2i) = sin(pos ωᵢ) (7.4), PE(pos, 2i+1) = cos(pos ωᵢ) (7.5), with
/// ωᵢ = 10000^(−2i/d). Definition 7.3 → [n×d]
///
/// Positions are counted from 0, and so are the pairs i = 0, …, d/2 − 1. d must be even.
public func sinusoidalPositions(_ n: Int, _ d: Int, scalarType: ScalarType = .float) -> Tensor {
  require(
    n >= 1 && d >= 2 && d.isMultiple(of: 2),
    "cannot encode \(n) positions in vectors of dimension \(d): at least 1 position and an even dimension are needed")
  let angles = Tensor.range(0..<n, scalarType: .double).expanded(axis: 1) * frequencies(d)  // [n×d/2]
  return Tensor.stacked([angles.sin(), angles.cos()], axis: 2).reshaped([n, d]).converted(to: scalarType)
}

/// ωᵢ = 10000^(−2i/d), the angle by which pair i turns from one position to the next. → [d/2]
func frequencies(_ d: Int, base: Double = 10_000) -> Tensor {
  let exponents = (0..<d / 2).map { -2 * Double($0) / Double(d) }
  return Tensor(base, scalarType: .double).power(Tensor(exponents, shape: [d / 2], scalarType: .double))
}

/// The wavelengths 2π/ωᵢ: the number of positions that pair i takes for a full turn, from 2π to
/// 2π · 10000^(1 − 2/d). → [d/2]
public func wavelengths(_ d: Int) -> Tensor { 2 * Double.pi / frequencies(d) }

/// M_k: the matrix that shifts every position by k, PE(pos + k) = M_k PE(pos). Theorem 7.4, (7.6) → [d×d]
///
/// Pair i is turned by the angle ωᵢ k (7.7), so M_k is block diagonal and orthogonal, and M_a M_b = M_{a+b}. In the
/// plane of (sin, cos) the turn is clockwise, by −ωᵢ k, for k > 0. k may be negative.
public func shiftMatrix(by k: Int, _ d: Int) -> Tensor {
  let angles = (Double(k) * frequencies(d)).scalars
  var M = Tensor.zeros([d, d], scalarType: .double)
  for (i, angle) in angles.enumerated() {
    let turn = Tensor(angle, scalarType: .double)
    let (sine, cosine) = (turn.sin(), turn.cos())
    M[2 * i, 2 * i] = cosine
    M[2 * i, 2 * i + 1] = sine
    M[2 * i + 1, 2 * i] = -sine
    M[2 * i + 1, 2 * i + 1] = cosine
  }
  return M
}

/// The codes of a grid of H rows and W columns, row by row: the first d/2 numbers are the sinusoidal code of the row,
/// and the others that of the column. § 7.3 → [HW×d]
///
/// For the patches of an image. d must be a multiple of 4. Lehaut, *How Does It Work?*, § 3.4
public func gridPositions(rows H: Int, columns W: Int, _ d: Int, scalarType: ScalarType = .float) -> Tensor {
  require(
    H >= 1 && W >= 1 && d >= 4 && d.isMultiple(of: 4),
    "cannot encode \(H) rows and \(W) columns in vectors of dimension \(d): at least 1 of each and a multiple of 4 are "
      + "needed")
  let rows = sinusoidalPositions(H, d / 2, scalarType: scalarType).expanded(axis: 1).broadcast(to: [H, W, d / 2])
  let columns = sinusoidalPositions(W, d / 2, scalarType: scalarType).broadcast(to: [H, W, d / 2])
  return Tensor.concatenated([rows, columns], axis: 2).reshaped([H * W, d])
}

/// The row and the column whose codes are most similar to a vector, half by half: the inverse of `gridPositions`.
/// [d] → row, column
public func gridPlace(of code: Tensor, rows H: Int, columns W: Int) -> (row: Int, column: Int) {
  let half = code.count / 2
  func place(_ part: Range<Int>, _ n: Int) -> Int {
    let similarities = matmul(sinusoidalPositions(n, half, scalarType: code.scalarType), code[part].expanded(axis: 1))
    return similarities.squeezed(axis: 1).argmax()[0]
  }
  return (place(0..<half, H), place(half..<2 * half, W))
}
