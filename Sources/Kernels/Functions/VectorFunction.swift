// Elementary functions as types. The compiler inlines the function of a type into its loop. A closure of this length
// would be called for every vector: its 64 bytes would be passed in four pieces each way, and every coefficient would
// be loaded again.

/// A function of every lane. The activation functions of networks are in `ActivationLanes`, with their derivatives.
protocol VectorFunction: Sendable {
  /// f(x)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V
}

/// y = f(x) in a range of positions. Never inlined, so that each loop keeps its coefficients in registers.
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
