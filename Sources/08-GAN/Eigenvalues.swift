// § 8.11  Eigenvalues of small general matrices, for Exercise 8.5

import Messages
import Tensors

/// A complex number.
public struct ComplexNumber: Equatable, Sendable {
  /// The real and the imaginary part.
  public var real, imaginary: Double

  /// The number real + i · imaginary.
  public init(_ real: Double, _ imaginary: Double = 0) { (self.real, self.imaginary) = (real, imaginary) }

  /// |z|.
  public var magnitude: Double {
    let largest = max(abs(real), abs(imaginary))
    if largest == 0 { return 0 }
    let (a, b) = (real / largest, imaginary / largest)
    return largest * (a * a + b * b).squareRoot()
  }

  /// The complex conjugate.
  public var conjugate: ComplexNumber { ComplexNumber(real, -imaginary) }

  /// z + w
  public static func + (z: ComplexNumber, w: ComplexNumber) -> ComplexNumber {
    ComplexNumber(z.real + w.real, z.imaginary + w.imaginary)
  }

  /// z − w
  public static func - (z: ComplexNumber, w: ComplexNumber) -> ComplexNumber {
    ComplexNumber(z.real - w.real, z.imaginary - w.imaginary)
  }

  /// z w
  public static func * (z: ComplexNumber, w: ComplexNumber) -> ComplexNumber {
    ComplexNumber(z.real * w.real - z.imaginary * w.imaginary, z.real * w.imaginary + z.imaginary * w.real)
  }

  /// c z
  public static func * (c: Double, z: ComplexNumber) -> ComplexNumber { ComplexNumber(c * z.real, c * z.imaginary) }

  /// The root with a real part of at least 0.
  var squareRoot: ComplexNumber {
    let r = magnitude
    let a = (max(0, r + real) / 2).squareRoot()
    let b = (max(0, r - real) / 2).squareRoot()
    return ComplexNumber(a, imaginary < 0 ? -b : b)
  }
}

/// The eigenvalues of a real square matrix, by ascending real part, conjugate pairs with the negative imaginary part
/// first. [n×n] → n
///
/// The QR iteration with Wilkinson's shifts, in complex arithmetic. It takes O(n⁴) and is meant for matrices of about
/// ten rows, such as the Jacobian of a small game. A multiple eigenvalue of a matrix that cannot be diagonalized is
/// accurate to only half of the digits, as with every method in this precision.
public func eigenvalues(_ A: Tensor) -> [ComplexNumber] {
  require(
    A.rank == 2 && A.shape[0] == A.shape[1] && A.count > 0 && A.scalars.allSatisfy(\.isFinite),
    "cannot take the eigenvalues of \(A.shape): a square matrix of finite numbers is needed")
  var iteration = QRIteration(A.scalars, A.shape[0])
  // Real parts that differ by rounding alone count as equal.
  let tolerance = 1e-9 * iteration.scale
  return iteration.eigenvalues.sorted { $0.real < $1.real }.reduce(into: [[ComplexNumber]]()) { groups, z in
    if let last = groups.last?.last, z.real - last.real <= tolerance {
      groups[groups.count - 1].append(z)
    } else {
      groups.append([z])
    }
  }.flatMap { $0.sorted { $0.imaginary < $1.imaginary } }
}

/// A matrix that is similar to the given one, and becomes triangular row by row from below.
private struct QRIteration {
  var a: [ComplexNumber]
  let n: Int
  /// The largest magnitude of an entry.
  let scale: Double

  init(_ scalars: [Double], _ n: Int) {
    (a, self.n) = (scalars.map { ComplexNumber($0) }, n)
    scale = scalars.reduce(0) { max($0, abs($1)) }
  }

  var eigenvalues: [ComplexNumber] {
    mutating get {
      var (size, steps) = (n, 0)
      while size > 1 {
        if beside(size - 1) <= Double.ulpOfOne * scale {
          (size, steps) = (size - 1, 0)
          continue
        }
        steps += 1
        require(steps <= 500, "cannot find the eigenvalues of a matrix [\(n)×\(n)]: no convergence after 500 steps")
        // Some matrices, such as cyclic permutations, are fixed points of the shifted iteration: push them away.
        let shift = steps % 11 == 10 ? ComplexNumber(0.7 * scale, 0.3 * scale) : wilkinsonShift(size)
        step(size, shift)
      }
      return (0..<n).map { a[$0 * n + $0] }
    }
  }

  /// The magnitudes left of the diagonal in a row, added up.
  private func beside(_ row: Int) -> Double { (0..<row).reduce(0) { $0 + a[row * n + $1].magnitude } }

  /// The eigenvalue of the last 2×2 block that is nearer to the last entry.
  private func wilkinsonShift(_ size: Int) -> ComplexNumber {
    let (i, j) = (size - 2, size - 1)
    let last = a[j * n + j]
    let half = 0.5 * (a[i * n + i] - last)
    let root = (half * half + a[i * n + j] * a[j * n + i]).squareRoot
    let (one, other) = (last + half + root, last + half - root)
    return (one - last).magnitude < (other - last).magnitude ? one : other
  }

  /// A − μ I = Q R, A ← R Q + μ I, on the first `size` rows and columns.
  private mutating func step(_ size: Int, _ μ: ComplexNumber) {
    for i in 0..<size { a[i * n + i] = a[i * n + i] - μ }
    var rotations: [(i: Int, j: Int, c: ComplexNumber, s: ComplexNumber)] = []
    for i in 0..<size {
      for j in i + 1..<max(size, i + 1) where a[j * n + i].magnitude > 0 {
        let (p, q) = (a[i * n + i], a[j * n + i])
        let r = ComplexNumber(p.magnitude, q.magnitude).magnitude
        let (c, s) = (1 / r * p, 1 / r * q)
        for k in i..<size {
          let (x, y) = (a[i * n + k], a[j * n + k])
          (a[i * n + k], a[j * n + k]) = (c.conjugate * x + s.conjugate * y, c * y - s * x)
        }
        rotations.append((i, j, c, s))
      }
    }
    for (i, j, c, s) in rotations {
      for k in 0..<size {
        let (x, y) = (a[k * n + i], a[k * n + j])
        (a[k * n + i], a[k * n + j]) = (c * x + s * y, c.conjugate * y - s.conjugate * x)
      }
    }
    for i in 0..<size { a[i * n + i] = a[i * n + i] + μ }
  }
}
