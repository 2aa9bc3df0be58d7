// Fused operations: one kernel for the value, one for all derivatives of first order, and the plain definition for the rest.

extension Tensor {
  /// The result of an operation that a kernel has computed, with its derivatives.
  ///
  /// - Parameters:
  ///   - inputs: What the operation was applied to.
  ///   - value: The result.
  ///   - operation: The function that computes it.
  ///   - definition: The same operation in plain tensor operations. When somebody differentiates a derivative, this is what is
  ///     differentiated, so that no kernel needs a derivative of second order; and the tests hold the kernels to it.
  ///   - pullback: From the cotangent g of the result to the cotangents of those inputs that are wanted, by kernels.
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
