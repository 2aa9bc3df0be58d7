import Foundation
import Tensors

// The table of random programs: reductions over axes and functions of whole lines, and operations that move elements.

extension Definition {
  static let reductions: [Definition] = [
    .reduction("sum", { $0.sum(axes: $1, keepsAxes: $2) }, { $0.reduce(0, +) }),
    .reduction("product", { $0.product(axes: $1, keepsAxes: $2) }, { $0.reduce(1, *) }),
    .reduction("mean", atLeast: 1, { $0.mean(axes: $1, keepsAxes: $2) }, mean),
    .reduction(
      "max", atLeast: 1, roughness: (.kink, { Roughness.ties(in: $0) }), { $0.max(axes: $1, keepsAxes: $2) },
      { $0.reduce(-.infinity) { max($0, $1) } }),
    .reduction(
      "min", atLeast: 1, roughness: (.kink, { Roughness.ties(in: $0.map { -$0 }) }),
      { $0.min(axes: $1, keepsAxes: $2) }, { $0.reduce(.infinity) { min($0, $1) } }),
    .reduction("variance", atLeast: 1, { $0.variance(axes: $1, keepsAxes: $2) }, variance),
    .reduction(
      "unbiased variance", atLeast: 2, { $0.variance(axes: $1, keepsAxes: $2, isUnbiased: true) },
      { variance($0) * Double($0.count) / Double($0.count - 1) }),
    .reduction(
      "logSumExp", atLeast: 1, { $0.logSumExp(axes: $1, keepsAxes: $2) }, { log($0.reduce(0) { $0 + exp($1) }) }),
    .reduction("norm", roughness: (.pole, norm), { $0.norm(axes: $1, keepsAxes: $2) }, norm),
    .along(
      "sorted", labels: ["descending"], rough: .kink,
      { x, axis, rest in x.sorted(axis: axis, isDescending: rest[0] % 2 == 1) },
      { line, rest in rest[0] % 2 == 1 ? line.sorted(by: >) : line.sorted() }),
    .along(
      "largest", labels: ["k"], rough: .kink,
      { x, axis, rest in x.largest(rest[0] % (1 + x.shape[axis]), axis: axis).values },
      { line, rest in Array(line.sorted(by: >).prefix(rest[0] % (1 + line.count))) }),
    .along("softmax", { x, axis, _ in x.softmax(axis: axis) }, { line, _ in softmax(line) }),
    .along("logSoftmax", { x, axis, _ in x.logSoftmax(axis: axis) }, { line, _ in softmax(line).map { log($0) } }),
    .along("cumulativeSum", { x, axis, _ in x.cumulativeSum(axis: axis) }, { line, _ in scan(line, 0, +) }),
    .along("cumulativeProduct", { x, axis, _ in x.cumulativeProduct(axis: axis) }, { line, _ in scan(line, 1, *) }),
  ]

