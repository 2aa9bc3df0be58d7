import Checking
import Tensors
import Testing

/// The memory layout of an input, which must not affect an operation.
enum Layout: CaseIterable {
  case contiguous, transposed, sliced, flipped, broadcast

  /// A tensor whose `view` has the elements of `x` (its first slice only, for `broadcast`).
  func stored(_ x: Tensor) -> Tensor {
    if x.rank == 0 { return x }
    return switch self {
    case .contiguous: x
    case .transposed: x.permuted(Array((0..<x.rank).reversed()))
    case .sliced: Tensor.stacked([spread(x.shape, offset: 77), x], axis: -1).flattened(from: x.rank - 1)
    case .flipped: (0..<x.rank).reduce(x) { $0.flipped(axis: $1) }
    case .broadcast: x[0..<1]
    }
  }

  func view(_ stored: Tensor, as shape: Shape) -> Tensor {
    if shape.rank == 0 { return stored }
    return switch self {
    case .contiguous: stored
    case .transposed: stored.permuted(Array((0..<shape.rank).reversed()))
    case .sliced: stored.sliced(1..<stored.shape[-1], axis: -1, by: 2)
    case .flipped: (0..<shape.rank).reduce(stored) { $0.flipped(axis: $1) }
    case .broadcast: stored.broadcast(to: shape)
    }
  }
}

@Suite("Operations")
struct OperationsTests {
  @Test(
    "the derivatives of first and second order agree with differences, however the inputs lie", arguments: Operation.all
  )
  func derivatives(_ operation: Operation) {
    for layout in Layout.allCases {
      let name = "\(operation.testDescription), \(layout) inputs"
      let inputs = operation.inputs
      expectGradient(at: inputs.map(layout.stored), order: 2, name) { stored in
        let views = zip(stored, inputs).map { layout.view($0, as: $1.shape) }
        let y = operation.apply(views)
        // Nonlinear in y, so that linear operations have a second derivative too.
        return (spread(y.shape, offset: 5) * (y + y.squared())).sum()
      }
    }
  }

  @Test("the values do not depend on the inputs' memory layout", arguments: Operation.all)
  func layouts(_ operation: Operation) {
    for layout in Layout.allCases {
      let inputs = operation.inputs
      let views = inputs.map { layout.view(layout.stored($0), as: $0.shape) }
      let copies = views.map { Tensor($0.scalars, shape: $0.shape, scalarType: .double) }
      #expect(operation.apply(views) == operation.apply(copies), "\(layout) inputs")
    }
  }
}
