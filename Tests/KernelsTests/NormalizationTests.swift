import Kernels
import Testing

@Suite("Normalization")
struct NormalizationTests {
  static let types = [ScalarType.float, .double]

  /// Every form, at awkward sizes.
  static let all: [Normalization] = {
    let batches = [
      (3, 5, 1), (17, 33, 1), (70, 16, 1), (2, 3, 4), (5, 2, 15), (4, 3, 16), (3, 4, 49), (2, 2, 67), (1, 3, 1100),
    ]
    let groups = [
      (3, 1, 1, 1), (5, 7, 1, 1), (2, 16, 1, 1), (7, 33, 1, 1), (3, 130, 1, 1), (3, 12, 1, 4), (2, 6, 3, 2),
      (3, 4, 49, 2),
      (2, 3, 17, 3), (3, 2, 1030, 1), (70, 4, 9, 2),
    ]
    let extents =
      batches.map { ($0.0, $0.1, $0.2, Normalization.Groups.batch) }
      + groups.map { ($0.0, $0.1, $0.2, Normalization.Groups.neighbours($0.3)) }
    let functions = ActivationTests.all.filter { $0 != .square }  // its large derivatives cancel in the sums
    return zip(0..., extents).map { i, e in
      Normalization(
        examples: e.0, channels: e.1, positions: e.2, groups: e.3, epsilon: 1e-3,
        activation: functions[i % functions.count])
    }
  }()

  /// The inputs: x and g with an offset, γ and β.
  struct Inputs {
    let x, g, scale, shift: [Double]

    init(_ n: Normalization, _ type: ScalarType, offset: Double = 0) {
      var numbers = Numbers(seed: 6)
      let count = n.examples * n.channels * n.positions
      x = numbers.array(count, type).map { type == .float ? Double(Float($0 * 2 + offset)) : $0 * 2 + offset }
      g = numbers.array(count, type)
      scale = numbers.array(n.channels, type)
      shift = numbers.array(n.channels, type)
    }
  }

  /// The region of these scalars, which start within a buffer.
  private func region(_ scalars: [Double], _ type: ScalarType) -> Region {
    Region(Buffer([.nan, .nan, .nan] + scalars + [.nan], type), offset: 3)
  }

  private func forward(_ n: Normalization, _ inputs: Inputs, _ type: ScalarType) -> [Buffer] {
    let y = [inputs.x.count, n.groupCount, n.groupCount].map { Buffer(type, count: $0) }
    normalize(
      region(inputs.x, type), scale: region(inputs.scale, type), shift: region(inputs.shift, type), n, into: y[0],
      mean: y[1], variance: y[2])
    return y
  }

  private func backward(_ n: Normalization, _ inputs: Inputs, _ type: ScalarType) -> [[Double]] {
    let y = forward(n, inputs, type)
    let d = [inputs.x.count, n.channels, n.channels].map { Buffer(type, count: $0, repeating: 7) }
    pullBackNormalization(
      region(inputs.g, type), through: region(inputs.x, type), scale: region(inputs.scale, type),
      shift: region(inputs.shift, type), mean: y[1], variance: y[2], n, into: d[0], scale: d[1], shift: d[2])
    return d.map(\.values)
  }

  @Test("values and statistics agree with the definition", arguments: all, types)
  func values(n: Normalization, type: ScalarType) {
    let inputs = Inputs(n, type)
    let (y, mean, variance) = n.definition(inputs.x, scale: inputs.scale, shift: inputs.shift)
    let actual = forward(n, inputs, type).map(\.values)
    #expect(agree(actual[0], y, 16 * type.epsilon))
    #expect(agree(actual[1], mean, 4 * type.epsilon))
    #expect(agree(actual[2], variance, 32 * type.epsilon))
  }

  @Test("derivatives agree with the definition", arguments: all, types)
  func derivatives(n: Normalization, type: ScalarType) {
    let inputs = Inputs(n, type)
    let expected = n.pullbackDefinition(inputs.g, inputs.x, scale: inputs.scale, shift: inputs.shift)
    let actual = backward(n, inputs, type)
    #expect(agree(actual[0], expected.dx, 200 * type.epsilon))
    #expect(agree(actual[1], expected.dScale, 200 * type.epsilon))
    #expect(agree(actual[2], expected.dShift, 200 * type.epsilon))
  }

