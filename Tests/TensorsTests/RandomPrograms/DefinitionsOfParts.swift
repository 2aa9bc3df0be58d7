import Tensors

// The table of random programs: parts of tensors and tensors of parts, and products of matrices.

extension Definition {
  static let parts: [Definition] = [
    Definition(name: "part", labels: ["place"]) { x, numbers in
      x[0][numbers[0] % x[0].shape[0] - (numbers[0] < 4 ? 0 : x[0].shape[0])]
    } plain: { x, numbers in
      rowRange(x[0], numbers[0]).map { Grid(Array(x[0].shape[1...]), Array(x[0].values[$0])) }
    },
    Definition(name: "with part", labels: ["place"], partners: { first, _, _ in [Array(first.dropFirst())] }) {
      x, numbers in
      var result = x[0]
      result[numbers[0] % x[0].shape[0]] = x[1]
      return result
    } plain: { x, numbers in
      guard let row = rowRange(x[0], numbers[0]), x[1].shape == Array(x[0].shape[1...]) else { return nil }
      var result = x[0]
      result.values.replaceSubrange(row, with: x[1].values)
      return result
    },
    Definition(name: "picked", labels: ["i", "j"]) { x, numbers in
      x[0].picked((0..<x[0].shape[0]).map { numbers[$0 % 2] % x[0].shape[1] })
    } plain: { x, numbers in
      guard x[0].rank == 2, x[0].shape[1] > 0 else { return nil }
      return Grid([x[0].shape[0]]) { x[0][[$0[0], numbers[$0[0] % 2] % x[0].shape[1]]] }
    },
    Definition(name: "concatenated", labels: ["axis"], partners: joinable) { x, numbers in
      .concatenated(x, axis: signedAxis(numbers[0], x[0].rank))
    } plain: { x, numbers in
      unsignedAxis(numbers[0], x[0].rank).flatMap { .concatenated(x, axis: $0) }
    },
    Definition(name: "stacked", labels: ["axis"], partners: { first, _, _ in [first] }) { x, numbers in
      .stacked(x, axis: numbers[0] % (x[0].rank + 1))
    } plain: { x, numbers in
      guard x[0].shape == x[1].shape else { return nil }
      let axis = numbers[0] % (x[0].rank + 1)
      var shape = x[0].shape
      shape.insert(1, at: axis)
      return .concatenated(x.map { Grid(shape, $0.values) }, axis: axis)
    },
    Definition(name: "summed to the shape of", partners: { first, _, source in [narrower(first, source)] }) { x, _ in
      x[0].summed(to: x[1].shape) * x[1]
    } plain: { x, _ in
      guard Grid.common(x.map(\.shape)) == x[0].shape, x[1].rank <= x[0].rank else { return nil }
      let added = x[0].rank - x[1].rank
      let axes = x[0].shape.indices.filter { $0 < added || x[1].shape[$0 - added] == 1 }
      return x[0].reduced(over: axes, keeping: true) { $0.reduce(0, +) }.reshaped(x[1].shape)
        .flatMap { .combine($0, x[1]) { $0 * $1 } }
    },
  ]

  static let products: [Definition] = [
    Definition(name: "matmul", partners: { first, _, source in [factor(of: first, source)] }) { x, _ in
      matmul(x[0], x[1])
    } plain: { x, _ in
      .product(x[0], x[1])
    },
    Definition(name: "matmul with its transpose") { x, _ in
      matmul(x[0], x[0].transposed)
    } plain: { x, _ in
      guard x[0].rank >= 2 else { return nil }
      return .product(x[0], x[0].permuted(Array(0..<x[0].rank - 2) + [x[0].rank - 1, x[0].rank - 2]))
    },
    Definition(
      name: "matmul plus bias, then", labels: ["columns", "f"],
      partners: { first, numbers, _ in
        [[first.last ?? 1, numbers[0]], [numbers[0]]]
      },
      roughness: Roughness(kind: .kink) { x, numbers in
        guard isKinked(function(numbers[1])), let z = affine(x) else { return .infinity }
        return z.values.map { abs($0) }.min() ?? .infinity
      }
    ) { x, numbers in
      matmul(x[0], x[1], plus: x[2], then: function(numbers[1]))
    } plain: { x, numbers in
      affine(x)?.map { value(function(numbers[1]), $0) }
    },
    Definition(name: "scaledDotProductAttention", labels: ["keys − 1", "width − 1", "causal"], partners: keysAndValues)
    {
      x, numbers in
      scaledDotProductAttention(x[0], x[1], x[2], isCausal: numbers[2] % 2 == 1)
    } plain: { x, numbers in
      attention(x[0], x[1], x[2], isCausal: numbers[2] % 2 == 1)
    },
  ]

