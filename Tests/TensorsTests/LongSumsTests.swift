import Foundation
import Tensors
import Testing

@Suite("Extreme numbers: sums of very many terms")
struct LongSumsTests {
  /// The terms are 10,007 different ones, repeated.
  let period = 10_007
  let repetitions: Int
  /// Random multiples of 2⁻¹⁰ from 0 to 1.
  let values: [Double]
  /// [repetitions × period]
  let x: Tensor

  /// Three million terms, or the number that the environment asks for.
  init() throws {
    var terms = 3_000_000
    if let text = ProcessInfo.processInfo.environment["DEEP_LEARNING_TERMS"] {
      terms = try #require(Int(text), "DEEP_LEARNING_TERMS is \"\(text)\", not a whole number")
    }
    repetitions = max(1, terms / period)
    let random = RandomSource(seed: 51)
    values = (0..<period).map { _ in (random.uniform() * 1024).rounded(.down) / 1024 }
    x = 1 * Tensor(values).broadcast(to: [repetitions, period])
  }

  private var count: Double { Double(repetitions * period) }

  /// The sum of f over all terms.
  private func exact(_ f: (Double) -> Double = { $0 }) -> Double {
    values.reduce(0) { $0 + f($1) } * Double(repetitions)
  }

  private func isClose(_ y: Double, _ expected: Double) -> Bool { abs(y - expected) <= 1e-6 * abs(expected) }

  @Test("sums and means are right to a millionth: of all, along every axis, of views")
  func sums() {
    let sum = exact()
    #expect(isClose(x.sum().item, sum) && isClose(x.mean().item, sum / count))
    #expect(isClose(x.transposed.sum().item, sum))
    let columns = x.sum(axes: [0]).scalars
    #expect(zip(columns, values).allSatisfy { isClose($0, $1 * Double(repetitions)) })
    #expect(x.sum(axes: [1]).scalars.allSatisfy { isClose($0, sum / Double(repetitions)) })
    let line = x.reshaped([repetitions * period])
    #expect(isClose(line.flipped(axis: 0).sum().item, sum) && isClose(line.sum(axes: [0]).item, sum))
    #expect(isClose(line.cumulativeSum(axis: 0)[-1].item, sum))
  }

  @Test("variance and norm are right to a millionth")
  func squares() {
    let (μ, square) = (exact() / count, exact { $0 * $0 })
    #expect(isClose(x.variance().item, square / count - μ * μ) && isClose(x.norm().item, square.squareRoot()))
  }

  @Test("products over a long inner length are right to a millionth, whatever the shape and the layout")
  func products() {
    let (line, square) = (x.reshaped([repetitions * period]), exact { $0 * $0 })
    #expect(isClose(matmul(line, line).item, square) && isClose(x.dot(x).item, square))
    let rows = x.reshaped([1, repetitions * period])
    #expect(isClose(matmul(rows, rows.transposed).item, square))
    let six = x.sliced(0..<repetitions / 6 * 6, axis: 0).reshaped([6, repetitions / 6 * period])
    let turned = 1 * six.transposed  // the same, stored by columns
    for product in [matmul(six, six.transposed), matmul(turned.transposed, turned)] {
      let exact = square / Double(repetitions) * Double(repetitions / 6)
      #expect(product.scalars.allSatisfy { isClose($0, exact) }, "\(product / exact - 1)")
    }
  }

  @Test("a product over a long inner length has its bias and activation function once")
  func epilogue() {
    let (rows, k) = (x.reshaped([1, repetitions * period]), repetitions * period)
    let ones = Tensor.ones([k, 1])
    let y = matmul(rows, ones, plus: Tensor([-2 * exact()]), then: .relu)
    #expect(y.item == 0 && isClose(matmul(rows, ones, plus: Tensor([exact()])).item, 2 * exact()))
  }

  @Test("softmax and its logarithm over a long axis are right to a millionth")
  func softmax() {
    let line = x.reshaped([repetitions * period])
    let sum = exact { exp($0) }
    #expect(isClose(line.softmax()[1].item, exp(values[1]) / sum) && isClose(line.softmax().sum().item, 1))
    #expect(isClose(line.logSoftmax()[1].item, values[1] - log(sum)) && isClose(line.logSumExp().item, log(sum)))
  }
}