  @Test(
    "the definition of the derivatives is the derivative of the definition, by differences", arguments: [0, 5, 11, 16])
  func differences(_ index: Int) {
    var n = Self.all[index]
    n.activation = .tanh
    let inputs = Inputs(n, .double)
    func loss(_ x: [Double], _ scale: [Double], _ shift: [Double]) -> Double {
      dot(n.definition(x, scale: scale, shift: shift).y, inputs.g)
    }
    func slope(_ numbers: [Double], _ place: Int, _ f: ([Double]) -> Double) -> Double {
      let values = [1e-5, -1e-5].map { step in
        var numbers = numbers
        numbers[place] += step
        return f(numbers)
      }
      return (values[0] - values[1]) / 2e-5
    }
    let d = n.pullbackDefinition(inputs.g, inputs.x, scale: inputs.scale, shift: inputs.shift)
    for i in [0, inputs.x.count / 2, inputs.x.count - 1] {
      let dx = slope(inputs.x, i) { loss($0, inputs.scale, inputs.shift) }
      #expect(abs(d.dx[i] - dx) < 1e-7)
    }
    for i in inputs.scale.indices {
      let dScale = slope(inputs.scale, i) { loss(inputs.x, $0, inputs.shift) }
      let dShift = slope(inputs.shift, i) { loss(inputs.x, inputs.scale, $0) }
      #expect(abs(d.dScale[i] - dScale) < 1e-7)
      #expect(abs(d.dShift[i] - dShift) < 1e-7)
    }
  }

  @Test(
    "given means and variances are used unchanged",
    arguments: all.filter { if case .batch = $0.groups { true } else { false } }, types)
  func given(n: Normalization, type: ScalarType) {
    let inputs = Inputs(n, type)
    let found = forward(n, inputs, type)
    let y = Buffer(type, count: inputs.x.count)
    normalize(
      region(inputs.x, type), mean: region(found[1].values, type), variance: region(found[2].values, type),
      scale: region(inputs.scale, type), shift: region(inputs.shift, type), n, into: y)
    #expect(y.values == found[0].values)
  }

  @Test("a variance of 1/3 is right in Float with a mean of 10,000 and an outlier in the first place", arguments: all)
  func offset(n: Normalization) {
    for first in [nil, 0.0, -3e4] {
      var inputs = Inputs(n, .float, offset: 1e4)
      if let first, n.groupSize > 100 { inputs = inputs.replacingFirst(by: first) }
      let expected = n.definition(inputs.x, scale: inputs.scale, shift: inputs.shift)
      let actual = forward(n, inputs, .float).map(\.values)
      for (a, b) in zip(actual[1], expected.mean) { #expect(abs(a - b) <= 1e-7 * abs(b)) }
      for (a, b) in zip(actual[2], expected.variance) { #expect(abs(a - b) <= 1e-5 * b) }
    }
  }

  @Test("the variance of equal numbers is exactly 0, and the result the shift", arguments: all)
  func constant(n: Normalization) {
    let inputs = Inputs(n, .float).replacingAll(by: 0.1)
    let actual = forward(n, inputs, .float).map(\.values)
    #expect(actual[1].allSatisfy { $0 == Double(Float(0.1)) })
    #expect(actual[2].allSatisfy { $0 == 0 })
  }

  @Test("NaN reaches all of its group and nothing else", arguments: all, types)
  func nan(n: Normalization, type: ScalarType) {
    let inputs = Inputs(n, type).replacingFirst(by: .nan)
    let expected = n.definition(inputs.x, scale: inputs.scale, shift: inputs.shift)
    let actual = forward(n, inputs, type).map(\.values)
    #expect(actual[0].map(\.isNaN) == expected.y.map(\.isNaN))
    #expect(actual[1].map(\.isNaN) == expected.mean.map(\.isNaN))
    #expect(actual[2].map(\.isNaN) == expected.variance.map(\.isNaN))
  }

  @Test(
    "arrays without elements give no values, and sums of 0",
    arguments: [(0, 3, 1), (0, 3, 5), (2, 0, 1), (2, 0, 4), (2, 3, 0)], [Normalization.Groups.batch, .neighbours(1)])
  func empty(extents: (Int, Int, Int), groups: Normalization.Groups) {
    let n = Normalization(
      examples: extents.0, channels: extents.1, positions: extents.2, groups: groups, epsilon: 1, activation: .relu)
    let inputs = Inputs(n, .float)
    #expect(forward(n, inputs, .float)[1].values.allSatisfy { $0.isNaN })
    let d = backward(n, inputs, .float)
    #expect(d[1] + d[2] == [Double](repeating: 0, count: 2 * n.channels))
  }

  @Test(
    "results do not depend on the number of threads",
    arguments: [(64, 40, 49), (300, 200, 1)], [Normalization.Groups.batch, .neighbours(4)])
  func threads(extents: (Int, Int, Int), groups: Normalization.Groups) {
    let n = Normalization(
      examples: extents.0, channels: extents.1, positions: extents.2, groups: groups, epsilon: 1e-5, activation: .silu)
    let inputs = Inputs(n, .float)
    let results = [1, 2, 3].map { threads in
      ThreadLimit.$current.withValue(threads) {
        forward(n, inputs, .float).map(\.values) + backward(n, inputs, .float)
      }
    }
    #expect(results[0] == results[1] && results[0] == results[2])
  }
}

extension NormalizationTests.Inputs {
  private init(_ x: [Double], _ other: Self) {
    (self.x, g, scale, shift) = (x, other.g, other.scale, other.shift)
  }
  func replacingFirst(by value: Double) -> Self { Self([value] + x.dropFirst(), self) }
  func replacingAll(by value: Double) -> Self { Self(x.map { _ in Double(Float(value)) }, self) }
}