  static let places: [Definition] = [
    .along("flipped", { x, axis, _ in x.flipped(axis: axis) }, { line, _ in line.reversed() }),
    .along(
      "sliced", labels: ["from", "count", "step − 1"],
      { x, axis, rest in x.sliced(range(x.shape[axis], rest), axis: axis, by: 1 + rest[2] % 3) },
      { line, rest in
        stride(from: 0, to: range(line.count, rest).count, by: 1 + rest[2] % 3).map {
          line[range(line.count, rest).lowerBound + $0]
        }
      }),
    .along(
      "padded", labels: ["before", "after", "halves"],
      { x, axis, rest in x.padded(axis: axis, before: rest[0] % 3, after: rest[1] % 3, with: Double(rest[2]) / 2) },
      { line, rest in
        let value = Double(rest[2]) / 2
        return [Double](repeating: value, count: rest[0] % 3) + line + [Double](repeating: value, count: rest[1] % 3)
      }),
    .along(
      "repeated", labels: ["times − 1"], { x, axis, rest in x.repeated(1 + rest[0] % 3, axis: axis) },
      { line, rest in (0...rest[0] % 3).flatMap { _ in line } }),
    .along(
      "gathered", labels: ["i", "j", "k"],
      { x, axis, rest in x.gathered(rest.map { $0 % x.shape[axis] }, axis: axis) },
      { line, rest in line.isEmpty ? nil : rest.map { line[$0 % line.count] } }),
    .along(
      "scatterAdded", labels: ["i", "j", "length − 1"],
      { x, axis, rest in x.scatterAdded(targets(x.shape[axis], rest), axis: axis, length: 1 + rest[2]) },
      { line, rest in
        var sums = [Double](repeating: 0, count: 1 + rest[2])
        for (x, target) in zip(line, targets(line.count, rest)) { sums[target] += x }
        return sums
      }),
    Definition(name: "reshaped", labels: ["way"]) { x, numbers in
      x[0].reshaped(Shape(reshaping(x[0].shape.lengths, numbers[0])))
    } plain: { x, numbers in
      x[0].reshaped(reshaping(x[0].shape, numbers[0]))
    },
    Definition(name: "permuted", labels: ["first", "last"]) { x, numbers in
      x[0].permuted(order(numbers, x[0].rank))
    } plain: { x, numbers in
      x[0].permuted(order(numbers, x[0].rank))
    },
    Definition(name: "transposed") { x, _ in
      x[0].transposed
    } plain: { x, _ in
      x[0].rank < 2 ? nil : x[0].permuted(Array(0..<x[0].rank - 2) + [x[0].rank - 1, x[0].rank - 2])
    },
    Definition(name: "broadcast", labels: ["first", "other"]) { x, numbers in
      x[0].broadcast(to: Shape(widened(x[0].shape.lengths, numbers)))
    } plain: { x, numbers in
      Grid(widened(x[0].shape, numbers)) { x[0][$0] }
    },
  ]

  // MARK: - Lines

  static func mean(_ line: [Double]) -> Double { line.reduce(0, +) / Double(line.count) }

  static func variance(_ line: [Double]) -> Double {
    let μ = mean(line)
    return mean(line.map { ($0 - μ) * ($0 - μ) })
  }

  static func norm(_ line: [Double]) -> Double { line.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  static func softmax(_ line: [Double]) -> [Double] {
    let sum = line.reduce(0) { $0 + exp($1) }
    return line.map { exp($0) / sum }
  }

  static func scan(_ line: [Double], _ start: Double, _ f: (Double, Double) -> Double) -> [Double] {
    var last = start
    return line.map {
      last = f(last, $0)
      return last
    }
  }

  // MARK: - Parameters

  /// The range of an axis between two numbers.
  static func range(_ length: Int, _ numbers: [Int]) -> Range<Int> {
    let from = numbers[0] % (length + 1)
    return from..<from + numbers[1] % (length - from + 1)
  }

  /// Where `scatterAdded` adds the places of an axis: i and j in turn.
  static func targets(_ length: Int, _ numbers: [Int]) -> [Int] {
    (0..<length).map { numbers[$0 % 2] % (1 + numbers[2]) }
  }

  /// All elements in a line, the axes in reverse order, the first axis merged with the second, or a new axis.
  static func reshaping(_ shape: [Int], _ way: Int) -> [Int] {
    switch way % 4 {
    case 0: [shape.reduce(1, *)]
    case 1: shape.reversed()
    case 2: shape.count < 2 ? shape : [shape[0] * shape[1]] + shape[2...]
    default: shape.count < 4 ? [1] + shape : shape
    }
  }

  /// Two axes moved, to the front and to the end.
  static func order(_ numbers: [Int], _ rank: Int) -> [Int] {
    var order = Array(0..<rank)
    guard rank > 0 else { return order }
    order.insert(order.remove(at: numbers[0] % rank), at: 0)
    order.append(order.remove(at: numbers[1] % rank))
    return order
  }

  /// The shape with longer axes where the length is 1, and perhaps a new first one.
  static func widened(_ shape: [Int], _ numbers: [Int]) -> [Int] {
    let wide = shape.map { $0 == 1 ? 1 + numbers[1] % 4 : $0 }
    return numbers[0] % 4 == 0 || shape.count > 3 ? wide : [numbers[0] % 4] + wide
  }
}
