import Kernels
import Testing

@Suite("Cross-entropies")
struct CrossEntropyTests {
  static let types = [ScalarType.float, .double]

  @Test("loss and derivative agree with the definition", arguments: [0, 0.1, 1], types)
  func agrees(smoothing: Double, type: ScalarType) {
    var numbers = Numbers(seed: 31)
    for (rows, columns) in awkwardLengths.filter({ $0 > 0 }).map({ (3, $0) }) + [(0, 5), (129, 10)] {
      let z = Region(Buffer(numbers.array(3 + rows * columns, type).map { 9 * $0 }, type), offset: 3)
      let labels = (0..<rows).map { $0 * 7 % columns }
      let (losses, expected) = (Buffer(type, count: rows), Buffer(type, count: rows))
      crossEntropy(z, labels: labels, smoothing: smoothing, columns: columns, into: losses)
      crossEntropyDefinition(z, labels: labels, smoothing: smoothing, columns: columns, into: expected)
      #expect(agree(losses.values, expected.values, 32 * type.epsilon), "\(rows) × \(columns)")
      let (dz, expectedDz) = (Buffer(type, count: rows * columns), Buffer(type, count: rows * columns))
      pullBackCrossEntropy(z, labels: labels, smoothing: smoothing, columns: columns, scale: -3, into: dz)
      pullBackCrossEntropyDefinition(
        z, labels: labels, smoothing: smoothing, columns: columns, scale: -3, into: expectedDz)
      #expect(agree(dz.values, expectedDz.values, 16 * type.epsilon), "\(rows) × \(columns)")
    }
  }

  @Test(
    "weights of rows multiply the derivative; a row of weight 0 gets zeros even if its logits are NaN", arguments: types
  )
  func weights(type: ScalarType) {
    var numbers = Numbers(seed: 34)
    for columns in [1, 5, 16, 17, 100] {
      let rows = 5
      var logits = numbers.array(rows * columns, type)
      for j in 0..<columns { logits[3 * columns + j] = .nan }
      let (z, labels) = (Region(Buffer(logits, type)), (0..<rows).map { $0 * 7 % columns })
      let (dz, expected) = (Buffer(type, count: rows * columns), Buffer(type, count: rows * columns))
      let weights = [1, 0.5, 2, 0, 3]
      pullBackCrossEntropy(
        z, labels: labels, smoothing: 0.2, columns: columns, scale: 0.25, weights: weights, into: dz)
      pullBackCrossEntropyDefinition(
        z, labels: labels, smoothing: 0.2, columns: columns, scale: 0.25, weights: weights, into: expected)
      #expect(agree(dz.values, expected.values, 16 * type.epsilon), "\(columns) columns")
      #expect(dz.values[(3 * columns)..<(4 * columns)].allSatisfy { $0 == 0 })
    }
  }

  @Test("infinite logits have loss 0 if they are right, and an infinite loss if wrong", arguments: types)
  func infiniteLogits(type: ScalarType) {
    func loss(_ z: Double, _ y: Double) -> Double {
      let sum = Buffer(type, count: 1)
      binaryCrossEntropy(
        .logits, Region(Buffer([z], type)), targets: Region(Buffer([y], type)), count: 1, dividedBy: 1, into: sum)
      return sum[0]
    }
    #expect(loss(.infinity, 1) == 0 && loss(-.infinity, 0) == 0)
    for (z, y) in [(Double.infinity, 0), (.infinity, 0.5), (-.infinity, 1), (-.infinity, 0.5)] {
      #expect(loss(z, y) == .infinity)
    }
    #expect(loss(.nan, 1).isNaN)
  }

  @Test("NaN among the logits is NaN in loss and derivative; −∞ outside the label contributes nothing")
  func special() {
    let z = Region(Buffer([1, 2, .nan, 1, 2, -.infinity], .float))
    let (losses, dz) = (Buffer(.float, count: 2), Buffer(.float, count: 6))
    crossEntropy(z, labels: [0, 1], smoothing: 0, columns: 3, into: losses)
    pullBackCrossEntropy(z, labels: [0, 1], smoothing: 0, columns: 3, scale: 1, into: dz)
    #expect(losses[0].isNaN && abs(losses[1] - 0.313_261_687_518_222_8) < 1e-7)
    #expect(dz.values.map(\.isNaN) == [true, true, true, false, false, false] && dz[5] == 0)
  }

