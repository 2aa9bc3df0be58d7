// Elementary functions as types. The compiler inlines the function of a type into its loop; a closure as long as these it calls
// for every vector, and then hands 64 bytes over in four pieces each way and loads every coefficient anew.

/// A function of every lane. Those that networks use as activation functions are in `ActivationLanes`, with their derivatives.
protocol VectorFunction: Sendable {
  /// f(x)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V
}

struct Exponential: VectorFunction {
  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V { V.exp(x) }
}

struct Logarithm: VectorFunction {
  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V { V.log(x) }
}

struct Softplus: VectorFunction {
  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V { V.softplus(x) }
}

struct ErrorFunction: VectorFunction {
  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V { V.erf(x) }
}

struct Sine: VectorFunction {
  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V { V.sin(x) }
}

struct Cosine: VectorFunction {
  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V { V.cos(x) }
}

struct Power: VectorFunction {
  let exponent: Double

  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V { V.power(x, exponent) }
}

struct Affine: VectorFunction {
  let scale, shift: Double

  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V {
    V(repeating: V.Scalar(shift)).addingProduct(V(repeating: V.Scalar(scale)), x)
  }
}

struct Clamp: VectorFunction {
  let lower, upper: Double

  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V { x.limited(from: V.Scalar(lower), to: V.Scalar(upper)) }
}

/// y = f(x) in a range of places. Never inlined: in a function of its own each loop keeps its coefficients in registers.
@inline(never)
func loop<F: VectorFunction, V: KernelLanes>(
  _: V.Type, _ f: F, _ x: UnsafePointer<V.Scalar>, _ y: UnsafeMutablePointer<V.Scalar>, _ range: Range<Int>
) {
  var i = range.lowerBound
  while i + V.scalarCount <= range.upperBound {
    f(V(at: x + i)).store(to: y + i)
    i += V.scalarCount
  }
  if i < range.upperBound { f(V(at: x + i)).store(to: y + i, atMost: range.upperBound - i) }
}
