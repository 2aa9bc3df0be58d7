// Fused operations: one kernel for the value, one for all first derivatives, and the plain definition for higher ones.

extension Tensor {
  /// The result of an operation that a kernel has computed, with its derivatives.
  ///
  /// - Parameters:
  ///   - inputs: The inputs of the operation.
  ///   - value: The result.
  ///   - operation: The function that computes it.
  ///   - definition: The same operation in plain tensor operations. It is differentiated when a derivative is
  ///     differentiated, so that no kernel needs a second derivative. Tests compare the kernels with it.
  ///   - pullback: Computes, by kernels, the cotangents of the wanted inputs from the cotangent g of the result.
  static func fused(
    _ inputs: [Tensor], value: Tensor, operation: StaticString = #function,
    definition: @escaping @Sendable ([Tensor]) -> Tensor, pullback: @escaping JointRule
  ) -> Tensor {
    value.recorded(jointly: inputs, operation: operation) { g, isWanted in
      if Recording.current == nil { return pullback(g, isWanted) }
      return valueWithPullback(at: inputs, of: definition).pullback(g)
    }
  }
}
