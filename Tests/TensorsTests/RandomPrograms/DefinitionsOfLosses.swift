import Foundation
import Tensors

// The table of random programs: normalizations and losses.

extension Definition {
  static let losses: [Definition] = [
    Definition(
      name: "layerNormalized", labels: ["f"],
      partners: { first, _, _ in
        [Array(first.suffix(1)), Array(first.suffix(1))]
      }
    ) { x, numbers in
      layerNormalized(x[0], scale: x[1], shift: x[2], epsilon: 0.125, then: smooth(numbers[0]))
    } plain: { x, numbers in
      guard let length = x[0].shape.last, length > 0, x[1].shape == [length], x[2].shape == [length] else { return nil }
      return x[0].lines(along: x[0].rank - 1) { line in
        standardized(line).indices.map {
          value(smooth(numbers[0]), standardized(line)[$0] * x[1].values[$0] + x[2].values[$0])
        }
      }
    },
    Definition(name: "groupNormalized", labels: ["groups − 1", "f"], partners: perChannel) { x, numbers in
      groupNormalized(
        x[0], groups: groupCount(numbers[0], x[0].shape.lengths), scale: x[1], shift: x[2], epsilon: 0.125,
        then: smooth(numbers[1]))
    } plain: { x, numbers in
      guard isPerChannel(x) else { return nil }
      let groups = groupCount(numbers[0], x[0].shape)
      let rows = x[0].reshaped([x[0].shape[0], groups, x[0].values.count / (x[0].shape[0] * groups)])
      return rows?.lines(along: 2, standardized).reshaped(x[0].shape).map { scaled($0, x, smooth(numbers[1])) }
    },
    Definition(name: "batchNormalized", labels: ["f"], partners: perChannel) { x, numbers in
      batchNormalized(x[0], scale: x[1], shift: x[2], epsilon: 0.125, then: smooth(numbers[0])).value
    } plain: { x, numbers in
      guard isPerChannel(x) else { return nil }
      // With the channels first, each channel is one line.
      let order = [1, 0] + (2..<x[0].rank)
      let channels = x[0].permuted(order)
      let rows = channels.reshaped([x[0].shape[1], x[0].values.count / x[0].shape[1]])
      return rows?.lines(along: 1, standardized).reshaped(channels.shape)
        .map { scaled($0.permuted(order), x, smooth(numbers[0])) }
    },
    Definition(name: "crossEntropy", labels: ["i", "j", "eighths"]) { x, numbers in
      let labels = (0..<x[0].shape[0]).map { numbers[$0 % 2] % x[0].shape[1] }
      return x[0].crossEntropy(labels: labels, smoothing: Double(numbers[2]) / 8)
    } plain: { x, numbers in
      guard x[0].rank == 2, !x[0].values.isEmpty else { return nil }
      let (classes, ε) = (x[0].shape[1], Double(numbers[2]) / 8)
      let losses = Grid([x[0].shape[0]]) { row in
        let line = softmax((0..<classes).map { x[0][row + [$0]] }).map { -log($0) }
        return (1 - ε) * line[numbers[row[0] % 2] % classes] + ε * mean(line)
      }
      return Grid([], [mean(losses.values)])
    },
    Definition(name: "binaryCrossEntropy", labels: ["summed"], partners: { first, _, _ in [first] }) { x, numbers in
      x[0].binaryCrossEntropy(targets: x[1], isSummed: numbers[0] % 2 == 1)
    } plain: { x, numbers in
      binaryCrossEntropy(x[0], x[1], isSummed: numbers[0] % 2 == 1)
    },
    Definition(
      name: "binaryCrossEntropyOfProbabilities of sigmoid", labels: ["summed"], partners: { first, _, _ in [first] }
    ) { x, numbers in
      x[0].sigmoid().binaryCrossEntropyOfProbabilities(targets: x[1], isSummed: numbers[0] % 2 == 1)
    } plain: { x, numbers in
      binaryCrossEntropy(x[0], x[1], isSummed: numbers[0] % 2 == 1)
    },
  ]

  // MARK: - Normalizations

  /// (x − μ) / √(σ² + 1/8): a constant line is not a singularity.
  private static let standardized: @Sendable ([Double]) -> [Double] = { line in
    let (μ, σ) = (mean(line), (variance(line) + 0.125).squareRoot())
    return line.map { ($0 - μ) / σ }
  }

  private static func scaled(_ standardized: Grid, _ x: [Grid], _ f: Activation) -> Grid {
    let indices = Grid.indices(of: standardized.shape)
    return Grid(
      standardized.shape,
      zip(indices, standardized.values).map {
        value(f, $1 * x[1].values[$0[1]] + x[2].values[$0[1]])
      })
  }

  private static func isPerChannel(_ x: [Grid]) -> Bool {
    x[0].rank >= 2 && !x[0].values.isEmpty && x[1].shape == [x[0].shape[1]] && x[2].shape == [x[0].shape[1]]
  }

  private static let perChannel: @Sendable ([Int], [Int], RandomSource) -> [[Int]] = { first, _, _ in
    first.count < 2 ? [[], []] : [[first[1]], [first[1]]]
  }

  private static func groupCount(_ number: Int, _ shape: [Int]) -> Int {
    shape[1] % (1 + number % 4) == 0 ? 1 + number % 4 : 1
  }

  private static func smooth(_ number: Int) -> Activation {
    ([.identity, .tanh, .sigmoid, .silu, .gelu] as [Activation])[number % 5]
  }

  // MARK: - Losses

  /// The mean or sum of −y ln σ(z) − (1 − y) ln(1 − σ(z)).
  private static func binaryCrossEntropy(_ z: Grid, _ y: Grid, isSummed: Bool) -> Grid? {
    guard z.shape == y.shape, !z.values.isEmpty else { return nil }
    func loss(_ z: Double, _ y: Double) -> Double { y * log(1 + exp(-z)) + (1 - y) * log(1 + exp(z)) }
    let losses = zip(z.values, y.values).map(loss)
    return Grid([], [isSummed ? losses.reduce(0, +) : mean(losses)])
  }
}
