import Checking
import Kernels
import Tensors
import Testing

/// The loops over the rows of a tensor in the tests below.
private enum Loop: CaseIterable {
  case slices, overlapping, gathers, assignments, recurrence, split, mixed, stacked

  /// A number that depends on all rows of x. [T×d]
  func callAsFunction(_ x: Tensor) -> Tensor {
    let T = x.shape[0]
    var sum = Tensor(0, scalarType: x.scalarType)
    switch self {
    case .slices: for t in 0..<T { sum += f(x[t], t).sum() }
    case .overlapping: for t in 1..<T { sum += f(x.sliced(t - 1..<T, axis: 0, by: 2), t).sum() }
    case .gathers: for t in 0..<T { sum += f(x.gathered([t, 3 * t % T, t]), t).sum() }
    case .split: for (t, row) in x.split(Array(repeating: 1, count: T), axis: 0).enumerated() { sum += f(row, t).sum() }
    case .stacked: sum = Tensor.stacked((0..<T).map { f(x[$0], $0) }, axis: 1).squared().sum()
    case .mixed:
      for t in 0..<T {
        sum += f(x[t], t).sum() * (x * x).mean()
        sum += x.gathered([t]).squared().sum()
      }
    case .assignments:
      var y = x.squared()
      for t in 0..<T where t != 1 { y[t] = f(x[T - 1 - t], t) }
      y[T - 1] = y[1]
      sum = (y * weights(like: x)).sum()
    case .recurrence:
      var y = 0.5 * x
      for t in 1..<T { y[t] = f(y[t - 1] + x[t], t) }
      sum = y.squared().sum()
    }
    return sum
  }

  /// The same number without parts of x: row t is the product of x and a unit vector.
  func definition(_ x: Tensor) -> Tensor {
    let T = x.shape[0]
    let units = Tensor.identity(T, scalarType: x.scalarType).split(Array(repeating: 1, count: T), axis: 0)
    let rows = units.map { matmul($0, x).reshaped([x.shape[1]]) }
    var sum = Tensor(0, scalarType: x.scalarType)
    switch self {
    case .slices, .split: for t in 0..<T { sum += f(rows[t], t).sum() }
    case .overlapping: for t in 1..<T { for s in stride(from: t - 1, to: T, by: 2) { sum += f(rows[s], t).sum() } }
    case .gathers: for t in 0..<T { for s in [t, 3 * t % T, t] { sum += f(rows[s], t).sum() } }
    case .stacked: for t in 0..<T { sum += f(rows[t], t).squared().sum() }
    case .mixed:
      for t in 0..<T {
        sum += f(rows[t], t).sum() * (x * x).mean()
        sum += rows[t].squared().sum()
      }
    case .assignments:
      var y = (0..<T).map { $0 == 1 ? rows[1].squared() : f(rows[T - 1 - $0], $0) }
      y[T - 1] = y[1]
      sum = (Tensor.stacked(y, axis: 0) * weights(like: x)).sum()
    case .recurrence:
      var y = [0.5 * rows[0]]
      for t in 1..<T { y.append(f(y[t - 1] + rows[t], t)) }
      sum = Tensor.stacked(y, axis: 0).squared().sum()
    }
    return sum
  }

  /// The operation on a row in step t.
  private func f(_ row: Tensor, _ t: Int) -> Tensor {
    let scale = 0.1 * Double(t + 1)
    return (scale * row).sin()
  }

  private func weights(like x: Tensor) -> Tensor { spread(x.shape, offset: 9).converted(to: x.scalarType) }
}

@Suite("Derivatives through parts")
struct PartsTests {
  @Test("loops over parts have the derivatives of first and second order of their definition", arguments: Loop.allCases)
  fileprivate func orders(_ loop: Loop) {
    for (type, tolerance) in [(ScalarType.double, 1e-13), (.float, 1e-5)] {
      let x = spread([5, 3]).converted(to: type)
      expectClose(loop(x), loop.definition(x), tolerance: tolerance, scale: 1)
      expectClose(gradient(at: x) { loop($0) }, gradient(at: x) { loop.definition($0) }, tolerance: tolerance, scale: 1)
      expectClose(
        hessian(at: x) { loop($0) }, hessian(at: x) { loop.definition($0) }, tolerance: tolerance, scale: 1)
    }
  }

  @Test("loops over parts have the derivatives of third and fourth order of differences", arguments: Loop.allCases)
  fileprivate func higherOrders(_ loop: Loop) {
    expectGradient(at: spread([4, 2]), order: 2, tolerance: 1e-6) { x in
      let direction = spread([4, 2], offset: 5)
      return gradient(at: x) { (gradient(at: $0) { loop($0) } * direction).sum() }.sin().sum()
    }
  }

  @Test("the gradient is the same to the bit with one thread and with all", arguments: Loop.allCases)
  fileprivate func threads(_ loop: Loop) {
    let x = RandomSource(seed: 1).normal([6, 40_000])
    let all = gradient(at: x) { loop($0) }
    #expect(ThreadLimit.$current.withValue(1) { gradient(at: x) { loop($0) } } == all)
  }

  // Memory is counted in separate processes, where no other test allocates. A whole is large, a row is not.

  @Test("a gradient through many parts allocates as many wholes as one through few: slices, gathers, assignments")
  func first() async {
    await #expect(processExitsWith: .success) {
      for loop in [Loop.slices, .gathers, .assignments, .recurrence, .split] {
        let (few, many) = (wholes(8, loop), wholes(64, loop))
        #expect(many <= few && few >= 1, "\(loop): \(few) for 8 rows, \(many) for 64")
      }
    }
  }

  @Test("a second derivative through many parts allocates as many wholes as one through few")
  func second() async {
    await #expect(processExitsWith: .success) {
      for loop in [Loop.slices, .gathers, .split] {
        let (few, many) = (wholes(8, loop, order: 2), wholes(64, loop, order: 2))
        #expect(many <= few && few >= 1, "\(loop): \(few) for 8 rows, \(many) for 64")
      }
    }
  }
}

/// The number of buffers of the size of the whole, 512 kB in `rows` rows, that a derivative allocates in both passes.
private func wholes(_ rows: Int, _ loop: Loop, order: Int = 1) -> Int {
  let x = Tensor.ones([rows, (1 << 17) / rows])
  let before = Buffer.bytesOfLargeBuffers
  _ = gradient(at: x) { x in order == 1 ? loop(x) : gradient(at: x) { loop($0) }.squared().sum() }
  return (Buffer.bytesOfLargeBuffers - before) >> 19
}
