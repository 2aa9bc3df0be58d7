import Kernels
import Testing

@Suite("Extreme numbers: normalization")
struct EdgesOfNormalizationTests {
  static let all = NormalizationTests.all.filter { $0.groupSize > 1 }

  /// y, the means, the variances, dx, dγ and dβ.
  private func results(_ n: Normalization, _ x: [Double], _ type: ScalarType) -> [[Double]] {
    let inputs = NormalizationTests.Inputs(n, type)
    let (x, g) = (Region(Buffer(x, type)), Region(Buffer(inputs.g, type)))
    let (scale, shift) = (Region(Buffer(inputs.scale, type)), Region(Buffer(inputs.shift, type)))
    let count = inputs.x.count
    let forward = [count, n.groupCount, n.groupCount].map { Buffer(type, count: $0) }
    normalize(x, scale: scale, shift: shift, n, into: forward[0], mean: forward[1], variance: forward[2])
    let backward = [count, n.channels, n.channels].map { Buffer(type, count: $0) }
    pullBackNormalization(
      g, through: x, scale: scale, shift: shift, mean: forward[1], variance: forward[2], n, into: backward[0],
      scale: backward[1], shift: backward[2])
    return (forward + backward).map(\.values)
  }

  @Test(
    "numbers with overflowing squares are normalized like small ones, derivatives too; their variance is infinite",
    arguments: all, Edges.types)
  func large(n: Normalization, type: ScalarType) {
    var n = n
    n.epsilon = 0
    let (x, factor) = (NormalizationTests.Inputs(n, type).x, type == .float ? 0x1p100 : 0x1p600)
    let (small, large) = (results(n, x, type), results(n, x.map { $0 * factor }, type))
    let tolerance = 1000 * type.epsilon
    #expect(agree(small[0], large[0], tolerance))
    #expect(agree(small[1], large[1].map { $0 / factor }, tolerance))
    #expect(large[2].allSatisfy { $0 == .infinity })
    let size = small[3].reduce(0) { max($0, abs($1)) }
    #expect(agree(small[3].map { $0 / size }, large[3].map { $0 * factor / size }, tolerance))
    #expect(agree(small[4], large[4], tolerance) && agree(small[5], large[5], tolerance))
  }

  @Test("numbers with squares far below ε are divided by √ε", arguments: all, Edges.types)
  func small(n: Normalization, type: ScalarType) {
    var n = n
    n.activation = .identity
    let (inputs, factor) = (NormalizationTests.Inputs(n, type), type == .float ? 0x1p-100 : 0x1p-600)
    let y = results(n, inputs.x.map { $0 * factor }, type)[0]
    for (place, y) in y.enumerated() {
      let channel = place / n.positions % n.channels
      #expect(abs(y - inputs.shift[channel]) <= 2 * type.epsilon * abs(inputs.shift[channel]))
    }
  }

  @Test(
    "NaN or infinity in a group makes it NaN, and no other; only its channels' derivatives are NaN", arguments: all,
    Edges.types)
  func propagation(n: Normalization, type: ScalarType) {
    var n = n
    n.activation = .identity
    let x = NormalizationTests.Inputs(n, type).x
    let ordinary = results(n, x, type)
    let groups = n.examples * n.channels * n.positions / n.groupSize
    func group(_ place: Int) -> Int {
      let (example, channel) = (place / n.positions / n.channels, place / n.positions % n.channels)
      switch n.groups {
      case .batch: return channel
      case .neighbours(let count): return example * count + channel / (n.channels / count)
      }
    }
    for place in Set([0, x.count / 2, x.count - 1]) {
      for special in [Double.nan, Edges.labelledNaN, .infinity, -.infinity] {
        var changed = x
        changed[place] = special
        let result = results(n, changed, type)
        for i in x.indices {
          let isHit = group(i) == group(place)
          let isRight = isHit ? result[0][i].isNaN && result[3][i].isNaN : result[0][i] == ordinary[0][i]
          #expect(isRight, "\(special) at \(place): y[\(i)] = \(result[0][i]), dx[\(i)] = \(result[3][i])")
        }
        for g in 0..<groups { #expect(result[2][g].isNaN == (g == group(place))) }
      }
    }
  }

  @Test(
    "mean and variance of 10⁷ numbers are right to a millionth, in one run, in many, and in columns",
    arguments: [0, 1e4])
  func manyNumbers(offset: Double) {
    // Random multiples of 2⁻¹⁰ from −1 to 1, which Float represents with the offset, repeated.
    let (period, repetitions) = (10_007, 1000)
    var numbers = Numbers(seed: 52)
    let count = period * repetitions
    let values = numbers.array(period).map { ($0 * 1024).rounded() / 1024 }
    let x = Buffer(.float, count: count)
    gatherStrided(
      Region(Buffer(values.map { Float(offset + $0) })),
      StridedLayout(extents: [repetitions, period], strides: [0, 1]),
      into: x)
    let μ = values.reduce(0, +) / Double(period)
    let σ² = values.reduce(0) { $0 + ($1 - μ) * ($1 - μ) } / Double(period)
    let one = Region(Buffer(.float, count: 1, repeating: 1))
    let y = Buffer(.float, count: count)
    for (examples, positions) in [(1, count), (repetitions, period), (count, 1)] {
      let n = Normalization(
        examples: examples, channels: 1, positions: positions, groups: .batch, epsilon: 0, activation: .identity)
      let (mean, variance) = (Buffer(.float, count: 1), Buffer(.float, count: 1))
      normalize(Region(x), scale: one, shift: one, n, into: y, mean: mean, variance: variance)
      #expect(abs(mean[0] - (offset + μ)) <= 1e-6 * (offset + 1))
      #expect(abs(variance[0] - σ²) <= 1e-6 * σ², "\(examples) × \(positions)")
    }
  }
}
