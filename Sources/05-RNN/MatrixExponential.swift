// § 5.10  The matrix exponential

import Messages
import Tensors

/// e^A = Σₖ Aᵏ/k! of a square matrix, by scaling and squaring.
///
/// A is halved s times until its largest column sum is at most ½, where 18 terms of the series are exact to rounding in
/// `Double`. Then e^A = (e^(A/2ˢ))^(2ˢ). Moler and Van Loan (2003).
public func matrixExponential(_ A: Tensor) -> Tensor {
  require(A.rank == 2 && A.shape[0] == A.shape[1], "cannot take the exponential of \(A.shape): a square is needed")
  var (halvings, size) = (0, A.abs().sum(axes: [0]).max().item)
  require(size.isFinite, "cannot take the exponential of a matrix with entries that are infinite or NaN")
  while size > 0.5 { (halvings, size) = (halvings + 1, size / 2) }
  let small = (0..<halvings).reduce(A) { A, _ in A / 2 }
  let I = Tensor.identity(A.shape[0], scalarType: A.scalarType)
  let series = (1...18).reversed().reduce(I) { sum, k in I + matmul(small, sum) / Double(k) }  // Horner
  return (0..<halvings).reduce(series) { power, _ in matmul(power, power) }
}
