import Kernels
import Testing

@Suite("Activation functions")
struct ActivationTests {
  static let types = [ScalarType.float, .double]
  static let all: [Activation] = [
    .identity, .relu, .sigmoid, .tanh, .silu, .gelu, .leakyReLU(slope: 0.1), .leakyReLU(slope: -0.5), .square,
    .geluByTanh,
  ]

  /// f(x) and 2 f′(x) by the kernels, for x at an offset.
  private func computed(
    _ f: Activation, _ x: [Double], _ type: ScalarType
  ) -> (value: [Double], slope: [Double]) {
    let count = x.count
    let padded = Region(Buffer([0, 0, 0] + x, type), offset: 3)
    let (y, dx) = (Buffer(type, count: count), Buffer(type, count: count))
    activate(f, padded, into: y, count: count)
    let g = Region(Buffer(type, count: count + 1, repeating: 2), offset: 1)
    pullBackActivation(f, g, through: f.derivativeFollowsFromValue ? Region(y) : padded, into: dx, count: count)
    return (y.values, dx.values)
  }

  @Test("values and derivatives agree with the definition, for awkward lengths", arguments: all, types)
  func agrees(f: Activation, type: ScalarType) {
    var numbers = Numbers(seed: 5)
    for count in awkwardLengths {
      let x = numbers.array(count, type).map { 8 * $0 }
      let (y, dx) = computed(f, x, type)
      #expect(agree(y, x.map { f($0) }, 3 * type.epsilon))
      #expect(agree(dx, x.map { 2 * f.derivative(at: $0) }, 4 * type.epsilon))
    }
  }

  @Test(
    "values in Float are right to 3 ulp (GELU 6, tanh form 3 · 88, its largest exponent), derivatives to 3 ulp of 1",
    arguments: all)
  func ulps(f: Activation) {
    let x = (-20_000...20_000).map { Double(Float($0) / 1500) }
    let (y, dx) = computed(f, x, .float)
    var (worst, worstSlope) = (0.0, 0.0)
    for i in x.indices {
      let (value, slope) = (f(x[i]), f.derivative(at: x[i]))
      let unit = Double(Float(value).magnitude < .leastNormalMagnitude ? .leastNormalMagnitude : Float(value).ulp)
      worst = max(worst, abs(y[i] - value) / unit)
      worstSlope = max(worstSlope, abs(dx[i] / 2 - slope) / Double(Float.ulpOfOne))
    }
    #expect(worst <= (f == .gelu ? 6 : f == .geluByTanh ? 3 * 88 : 3))
    #expect(worstSlope <= 3)
  }

  @Test("the derivative is that of the function, by differences", arguments: all)
  func differences(f: Activation) {
    for x in stride(from: -5.05, through: 5, by: 0.1) {
      let difference = (f(x + 1e-4) - f(x - 1e-4)) / 2e-4
      #expect(abs(f.derivative(at: x) - difference) < 1e-7)
    }
  }

  @Test("NaN stays NaN, and infinity goes to the limit", arguments: all, types)
  func extremes(f: Activation, type: ScalarType) {
    let y = computed(f, [.nan, .infinity, 1e4, -1e4], type).value
    #expect(y[0].isNaN)
    #expect(y[1] == f(.infinity))
    #expect(agree(Array(y[2...]), [f(1e4), f(-1e4)], type.epsilon))
  }

  @Test("the step is 1 above 0, and 0 elsewhere and for NaN; its derivative is 0", arguments: types)
  func step(type: ScalarType) {
    let (value, slope) = computed(.step, [-1, -0.0, 0, 1e-30, .infinity, -.infinity, .nan], type)
    #expect(value == [0, 0, 0, 1, 1, 0, 0] && slope == [0, 0, 0, 0, 0, 0, 0])
  }

  @Test("the derivative at a kink is that from the left")
  func kinks() {
    #expect(computed(.relu, [0, -0.0], .float).slope == [0, 0])
    #expect(computed(.leakyReLU(slope: 0.25), [0, -0.0], .float).slope == [0.5, 0.5])
    #expect(computed(.leakyReLU(slope: 0), [-1, 0, 3], .float).slope == [0, 0, 2])
  }

  @Test("values do not depend on the number of threads", arguments: all)
  func threads(f: Activation) {
    let x = (0..<200_003).map { Double($0 % 1013) / 100 - 5 }
    let results = [1, 2, 3].map { threads in ThreadLimit.$current.withValue(threads) { computed(f, x, .float) } }
    for other in results[1...] { #expect(results[0] == other) }
  }
}
