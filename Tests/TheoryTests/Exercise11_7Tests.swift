import Foundations
import Tensors
import Testing
import Theory
import ch11

@Suite("Exercise 11.7")
struct Exercise11_7Tests {
  private let data = FourModels.standard

  @Test("Exercise 11.7.1: the slopes between neighbours fall, 0.0580, 0.0492, 0.0362: the points are not on one line")
  func slopes() {
    for (slope, expected) in zip(data.slopes, [0.05799, 0.04922, 0.03621]) { #expect(abs(slope - expected) < 5e-6) }
  }

  @Test("Exercise 11.7.2, Exercise 11.7.3: the exponent is 0.04795, and the line gives 1.820 for 10¹¹ parameters")
  func line() {
    #expect(abs(data.line.exponent - 0.04795) < 5e-6)
    #expect(abs(data.at(1e11, data.line) - 1.8204) < 5e-5)
  }

  @Test(
    "Exercise 11.7.4: with a floor of 1.775 the error is a ninth and the prediction 2.043; others give 1.62 to 1.95"
  )
  func floor() {
    let law = data.withFloor
    #expect(abs(law.floor - 1.775) < 5e-4 && abs(data.at(1e11, law) - 2.043) < 5e-4)
    #expect(data.error(law) < data.error(data.line) / 9)
    #expect(abs(data.at(1e11, data.lastTwo) - 1.947) < 5e-4)
    #expect(abs(data.at(1e11, PowerLaw(exponent: 0.076, loss: 2.3, at: 1e9)) - 1.621) < 5e-4)
  }

  @Test("Exercise 11.7.4: predicted from three smaller models, the largest is closer to the law with a floor")
  func leftOut() {
    let (N, loss) = (data.N[0..<3], data.loss[0..<3])
    let (line, bent) = (PowerLaw(fitting: N, loss), PowerLaw(fittingFloorOf: N, loss))
    #expect(abs(data.at(1e9, bent) - 2.3) < 0.3 * abs(data.at(1e9, line) - 2.3))
  }
}
