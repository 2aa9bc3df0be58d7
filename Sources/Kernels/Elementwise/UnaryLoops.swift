// The loops behind `map`: one switch for the whole range, then a loop made for the function.
//
// Functions called from other files are written for both scalar types; generic functions stay private. In debug builds
// the compiler keeps everything that is not private, with generic functions for all types at once: they took a quarter
// of the kernels' build time.

/// y[i] = f(x[i]) in a range of positions in arrays of one type.
func map(
  _ f: UnaryFunction, _ type: ScalarType, _ x: UnsafeRawPointer, _ y: UnsafeMutableRawPointer, _ range: Range<Int>
) {
  switch type {
  case .float: map(f, SIMD16<Float>.self, x, y, range)
  case .double: map(f, SIMD8<Double>.self, x, y, range)
  }
}

private func map<V: KernelLanes>(
  _ f: UnaryFunction, _: V.Type, _ x: UnsafeRawPointer, _ y: UnsafeMutableRawPointer, _ range: Range<Int>
) {
  let type = V.Scalar.scalarType
  let (from, to) = (x, y)
  let (x, y) = (x.assumingMemoryBound(to: V.Scalar.self), y.assumingMemoryBound(to: V.Scalar.self))
  switch f {
  case .negate: loop(V.self, x, y, range) { $0.negated }
  case .absolute: loop(V.self, x, y, range) { $0.magnitude }
  case .sign:
    loop(V.self, x, y, range) { x in
      V.choose(V.zero .< x, V.one, V.choose(x .< V.zero, -V.one, V.choose(x .== V.zero, V.zero, x)))
    }
  case .square: loop(V.self, x, y, range) { $0 * $0 }
  case .squareRoot: loop(V.self, x, y, range) { $0.squareRoot() }
  case .reciprocal: loop(V.self, x, y, range) { V.one / $0 }
  case .exp: loop(V.self, Exponential(), x, y, range)
  case .log: loop(V.self, Logarithm(), x, y, range)
  case .log1p: loop(V.self, LogarithmOfOnePlus(), x, y, range)
  case .expm1: loop(V.self, ExponentialMinusOne(), x, y, range)
  case .tanh: activate(.tanh, type, from, to, range)
  case .sigmoid: activate(.sigmoid, type, from, to, range)
  case .softplus: loop(V.self, Softplus(), x, y, range)
  case .erf: loop(V.self, ErrorFunction(), x, y, range)
  case .sin: loop(V.self, Sine(), x, y, range)
  case .cos: loop(V.self, Cosine(), x, y, range)
  case .affine(let scale, let shift): loop(V.self, Affine(scale: scale, shift: shift), x, y, range)
  case .power(let exponent): power(exponent, V.self, x, y, range)
  case .clamp(let lower, let upper): loop(V.self, Clamp(lower: lower, upper: upper), x, y, range)
  }
}

/// x to a constant power; the exponents that networks use need no logarithm.
private func power<V: KernelLanes>(
  _ exponent: Double, _: V.Type, _ x: UnsafePointer<V.Scalar>, _ y: UnsafeMutablePointer<V.Scalar>, _ range: Range<Int>
) {
  switch exponent {
  case 2: loop(V.self, x, y, range) { $0 * $0 }
  case 3: loop(V.self, x, y, range) { $0 * $0 * $0 }
  case 4: loop(V.self, x, y, range) { ($0 * $0) * ($0 * $0) }
  case 1: loop(V.self, x, y, range) { $0 }
  case 0.5: loop(V.self, x, y, range) { $0.squareRoot() }
  case -0.5: loop(V.self, x, y, range) { V.one / $0.squareRoot() }
  case -1: loop(V.self, x, y, range) { V.one / $0 }
  case -2:
    loop(V.self, x, y, range) { x in
      let reciprocal = V.one / x  // its square may be representable where that of x is not
      return reciprocal * reciprocal
    }
  default: loop(V.self, Power(exponent: exponent), x, y, range)
  }
}

/// y = f(x) in a range of positions. Never inlined: the compiler makes a copy for each function, with the function part
/// of the loop. The last load may reach into the buffer's padding. The last store may not: numbers of another thread
/// may follow.
@inline(never)
private func loop<V: KernelLanes>(
  _: V.Type, _ x: UnsafePointer<V.Scalar>, _ y: UnsafeMutablePointer<V.Scalar>, _ range: Range<Int>, _ f: (V) -> V
) {
  for i in stride(from: range.lowerBound, to: range.upperBound, by: V.scalarCount) {
    f(V(at: x + i)).store(to: y + i, atMost: range.upperBound - i)
  }
}

// MARK: - Functions without derivatives of their own

private struct Exponential: VectorFunction {
  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V { V.exp(x) }
}

private struct Logarithm: VectorFunction {
  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V { V.log(x) }
}

private struct LogarithmOfOnePlus: VectorFunction {
  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V { V.log1p(x) }
}

private struct ExponentialMinusOne: VectorFunction {
  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V { V.expm1(x) }
}

private struct Softplus: VectorFunction {
  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V { V.softplus(x) }
}

private struct ErrorFunction: VectorFunction {
  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V { V.erf(x) }
}

private struct Sine: VectorFunction {
  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V { V.sin(x) }
}

private struct Cosine: VectorFunction {
  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V { V.cos(x) }
}

private struct Power: VectorFunction {
  let exponent: Double

  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V { V.power(x, exponent) }
}

private struct Affine: VectorFunction {
  let scale, shift: Double

  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V {
    V(repeating: V.Scalar(shift)).addingProduct(V(repeating: V.Scalar(scale)), x)
  }
}

private struct Clamp: VectorFunction {
  let lower, upper: Double

  @inline(__always)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V { x.limited(from: V.Scalar(lower), to: V.Scalar(upper)) }
}
