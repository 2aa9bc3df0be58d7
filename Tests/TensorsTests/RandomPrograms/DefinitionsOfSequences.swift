import Foundation
import Tensors

// The table of random programs: what chapters 5 and 6 read sequences with.

extension Definition {
  static let sequences: [Definition] = [
    Definition(name: "embedding", labels: ["i", "j", "k", "l"]) { x, numbers in
      embedding(x[0], numbers.map { $0 % x[0].shape[0] }, shape: [2, 2])
    } plain: { x, numbers in
      guard x[0].rank == 2, x[0].shape[0] > 0 else { return nil }
      return Grid([2, 2, x[0].shape[1]]) { x[0][[numbers[2 * $0[0] + $0[1]] % x[0].shape[0], $0[2]]] }
    },
    Definition(name: "cumulativeSum with factors", labels: ["axis"], partners: { first, _, _ in [first] }) {
      x, numbers in
      x[0].cumulativeSum(axis: signedAxis(numbers[0], x[0].rank), factors: x[1])
    } plain: { x, numbers in
      guard let axis = unsignedAxis(numbers[0], x[0].rank), x[0].shape == x[1].shape else { return nil }
      return Grid(x[0].shape) { index in
        var (place, sum) = (index, 0.0)
        for t in 0...index[axis] {
          place[axis] = t
          sum = x[0][place] + (t == 0 ? 0 : x[1][place] * sum)
        }
        return sum
      }
    },
    Definition(
      name: "scaledDotProductAttention with a mask", labels: ["keys − 1", "width − 1"],
      partners: { first, numbers, source in
        keysAndValues(first, numbers, source) + [[first.count < 2 ? 1 : first[first.count - 2], 1 + numbers[0] % 5]]
      }
    ) { x, _ in
      scaledDotProductAttention(x[0], x[1], x[2], mask: x[3])
    } plain: { x, _ in
      attention(x[0], x[1], x[2], isCausal: false, mask: x[3])
    },
    recurrent("rnn", gates: 1) { x, w, lengths, reversed in
      rnn(
        x, inputWeight: w[0], recurrentWeight: w[1], inputBias: w[2], recurrentBias: w[3], lengths: lengths,
        reversed: reversed
      ).states
    } step: { a, b, state in
      (zip(a[0], b[0]).map { tanh($0 + $1) }, state.c)
    },
    recurrent("lstm", gates: 4) { x, w, lengths, reversed in
      lstm(
        x, inputWeight: w[0], recurrentWeight: w[1], inputBias: w[2], recurrentBias: w[3], lengths: lengths,
        reversed: reversed
      ).states
    } step: { a, b, state in
      let z = zip(a, b).map { zip($0, $1).map { $0 + $1 } }
      let c = state.c.indices.map { σ(z[1][$0]) * state.c[$0] + σ(z[0][$0]) * tanh(z[2][$0]) }
      return (c.indices.map { σ(z[3][$0]) * tanh(c[$0]) }, c)
    },
    recurrent("gru", gates: 3) { x, w, lengths, reversed in
      gru(
        x, inputWeight: w[0], recurrentWeight: w[1], inputBias: w[2], recurrentBias: w[3], lengths: lengths,
        reversed: reversed
      ).states
    } step: { a, b, state in
      let h = state.h.indices.map { k -> Double in
        let (r, z) = (σ(a[0][k] + b[0][k]), σ(a[1][k] + b[1][k]))
        return (1 - z) * tanh(a[2][k] + r * b[2][k]) + z * state.h[k]
      }
      return (h, state.c)
    },
  ]

  private static func σ(_ z: Double) -> Double { 1 / (1 + exp(-z)) }

  private typealias State = (h: [Double], c: [Double])

  /// The states of a recurrent layer for sequences of two lengths in turn. `step` gets the products with the input and
  /// with the state, a list for each gate, and the state.
  private static func recurrent(
    _ name: String, gates: Int, _ tensor: @escaping @Sendable (Tensor, [Tensor], [Int], Bool) -> Tensor,
    step: @escaping @Sendable (_ a: [[Double]], _ b: [[Double]], State) -> State
  ) -> Definition {
    @Sendable func lengths(_ shape: [Int], _ numbers: [Int]) -> [Int] {
      (0..<shape[0]).map { numbers[1 + $0 % 2] % (shape[1] + 1) }
    }
    return Definition(
      name: name, labels: ["units − 1", "length", "length", "reversed"],
      partners: { first, numbers, _ in
        let (H, I) = (1 + numbers[0] % 3, first.last ?? 1)
        return [[gates * H, I], [gates * H, H], [gates * H], [gates * H]]
      }
    ) { x, numbers in
      tensor(x[0], Array(x[1...]), lengths(x[0].shape.lengths, numbers), numbers[3] % 2 == 1)
    } plain: { x, numbers in
      guard x[0].rank == 3 else { return nil }
      let (N, T, I, H) = (x[0].shape[0], x[0].shape[1], x[0].shape[2], 1 + numbers[0] % 3)
      let lengths = lengths(x[0].shape, numbers)
      var states = [[[Double]]](repeating: [[Double]](repeating: [Double](repeating: 0, count: H), count: T), count: N)
      for n in 0..<N {
        var state: State = ([Double](repeating: 0, count: H), [Double](repeating: 0, count: H))
        let times = Array(0..<lengths[n])
        for t in numbers[3] % 2 == 1 ? times.reversed() : times {
          func products(_ weight: Grid, _ bias: Grid, _ input: [Double]) -> [[Double]] {
            (0..<gates).map { gate in
              (0..<H).map { unit in
                let row = gate * H + unit
                return input.indices.reduce(bias[[row]]) { $0 + weight[[row, $1]] * input[$1] }
              }
            }
          }
          let input = (0..<I).map { x[0][[n, t, $0]] }
          state = step(products(x[1], x[3], input), products(x[2], x[4], state.h), state)
          states[n][t] = state.h
        }
      }
      return Grid([N, T, H]) { states[$0[0]][$0[1]][$0[2]] }
    }
  }
}
