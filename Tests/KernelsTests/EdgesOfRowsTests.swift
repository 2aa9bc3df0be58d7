import Kernels
import Testing

@Suite("Extreme numbers: sums, extremes and softmax of rows")
struct EdgesOfRowsTests {
  /// y by a kernel and by the definition, with each special number at each place of the middle line of three.
  private func forEachCase(
    _ type: ScalarType, inner: Int = 1, of pattern: [Double]? = nil,
    _ check: (_ x: [Double], _ size: Int, _ place: Int, _ special: Double) -> Void
  ) {
    var numbers = Numbers(seed: 43)
    for size in Edges.sizes {
      let ordinary = pattern.map { pattern in (0..<3 * size * inner).map { pattern[$0 % pattern.count] } }
      for place in Edges.places(in: size) {
        for special in Edges.numbers(type) {
          var x = ordinary ?? numbers.array(3 * size * inner, type)
          x[(size + place) * inner + inner / 2] = special
          check(x, size, place, special)
        }
      }
    }
  }

  @Test(
    "a reduction of a line with such a number agrees with the definition, and other lines are unaffected",
    arguments: [Reduction.sum, .product, .maximum, .minimum], Edges.types)
  func reductions(r: Reduction, type: ScalarType) {
    for inner in [1, 3, 18] {
      forEachCase(type, inner: inner, of: r == .product ? [1, -1] : nil) { x, size, place, special in
        let y = Buffer(type, count: 3 * inner)
        reduce(r, Region(Buffer(x, type)), outer: 3, length: size, inner: inner, into: y)
        for o in 0..<3 {
          for i in Set([0, inner / 2, inner - 1]) {
            let expected = (0..<size).reduce(r.neutral) { r($0, x[(o * size + $1) * inner + i]) }
            let isRight =
              Edges.isRight(y[o * inner + i], expected, type, ulps: 4) || abs(y[o * inner + i] - expected) < 1e-5
            if !isRight {
              Issue.record("\(r) with \(special) at \(place) of \(size) is \(y[o * inner + i]), not \(expected)")
            }
          }
        }
      }
    }
  }

