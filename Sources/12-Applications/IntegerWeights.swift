// § 12.8  Quantization: weights as small integers

import Messages
import Tensors

/// A weight matrix as integers of k bits with a step: W ≈ Δ q with q = round(W/Δ). § 12.8
///
/// The integers are from −m to m, with m = 2^(k−1) − 1, and Δ = max|W| / m. So no weight is cut off, and the error of
/// each is at most Δ/2. The step is the same for the whole matrix, or each row has its own: the rows are neurons, whose
/// weights may be of different sizes. Jacob et al. (2018)
public struct IntegerWeights: Sendable {
  /// How many weights share a step.
  public enum Sharing: String, Sendable, CaseIterable {
    case matrix, row
  }

  /// The number k of bits.
  public let bits: Int
  /// The integers q, row after row.
  public let integers: [Int8]
  /// The step Δ of each row; one number if all rows share it.
  public let steps: [Double]
  /// The shape and the scalar type of the matrix.
  public let shape: Shape, scalarType: ScalarType

  /// A matrix rounded to k bits, 2 to 8. A row of zeros has the step 0. [m×n]
  public init(_ W: Tensor, bits k: Int, sharing: Sharing = .matrix) {
    require(
      (2...8).contains(k) && W.rank == 2 && W.count > 0,
      "cannot round weights \(W.shape) to \(k) bits: a matrix and 2 to 8 bits are needed")
    (bits, shape, scalarType) = (k, W.shape, W.scalarType)
    let m = Double(Self.largest(bits: k))
    let width = sharing == .row ? W.shape[1] : W.count
    let scalars = W.scalars
    let lines = stride(from: 0, to: W.count, by: width).map { scalars[$0..<$0 + width] }
    let steps = lines.map { line in line.reduce(0) { max($0, abs($1)) } / m }
    require(scalars.allSatisfy(\.isFinite), "cannot round weights to \(k) bits: some are infinite or NaN")
    integers = zip(lines, steps).flatMap { line, Δ in line.map { Δ > 0 ? Int8(($0 / Δ).rounded()) : 0 } }
    self.steps = steps
  }

  /// The largest integer of k bits that has a negative counterpart: 2^(k−1) − 1.
  public static func largest(bits k: Int) -> Int { (1 << (k - 1)) - 1 }

  /// The matrix Δ q. [m×n]
  public var matrix: Tensor {
    let width = integers.count / steps.count
    return Tensor(
      integers.enumerated().map { steps[$0 / width] * Double($1) }, shape: shape, scalarType: scalarType)
  }

  /// x Wᵀ with the product of the integers first and the steps after it. [N×n] → [N×m]
  ///
  /// Each output is a sum over one row, so it is multiplied by one step: Δᵢ Σⱼ qᵢⱼ xⱼ.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let q = Tensor(integers.map(Double.init), shape: shape, scalarType: x.scalarType)
    return matmul(x, q.transposed) * Tensor(steps, scalarType: x.scalarType)
  }

  /// The bytes of the integers when they are stored without gaps, and of the steps as Float.
  public var byteCount: Int { (integers.count * bits + 7) / 8 + 4 * steps.count }
}

extension Parameterized {
  /// A copy in which every weight matrix is replaced by one of k bits; vectors, such as biases, stay as they are.
  /// § 12.8
  public func quantized(bits k: Int, sharing: IntegerWeights.Sharing = .matrix) -> Self {
    mapParameters { $0.rank == 2 ? IntegerWeights($0, bits: k, sharing: sharing).matrix : $0 }
  }

  /// The bytes of a model whose weight matrices have k bits and all other parameters 32.
  public func byteCount(bits k: Int, sharing: IntegerWeights.Sharing = .matrix) -> Int {
    parameters.reduce(0) {
      $0 + ($1.rank == 2 ? IntegerWeights($1, bits: k, sharing: sharing).byteCount : 4 * $1.count)
    }
  }
}