  // MARK: - Definitions

  /// The range of the elements at one place of the first axis.
  private static func rowRange(_ x: Grid, _ number: Int) -> Range<Int>? {
    guard let length = x.shape.first, length > 0 else { return nil }
    let (i, size) = (number % length, x.values.count / length)
    return i * size..<(i + 1) * size
  }

  private static func affine(_ x: [Grid]) -> Grid? {
    guard x[0].rank >= 1, x[1].rank == 2, x[2].shape == [x[1].shape[1]] else { return nil }
    return Grid.product(x[0], x[1]).flatMap { .combine($0, x[2]) { $0 + $1 } }
  }

  private static func function(_ number: Int) -> Activation {
    activationFunctions[number % activationFunctions.count]
  }

  /// Σⱼ softmax(qᵢ · kⱼ / √d + maskᵢⱼ)ⱼ vⱼ, over the keys that query i may see; each query must see one. [n×m] for mask
  static func attention(_ q: Grid, _ k: Grid, _ v: Grid, isCausal: Bool, mask: Grid? = nil) -> Grid? {
    guard q.rank >= 2, k.rank == q.rank, v.rank == q.rank else { return nil }
    let (batch, n, d) = (Array(q.shape.dropLast(2)), q.shape[q.rank - 2], q.shape[q.rank - 1])
    let (m, e) = (k.shape[q.rank - 2], v.shape[q.rank - 1])
    guard d > 0, m > 0, k.shape == batch + [m, d], v.shape == batch + [m, e], !isCausal || m >= n,
      mask.map({ $0.shape == [n, m] }) != false
    else { return nil }
    return Grid(batch + [n, e]) { index in
      let (b, i, c) = (Array(index.dropLast(2)), index[index.count - 2], index[index.count - 1])
      let scores = (0..<(isCausal ? i + m - n + 1 : m)).map { j -> Double in
        let product: Double = (0..<d).reduce(0) { $0 + q[b + [i, $1]] * k[b + [j, $1]] }
        return product / Double(d).squareRoot() + (mask?[[i, j]] ?? 0)
      }
      let shares: [Double] = softmax(scores)
      return shares.indices.reduce(0) { $0 + shares[$1] * v[b + [$1, c]] }
    }
  }

  // MARK: - Shapes of the other operands

  private static let joinable: @Sendable ([Int], [Int], RandomSource) -> [[Int]] = { first, numbers, source in
    guard let axis = unsignedAxis(numbers[0], first.count) else { return [first] }
    var shape = first
    shape[axis] = source.integer(below: 4)
    return [shape]
  }

  private static func narrower(_ shape: [Int], _ source: RandomSource) -> [Int] {
    shape.dropFirst(source.integer(below: shape.count + 1)).map { source.bernoulli(0.6) ? $0 : 1 }
  }

  /// A vector, a matrix, or a batch of them whose axes broadcast with those of the first factor.
  private static func factor(of shape: [Int], _ source: RandomSource) -> [Int] {
    guard let inner = shape.last else { return [] }
    if source.bernoulli(0.2) { return [inner] }
    let matrix = [inner, 1 + source.integer(below: 5)]
    let batch = broadcastable(Array(shape.dropLast(2)), source)
    return source.bernoulli(0.5) ? matrix : batch.suffix(2) + matrix
  }

  static let keysAndValues: @Sendable ([Int], [Int], RandomSource) -> [[Int]] = { first, numbers, _ in
    let (batch, m) = (Array(first.dropLast(2)), 1 + numbers[0] % 5)
    return [batch + [m, first.last ?? 1], batch + [m, 1 + numbers[1] % 3]]
  }
}