  @Test(
    "a running sum or product has NaN and infinity from their place on", arguments: [Reduction.sum, .product],
    Edges.types)
  func scans(r: Reduction, type: ScalarType) {
    forEachCase(type, inner: 2, of: [1, -1, 2, 0.5]) { x, size, place, special in
      let y = Buffer(type, count: x.count)
      scan(r, Region(Buffer(x, type)), outer: 3, length: size, inner: 2, into: y)
      for i in 0..<2 {
        let line = (0..<size).map { x[(size + $0) * 2 + i] }
        let last = line.reduce(r.neutral) { r($0, $1) }
        #expect(Edges.isRight(y[(2 * size - 1) * 2 + i], last, type, ulps: 1), "\(special) at \(place) of \(size)")
        if i == 1 && special.isNaN { #expect((0..<size).allSatisfy { y[(size + $0) * 2 + i].isNaN == ($0 >= place) }) }
      }
    }
  }

  @Test("a running sum or product survives intermediate results that its type would round to 0 or infinity")
  func scansInBetween() {
    let y = Buffer(.float, count: 4)
    scan(.product, Region(Buffer([1e-30, 1e-30, 1e30, 1e30], .float)), outer: 1, length: 4, inner: 1, into: y)
    #expect(y[1] == 0 && abs(y[3] - 1) < 1e-6)
  }

  @Test("the index of the extreme is that of the first NaN, or else of the number itself", arguments: Edges.types)
  func places(type: ScalarType) {
    for inner in [1, 2] {
      forEachCase(type, inner: inner) { x, size, place, special in
        let line = (0..<size).map { x[(size + $0) * inner + inner / 2] }
        for (r, f) in [(Reduction.maximum, line.max()), (.minimum, line.min())] {
          let found = indexOfExtreme(r, Region(Buffer(x, type)), outer: 3, length: size, inner: inner)[
            inner + inner / 2]
          #expect(special.isNaN ? found == place : line[found] == f, "\(special) at \(place) of \(size)")
        }
      }
    }
  }

  @Test(
    "softmax and its logarithm, with their derivatives, agree with the definition for such a number in the row",
    arguments: [SoftmaxForm.probabilities, .logarithms], Edges.types)
  func softmaxes(form: SoftmaxForm, type: ScalarType) {
    forEachCase(type) { x, size, place, special in
      let (y, expected, dx, slopes) = (
        Buffer(type, count: x.count), Buffer(type, count: x.count), Buffer(type, count: x.count),
        Buffer(type, count: x.count)
      )
      softmax(form, Region(Buffer(x, type)), rows: 3, columns: size, into: y)
      softmaxDefinition(form, Region(Buffer(x, type)), rows: 3, columns: size, into: expected)
      #expect(agree(y.values, expected.values, 8 * type.epsilon), "\(special) at \(place) of \(size)")
      let g = Region(Buffer((0..<x.count).map { Double($0 % 5) - 2 }, type))
      pullBackSoftmax(form, g, value: Region(y), rows: 3, columns: size, into: dx)
      pullBackSoftmaxDefinition(form, g, value: Region(y), rows: 3, columns: size, into: slopes)
      #expect(agree(dx.values, slopes.values, 32 * type.epsilon), "\(special) at \(place) of \(size)")
    }
  }

  @Test(
    "cross-entropy and its derivative agree with the definition for such a logit, at the label or elsewhere",
    arguments: [0, 0.1], Edges.types)
  func crossEntropies(smoothing: Double, type: ScalarType) {
    forEachCase(type) { x, size, place, special in
      for label in Set([place, 0]) {
        let labels = [0, label, size - 1]
        let (y, expected) = (Buffer(type, count: 3), Buffer(type, count: 3))
        crossEntropy(Region(Buffer(x, type)), labels: labels, smoothing: smoothing, columns: size, into: y)
        crossEntropyDefinition(
          Region(Buffer(x, type)), labels: labels, smoothing: smoothing, columns: size, into: expected)
        #expect(
          agree(y.values, expected.values, 64 * type.epsilon), "\(special) at \(place) of \(size), label \(label)")
        let (dz, slopes) = (Buffer(type, count: x.count), Buffer(type, count: x.count))
        pullBackCrossEntropy(
          Region(Buffer(x, type)), labels: labels, smoothing: smoothing, columns: size, scale: 2, into: dz)
        pullBackCrossEntropyDefinition(
          Region(Buffer(x, type)), labels: labels, smoothing: smoothing, columns: size, scale: 2, into: slopes)
        #expect(agree(dz.values, slopes.values, 32 * type.epsilon), "\(special) at \(place) of \(size), label \(label)")
      }
    }
  }

  @Test(
    "binary cross-entropy and its derivative agree with the definition for such a logit, for every target",
    arguments: Edges.types
  )
  func binaryCrossEntropies(type: ScalarType) {
    forEachCase(type) { x, size, place, special in
      for target in [0, 0.25, 1] {
        let (y, dx, targets) = (
          Buffer(type, count: 1), Buffer(type, count: size), Buffer(type, count: size, repeating: target)
        )
        let z = Region(Buffer(x, type), offset: size)
        binaryCrossEntropy(.logits, z, targets: Region(targets), count: size, dividedBy: 2, into: y)
        pullBackBinaryCrossEntropy(.logits, z, targets: Region(targets), count: size, scale: 2, into: dx)
        let losses = (0..<size).map { BinaryPrediction.logits.loss(x[size + $0], target: target) }
        #expect(
          agree(y.values, [Edges.held(0.5 * losses.reduce(0, +), type)], 64 * type.epsilon),
          "\(special), target \(target)")
        let slopes = (0..<size).map { 2 * BinaryPrediction.logits.derivative(x[size + $0], target: target) }
        #expect(agree(dx.values, slopes, 8 * type.epsilon), "\(special), target \(target)")
      }
    }
  }
}