  @Test("binary losses and derivatives agree with the definition", arguments: types)
  func binary(type: ScalarType) {
    var numbers = Numbers(seed: 32)
    for (kind, stretch) in [(BinaryPrediction.logits, { 30 * $0 }), (.probabilities, { ($0 + 1) / 2 })]
      as [(_, (Double) -> Double)]
    {
      for count in awkwardLengths + [5000] {
        var x = Buffer(numbers.array(1 + count, type).map(stretch), type).values
        if kind == .probabilities && count > 8 { (x[3], x[8]) = (0, 1) }
        let y = numbers.array(count, type).enumerated().map { $0.offset % 3 == 0 ? 1 : ($0.element + 1) / 2 }
        let rounded = Buffer(y, type)
        let (sum, dx) = (Buffer(type, count: 1), Buffer(type, count: count))
        binaryCrossEntropy(
          kind, Region(Buffer(x, type), offset: 1), targets: Region(rounded), count: count, dividedBy: 2, into: sum)
        pullBackBinaryCrossEntropy(
          kind, Region(Buffer(x, type), offset: 1), targets: Region(rounded), count: count, scale: 0.5, into: dx)
        let losses = (0..<count).map { kind.loss(x[1 + $0], target: rounded[$0]) }
        #expect(agree(sum.values, [0.5 * losses.reduce(0, +)], 64 * type.epsilon), "\(kind), \(count)")
        let slopes = (0..<count).map { 0.5 * kind.derivative(x[1 + $0], target: rounded[$0]) }
        #expect(agree(dx.values, slopes, 16 * type.epsilon), "\(kind), \(count)")
      }
    }
  }

  @Test(
    "a probability of 0 or 1 costs 100 at most, with derivative 0; NaN and negative ones give NaN", arguments: types)
  func certainty(type: ScalarType) {
    func loss(_ p: Double, _ y: Double) -> (Double, Double) {
      let (p, y) = (Region(Buffer([p], type)), Region(Buffer([y], type)))
      let (sum, slope) = (Buffer(type, count: 1), Buffer(type, count: 1))
      binaryCrossEntropy(.probabilities, p, targets: y, count: 1, dividedBy: 1, into: sum)
      pullBackBinaryCrossEntropy(.probabilities, p, targets: y, count: 1, scale: 1, into: slope)
      return (sum[0], slope[0])
    }
    #expect(loss(0, 1) == (100, 0) && loss(1, 0) == (100, 0))
    #expect(loss(0, 0) == (0, 1) && loss(1, 1) == (0, -1))
    #expect(loss(.nan, 1).0.isNaN && loss(-1, 1).0.isNaN)
    // A subnormal number in Float: σ(−90). Its logarithm is above −100, and its reciprocal is infinite.
    let slope = loss(8.19e-40, 1).1
    #expect(slope.isFinite && slope < -1e37)
  }

  @Test("the result does not depend on the number of threads")
  func threads() {
    var numbers = Numbers(seed: 33)
    let z = Region(Buffer(numbers.array(200_000), .float))
    let labels = (0..<20_000).map { $0 % 10 }
    let results = [1, 2, 3].map { threads in
      let (losses, dz, sum) = (Buffer(.float, count: 20_000), Buffer(.float, count: 200_000), Buffer(.float, count: 1))
      ThreadLimit.$current.withValue(threads) {
        crossEntropy(z, labels: labels, smoothing: 0.1, columns: 10, into: losses)
        pullBackCrossEntropy(z, labels: labels, smoothing: 0.1, columns: 10, scale: 1, into: dz)
        binaryCrossEntropy(.logits, z, targets: z, count: 200_000, dividedBy: 1, into: sum)
      }
      return losses.values + dz.values + sum.values
    }
    #expect(results[0] == results[1] && results[0] == results[2])
    let expected = Buffer(.double, count: 220_000)
    crossEntropyDefinition(z, labels: labels, smoothing: 0.1, columns: 10, into: expected)
    #expect(agree(Array(results[0][..<20_000]), Array(expected.values[..<20_000]), 1e-6))
  }
}
