// Elementary functions as types. The compiler inlines the function of a type into its loop; a closure as long as these it calls
// for every vector, and then hands 64 bytes over in four pieces each way and loads every coefficient anew.

/// A function of every lane. Those that networks use as activation functions are in `ActivationLanes`, with their derivatives.
protocol VectorFunction: Sendable {
  /// f(x)
  func callAsFunction<V: KernelLanes>(_ x: V) -> V
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
