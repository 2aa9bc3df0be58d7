import Tensors

// The second half of the table: operations that move elements, and products of matrices.

extension Operation {
  static let shaping = [
    Operation("reshaped", [[2, 3]]) { $0[0].reshaped([3, 2]) },
    Operation("flattened(from:)", [[2, 1, 3]]) { $0[0].flattened(from: 1) },
    Operation("permuted", [[2, 3, 2]]) { $0[0].permuted([2, 0, 1]) },
    Operation("transposed", [[2, 3]]) { $0[0].transposed },
    Operation("moved", [[2, 3, 2]]) { $0[0].moved(axis: 0, to: -1) },
    Operation("expanded(axis:)", [[2, 3]]) { $0[0].expanded(axis: -1) },
    Operation("squeezed", [[2, 1, 3]]) { $0[0].squeezed(axis: 1) },
    Operation("broadcast", [[3, 1]]) { $0[0].broadcast(to: [2, 3, 2]) },
    Operation("repeated", [[2, 3]]) { $0[0].repeated(2, axis: 0) },
    Operation("repeated along the last axis", [[2, 2]]) { $0[0].repeated(3, axis: -1) },
    Operation("flipped", [[2, 3]]) { $0[0].flipped(axis: 1) },
    Operation("sliced", [[3, 3]]) { $0[0].sliced(1..<3, axis: 0) },
    Operation("sliced with a step", [[2, 5]]) { $0[0].sliced(0..<4, axis: 1, by: 3) },
    Operation("padded", [[2, 3]]) { $0[0].padded(axis: 1, before: 1, after: 2, with: 0.7) },
    Operation("concatenated", [[2, 1], [2, 3]]) { .concatenated([$0[0], $0[1], $0[0]], axis: 1) },
    Operation("stacked", [[2, 3], [2, 3]]) { .stacked($0, axis: 1) },
    Operation("split", [[2, 5]]) {
      let parts = $0[0].split([2, 0, 3], axis: 1)
      return parts[0].sum(axes: [1], keepsAxes: true) * parts[2]
    },
  ]

  static let indexing = [
    Operation("gathered", [[3, 2]]) { $0[0].gathered([2, 0, 2]) },
    Operation("gathered along the last axis", [[2, 3]]) { $0[0].gathered([1, 1], axis: -1) },
    Operation("scatterAdded", [[3, 2]]) { $0[0].scatterAdded([1, 3, 1], length: 4) },
    Operation("scatterAdded along the last axis", [[2, 3]]) { $0[0].scatterAdded([0, 0, 2], axis: 1, length: 3) },
    Operation("picked", [[3, 2]]) { $0[0].picked([1, 0, 1]) },
    Operation("x[i]", [[3, 2]]) { $0[0][-1] },
    Operation("x[i, j]", [[3, 2, 2]]) { $0[0][1, 0] },
    Operation("x[range]", [[3, 2]]) { $0[0][1..<3] },
    Operation("x[i] = row", [[3, 2], [2]]) {
      var x = $0[0]
      x[1] = $0[1] * $0[0][0]
      return x
    },
    Operation("x[i, j] = number", [[2, 3], []]) {
      var x = $0[0]
      x[1, -1] = $0[1] * x[1, 2]
      return x
    },
    Operation("x[range] = row, broadcast", [[3, 2], [2]]) {
      var x = $0[0]
      x[0..<2] = $0[1]
      return x * $0[0]
    },
    Operation("x[range, axis: 1] = column, broadcast", [[3, 4], [3, 1]]) {
      var x = $0[0]
      x[1..<3, axis: 1] = $0[1] * x[2..<4, axis: 1]
      return x * $0[0]
    },
    Operation("x[i] = x[j]", [[3, 2]]) {
      var x = $0[0]
      x[2] = x[0]
      x[0] = x[1].squared()
      return x
    },
  ]

  static let sorting = [
    Operation("largest(k)", [[2, 5]]) { $0[0].largest(2).values },
    Operation("largest(k) along the first axis", [[4, 2]]) { $0[0].largest(3, axis: 0).values },
    Operation("sorted", [[2, 4]]) { $0[0].sorted() },
    Operation("sorted, descending, along the first axis", [[3, 2]]) { $0[0].sorted(axis: 0, isDescending: true) },
  ]

  static let products =
    [
      ([2], [2]), ([2], [2, 3]), ([2, 3], [3]), ([2, 3], [3, 2]), ([2, 2, 3], [3]), ([3], [2, 3, 2]),
      ([2, 2, 3], [3, 2]), ([2, 3], [2, 3, 2]), ([2, 2, 3], [2, 3, 1]), ([1, 2, 3], [2, 3, 2]),
      ([2, 1, 2, 2], [2, 2, 1]),
    ].map { (a: Shape, b: Shape) in Operation("matmul \(a) · \(b)", [a, b]) { matmul($0[0], $0[1]) } } + [
      Operation("matmul with a transposed operand", [[3, 2], [3, 2]]) { matmul($0[0].transposed, $0[1]) },
      Operation("matmul of a matrix with itself", [[2, 2]]) { matmul($0[0], $0[0]) },
    ]
    + ([.identity, .relu, .tanh, .gelu, .leakyReLU(slope: 0.2)] as [Activation]).map { f in
      Operation("matmul plus bias, then \(f)", [[3, 2], [3, 2], [3]]) {
        matmul($0[0], $0[1].transposed, plus: $0[2], then: f)
      }
    } + [
      Operation("matmul of a vector plus bias", [[2], [2, 3], [3]]) { matmul($0[0], $0[1], plus: $0[2]) },
      Operation("matmul of a batch plus bias", [[2, 1, 2], [2, 3], [3]]) { matmul($0[0], $0[1], plus: $0[2]) },
    ]
}
