import Foundation
import Tensors

// The table of random programs: convolutions and pooling.

extension Definition {
  static let windows: [Definition] =
    [
      Definition(
        name: "convolution", labels: ["stride − 1", "padding", "dilation − 1", "groups − 1"],
        partners: filters(transposed: false)
      ) { x, numbers in
        let steps = Steps(numbers, x[0].shape.lengths)
        return convolution(
          x[0], x[1], bias: x[2], stride: steps.stride, padding: steps.padding, dilation: steps.dilation,
          groups: steps.groups)
      } plain: { x, numbers in
        convolved(x[0], x[1], bias: x[2], Steps(numbers, x[0].shape))
      },
      Definition(
        name: "transposedConvolution", labels: ["stride − 1", "padding", "dilation − 1", "groups − 1"],
        partners: filters(transposed: true)
      ) { x, numbers in
        let steps = Steps(numbers, x[0].shape.lengths)
        return transposedConvolution(
          x[0], x[1], bias: x[2], stride: steps.stride, padding: steps.padding, dilation: steps.dilation,
          groups: steps.groups)
      } plain: { x, numbers in
        convolvedTransposed(x[0], x[1], bias: x[2], Steps(numbers, x[0].shape))
      },
    ]
    + [1, 2].flatMap { axes in
      [
        pooling("maxPooled\(axes)D", axes: axes, isRough: true, { $0.reduce(-.infinity) { max($0, $1) } }) {
          axes == 1
            ? $0.maxPooled1D(window: $1, stride: $2, padding: $3) : $0.maxPooled2D(window: $1, stride: $2, padding: $3)
        },
        // Places of the padding are zeros, which affect the mean over all places but not the sum.
        pooling("averagePooled\(axes)D", axes: axes, isRough: false, { $0.reduce(0, +) }) {
          let sum = Double(axes == 1 ? $1 : $1 * $1)
          return sum
            * (axes == 1
              ? $0.averagePooled1D(window: $1, stride: $2, padding: $3)
              : $0.averagePooled2D(window: $1, stride: $2, padding: $3))
        },
      ]
    }

  /// The parameters of a convolution: small ones, and as many groups as divide the channels.
  struct Steps {
    let stride, padding, dilation, groups: Int

    init(_ numbers: [Int], _ shape: [Int]) {
      (stride, padding, dilation) = (1 + numbers[0] % 3, numbers[1] % 3, 1 + numbers[2] % 2)
      let channels = shape.count > 1 ? shape[1] : 0
      groups = channels > 0 && channels % (1 + numbers[3]) == 0 ? 1 + numbers[3] : 1
    }

    /// The place of the input that place k of the filter sees for place i of the output.
    func place(_ i: Int, _ k: Int) -> Int { i * stride + k * dilation - padding }
  }

  private static func filters(
    transposed: Bool
  ) -> @Sendable ([Int], [Int], RandomSource) -> [[Int]] {
    { first, numbers, source in
      guard first.count == 3 || first.count == 4 else { return [[], []] }
      let groups = Steps(numbers, first).groups
      let (own, count) = (first[1] / groups, 1 + source.integer(below: 3))
      let kernel = first.dropFirst(2).map { _ in 1 + source.integer(below: 3) }
      return [(transposed ? [first[1], count] : [count * groups, own]) + kernel, [count * groups]]
    }
  }

  /// y[n, f, i…] = bias[f] + Σ x[n, c, i…·s + k…·d − p] weight[f, c, k…], the channels c counted within the group of f.
  private static func convolved(_ x: Grid, _ weight: Grid, bias: Grid, _ steps: Steps) -> Grid? {
    guard x.rank == 3 || x.rank == 4, weight.rank == x.rank, bias.shape == [weight.shape[0]],
      x.shape[1] == weight.shape[1] * steps.groups, weight.shape[0] % steps.groups == 0,
      weight.shape[2...].allSatisfy({ $0 > 0 })
    else { return nil }
    let lengths = (2..<x.rank).map { x.shape[$0] + 2 * steps.padding - steps.dilation * (weight.shape[$0] - 1) }
    guard lengths.allSatisfy({ $0 > 0 }) else { return nil }
    let taps = Grid.indices(of: Array(weight.shape[1...]))
    return Grid([x.shape[0], weight.shape[0]] + lengths.map { ($0 - 1) / steps.stride + 1 }) { index in
      let group = index[1] / (weight.shape[0] / steps.groups)
      return taps.reduce(bias.values[index[1]]) { sum, tap in
        let places = zip(index[2...], tap[1...]).map { steps.place($0, $1) }
        guard zip(places, x.shape[2...]).allSatisfy({ 0 <= $0 && $0 < $1 }) else { return sum }
        return sum + x[[index[0], group * weight.shape[1] + tap[0]] + places] * weight[[index[1]] + tap]
      }
    }
  }

