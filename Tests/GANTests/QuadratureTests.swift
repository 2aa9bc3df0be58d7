import Checking
import Foundation
import GAN
import Tensors
import Testing

@Suite("§ 8.2  Integrals in one dimension")
struct QuadratureTests {
  @Test("one panel integrates polynomials up to degree 31 exactly, and degree 32 not")
  func polynomials() {
    let rule = Quadrature(over: 0...1, panels: 1)
    func error(_ k: Int) -> Double { abs(rule.integral { $0.power(Double(k)) }.item - 1 / Double(k + 1)) }
    for k in 0...31 { #expect(error(k) < 1e-14) }
    let shifted = Quadrature(over: -1...1, panels: 1)
    func legendre(_ x: Tensor) -> Tensor {
      var (last, now) = (Tensor.ones(x.shape, scalarType: .double), x)
      for n in 2...16 {
        let next = (Double(2 * n - 1) * x * now - Double(n - 1) * last) / Double(n)
        (last, now) = (now, next)
      }
      return now
    }
    #expect(abs(shifted.integral { legendre($0).squared() }.item) < 1e-14, "P₁₆² is 0 at all 16 points")
  }

  @Test("the normal density has mass 1, and the weights add up to the length of the interval")
  func normal() {
    let rule = Quadrature(over: -12...12)
    #expect(abs(rule.integral { (-0.5 * $0.squared()).exp() / (2 * Double.pi).squareRoot() }.item - 1) < 1e-13)
    #expect(abs(rule.weights.sum().item - 24) < 1e-12)
    #expect(rule.nodes.scalars == rule.nodes.scalars.sorted() && rule.nodes.scalarType == .double)
  }

  @Test("with a break at a kink the integral is exact, without it is not")
  func breaks() {
    let f: (Tensor) -> Tensor = { ($0 - 0.3).abs() }
    let exact = (0.3 * 0.3 + 0.7 * 0.7) / 2
    #expect(abs(Quadrature(between: [0, 0.3, 1], panels: 1).integral(of: f).item - exact) < 1e-15)
    #expect(abs(Quadrature(over: 0...1, panels: 1).integral(of: f).item - exact) > 1e-5)
  }

  @Test("an integral has derivatives: d/da ∫₀¹ eᵃˣ dx at a = 1 is 1")
  func derivative() {
    let slope = gradient(at: Tensor(1, scalarType: .double)) { a in
      Quadrature(over: 0...1, panels: 1).integral { (a * $0).exp() }
    }
    #expect(abs(slope.item - 1) < 1e-14)
  }

  @Test("limits that do not ascend stop with a message")
  func refusal() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Quadrature(between: [0, 1, 1])
    }
    expectMessage(result, "cannot integrate between [0.0, 1.0, 1.0] with 64 panels")
  }
}
