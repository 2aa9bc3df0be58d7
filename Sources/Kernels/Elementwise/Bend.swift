// Activation functions inside other loops. Compiling a loop once for each of seven functions makes the build long:
// normalization alone took a third of the kernels' compile time that way. A loop therefore applies the cheap functions
// in registers, all by one formula. The costly ones follow in a loop of their own over numbers still in a cache; there
// the exponentials determine the speed.

/// A function that is one straight line up to 0 and the identity above: the identity itself, ReLU and leaky ReLU.
struct Bend<V: KernelLanes> {
  /// The largest number to which the slope applies.
  private let limit: V
  private let slope: V
  /// All bits, or none for ReLU: −∞ · 0 is NaN and a negative number times 0 is −0, but ReLU gives 0.
  private let kept: V.Bits

  /// The function itself, or the identity if it is not such a function: `Activation.apply` then does the rest.
  init(_ f: Activation) {
    let all = V.not(V.zero.bits)
    switch f {
    case .relu:  // −0 stays −0
      (limit, slope, kept) = (V(repeating: -V.Scalar.leastNonzeroMagnitude), V.zero, V.zero.bits)
    case .leakyReLU(let slope): (limit, self.slope, kept) = (V.zero, V(repeating: V.Scalar(slope)), all)
    default: (limit, slope, kept) = (V.zero, V.one, all)
    }
  }

  /// f(x)
  @inline(__always)
  func callAsFunction(_ x: V) -> V { V.choose(x .<= limit, V(bits: V.and((x * slope).bits, kept)), x) }

  /// f′(x); at the kink the left derivative.
  @inline(__always)
  func derivative(at x: V) -> V { V.choose(x .<= V.zero, slope, V.one) }
}

extension Activation {
  /// Whether `Bend` computes the whole function.
  var isBend: Bool {
    switch self {
    case .identity, .relu, .leakyReLU: true
    case .step, .square, .sigmoid, .tanh, .silu, .gelu, .geluByTanh: false
    }
  }

  /// y = f(y) for `count` adjacent numbers.
  func apply<V: KernelLanes>(_: V.Type, to y: UnsafeMutablePointer<V.Scalar>, count: Int) {
    activate(self, V.Scalar.scalarType, y, y, 0..<count)
  }

  /// z = g f′(z) for `count` adjacent numbers.
  func pullBack<V: KernelLanes>(
    _: V.Type, _ g: UnsafePointer<V.Scalar>, at z: UnsafeMutablePointer<V.Scalar>, count: Int
  ) {
    Kernels.pullBack(self, V.Scalar.scalarType, g, at: z, keepsValue: false, into: z, 0..<count)
  }
}