  /// y[n, o, h…] = bias[o] + Σ x[n, c, i…] weight[c, o, k…] over all i… and k… with h… = i…·s + k…·d − p.
  private static func convolvedTransposed(_ x: Grid, _ weight: Grid, bias: Grid, _ steps: Steps) -> Grid? {
    guard x.rank == 3 || x.rank == 4, weight.rank == x.rank, weight.shape[0] == x.shape[1],
      x.shape[1] % steps.groups == 0, bias.shape == [weight.shape[1] * steps.groups],
      x.shape[2...].allSatisfy({ $0 > 0 }), weight.shape[2...].allSatisfy({ $0 > 0 })
    else { return nil }
    let lengths = (2..<x.rank).map { steps.place(x.shape[$0] - 1, weight.shape[$0] - 1) + 1 - steps.padding }
    guard lengths.allSatisfy({ $0 > 0 }) else { return nil }
    let (taps, places) = (Grid.indices(of: Array(weight.shape[1...])), Grid.indices(of: x.shape))
    let shape = [x.shape[0], bias.values.count] + lengths
    var sums = [[Int]: Double]()
    for place in places {
      let group = place[1] / (x.shape[1] / steps.groups)
      for tap in taps {
        let target = zip(place[2...], tap[1...]).map { steps.place($0, $1) }
        sums[[place[0], group * weight.shape[1] + tap[0]] + target, default: 0] += x[place] * weight[[place[1]] + tap]
      }
    }
    return Grid(shape) { bias.values[$0[1]] + sums[$0, default: 0] }
  }

  // MARK: - Pooling

  private static func pooling(
    _ name: String, axes: Int, isRough: Bool, _ plain: @escaping @Sendable ([Double]) -> Double,
    _ tensor: @escaping @Sendable (_ x: Tensor, _ window: Int, _ stride: Int, _ padding: Int) -> Tensor
  ) -> Definition {
    let roughness = Roughness(kind: .kink) { x, numbers in
      windowMembers(x[0], axes, numbers)?.members.map { Roughness.ties(in: $0) }.min() ?? .infinity
    }
    return Definition(
      name: name, labels: ["window − 1", "stride − 1", "padding"], roughness: isRough ? roughness : nil
    ) {
      x, numbers in
      tensor(x[0], 1 + numbers[0] % 3, 1 + numbers[1] % 3, numbers[2] % (1 + (1 + numbers[0] % 3) / 2))
    } plain: { x, numbers in
      windowMembers(x[0], axes, numbers).map { Grid($0.shape, $0.members.map(plain)) }
    }
  }

  /// The elements in each window over the last axes, and the shape of the windows.
  private static func windowMembers(_ x: Grid, _ axes: Int, _ numbers: [Int]) -> (shape: [Int], members: [[Double]])? {
    let (window, stride) = (1 + numbers[0] % 3, 1 + numbers[1] % 3)
    let padding = numbers[2] % (1 + window / 2)
    guard x.rank >= axes else { return nil }
    let (outer, plane) = (Array(x.shape.dropLast(axes)), Array(x.shape.suffix(axes)))
    guard plane.allSatisfy({ $0 > 0 && $0 + 2 * padding >= window }) else { return nil }
    let shape = outer + plane.map { ($0 + 2 * padding - window) / stride + 1 }
    let taps = Grid.indices(of: [Int](repeating: window, count: axes))
    let members = Grid.indices(of: shape).map { index in
      taps.compactMap { tap -> Double? in
        let places = zip(index.suffix(axes), tap).map { $0 * stride + $1 - padding }
        guard zip(places, plane).allSatisfy({ 0 <= $0 && $0 < $1 }) else { return nil }
        return x[index.dropLast(axes) + places]
      }
    }
    return (shape, members)
  }
}
