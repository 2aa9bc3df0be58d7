import Checking
import Tensors
import Testing

@Suite("The deviation from a record")
struct RecordTests {
  /// The record of 100 numbers with five of them, as recording.py makes it.
  private let numbers = 3 * spread([4, 25], offset: 50)
  private var record: RecordedArray {
    let places = spread([5]).scalars.map { Int(($0 + 1) / 2 * 100) }
    return RecordedArray(
      shape: [4, 25], scale: numbers.abs().max().item, sum: weightedSum(numbers.reshaped([100])),
      values: places.map { numbers.scalars[$0] })
  }

  @Test("it is 0 for the same numbers, and infinite for a different shape or NaN")
  func extremes() {
    #expect(record.deviation(of: numbers) < 1e-15)
    #expect(record.deviation(of: numbers.transposed) == .infinity)
    #expect(record.deviation(of: numbers * .nan) == .infinity)
  }

  @Test("it sees an error in any of the numbers, recorded or not")
  func anywhere() {
    for place in 0..<100 {
      let error = Tensor.oneHot([place], classes: 100, scalarType: .double).reshaped([4, 25])
      let deviation = record.deviation(of: numbers + 1e-6 * error)
      #expect(deviation > 1e-10 && deviation < 1e-6, "\(place)")
    }
  }

  @Test("the weights of a sum are those of the script, again after a thousand numbers")
  func weights() {
    let ratio = (5.0.squareRoot() - 1) / 2
    for place in [0, 41, 999, 1000, 2345] {
      let fraction = (Double(8 + place % 1000) * ratio).truncatingRemainder(dividingBy: 1)
      let weight = weightedSum(Tensor.oneHot([place], classes: 2400, scalarType: .double).reshaped([2400]))
      #expect(abs(weight - (2 * fraction - 1)) < 1e-12, "\(place)")
    }
  }

  @Test("an array that is 0 by its formula is measured by its neighbours")
  func vanishing() {
    let record = RecordedArray(shape: [2], scale: 10, sum: 0, values: [0, 0])
    let deviation = record.deviation(of: Tensor([0, 1e-8], scalarType: .double))
    #expect(abs(deviation - 1e-9) < 1e-20)
  }
}
