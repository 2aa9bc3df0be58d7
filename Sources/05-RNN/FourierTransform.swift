// § 5.10  The discrete Fourier transform, and convolution with it

import Messages
import Tensors

/// Complex numbers as two tensors of one shape.
public struct ComplexTensor: Sendable {
  /// The real parts.
  public var real: Tensor
  /// The imaginary parts.
  public var imaginary: Tensor

  /// The numbers real + i · imaginary.
  public init(_ real: Tensor, _ imaginary: Tensor) { (self.real, self.imaginary) = (real, imaginary) }

  /// Real numbers.
  public init(_ real: Tensor) { self.init(real, 0 * real) }

  /// z + w
  public static func + (z: ComplexTensor, w: ComplexTensor) -> ComplexTensor {
    ComplexTensor(z.real + w.real, z.imaginary + w.imaginary)
  }

  /// z − w
  public static func - (z: ComplexTensor, w: ComplexTensor) -> ComplexTensor {
    ComplexTensor(z.real - w.real, z.imaginary - w.imaginary)
  }

  /// z w, entry by entry.
  public static func * (z: ComplexTensor, w: ComplexTensor) -> ComplexTensor {
    ComplexTensor(
      z.real * w.real - z.imaginary * w.imaginary, z.real * w.imaginary + z.imaginary * w.real)
  }

  /// The same operation on both parts.
  func each(_ f: (Tensor) -> Tensor) -> ComplexTensor { ComplexTensor(f(real), f(imaginary)) }
}

/// The discrete Fourier transform along the last axis: X[k] = Σⱼ x[j] e^(−2πi jk/n), for n a power of 2.
///
/// Cooley and Tukey (1965): with the transforms E and O of the entries with even and with odd index, X[k] = E[k] + ωᵏ
/// O[k] and X[k + n/2] = E[k] − ωᵏ O[k], ω = e^(−2πi/n). That is log₂ n rounds of n/2 multiplications. Each round here
/// is a few operations on whole tensors, so the transform has derivatives of every order.
public func fourierTransform(_ x: ComplexTensor) -> ComplexTensor { transformed(x, sign: -1) }

/// The inverse transform along the last axis: x[j] = 1/n Σₖ X[k] e^(2πi jk/n).
public func inverseFourierTransform(_ X: ComplexTensor) -> ComplexTensor {
  transformed(X, sign: 1).each { $0 / Double(X.real.shape[-1]) }
}

private func transformed(_ x: ComplexTensor, sign: Double) -> ComplexTensor {
  let n = x.real.shape[-1]
  require(n > 0 && n & (n - 1) == 0, "cannot transform \(n) numbers: the length must be a power of 2; pad with zeros")
  let shape = x.real.shape
  return butterflies(x.each { $0.reshaped([shape.count / n, n]) }, sign).each { $0.reshaped(shape) }
}

/// The transform of every row. [m×n]
private func butterflies(_ x: ComplexTensor, _ sign: Double) -> ComplexTensor {
  let (m, n) = (x.real.shape[0], x.real.shape[1])
  if n == 1 { return x }
  let halves = x.each {
    Tensor.concatenated([$0.sliced(0..<n, axis: 1, by: 2), $0.sliced(1..<n, axis: 1, by: 2)], axis: 0)  // [2m×n/2]
  }
  let transforms = butterflies(halves, sign)
  let (E, O) = (transforms.each { $0[0..<m] }, transforms.each { $0[m..<2 * m] })
  let angles = sign * 2 * Double.pi / Double(n) * Tensor.range(0..<n / 2, scalarType: .double)
  let ω = ComplexTensor(angles.cos(), angles.sin()).each { $0.converted(to: x.real.scalarType) }
  let turned = ω * O
  let (first, second) = (E + turned, E - turned)
  return ComplexTensor(
    Tensor.concatenated([first.real, second.real], axis: 1),
    Tensor.concatenated([first.imaginary, second.imaginary], axis: 1))
}

/// The causal convolution along the last axis, y[t] = Σₖ K[k] x[t − k] for k = 0 … t, computed with Fourier transforms
/// in O(T log T).
///
/// Both are padded with zeros to a power of 2 from 2T on, so that the end does not wrap around to the beginning. Other
/// axes broadcast.
public func causalConvolution(_ x: Tensor, _ kernel: Tensor) -> Tensor {
  let T = x.shape[-1]
  require(
    kernel.shape[-1] == T, "cannot convolve \(x.shape) with a kernel of shape \(kernel.shape): it needs \(T) entries"
  )
  let n = powerOfTwo(from: 2 * T)
  func spectrum(_ x: Tensor) -> ComplexTensor {
    fourierTransform(ComplexTensor(x.padded(axis: -1, before: 0, after: n - T)))
  }
  return inverseFourierTransform(spectrum(x) * spectrum(kernel)).real.sliced(0..<T, axis: -1)
}

/// The smallest power of 2 that is at least `count`.
func powerOfTwo(from count: Int) -> Int {
  var n = 1
  while n < count { n *= 2 }
  return n
}
