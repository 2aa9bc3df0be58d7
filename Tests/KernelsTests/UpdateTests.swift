import Foundation
import Kernels
import Testing

@Suite("Optimizer steps")
struct UpdateTests {
  static let types = [ScalarType.float, .double]
  static let constants = AdamConstants(
    beta1: 0.9, beta2: 0.999, epsilon: 1e-8, learningRate: 0.01, correction1: 0.271, correction2: 0.002997,
    weightDecay: 30)

  @Test("a step of Adam is the published one and changes only the parameters", arguments: types)
  func adam(type: ScalarType) {
    let c = Self.constants
    var numbers = Numbers(seed: 7)
    for count in awkwardLengths {
      let (theta, m) = (numbers.array(count + 20, type), numbers.array(count + 20, type))
      let (g, v) = (numbers.array(count + 3, type), numbers.array(count + 20, type).map { abs($0) })
      let buffers = [theta, m, v].map { Buffer($0, type) }
      updateAdam(
        buffers[0], gradient: Region(Buffer(g, type), offset: 3), m: buffers[1], v: buffers[2], constants: c,
        count: count)
      var expected = [theta, m, v]
      for i in 0..<count {
        expected[1][i] = c.beta1 * m[i] + (1 - c.beta1) * g[i + 3]
        expected[2][i] = c.beta2 * v[i] + (1 - c.beta2) * g[i + 3] * g[i + 3]
        let root = sqrt(expected[2][i] / c.correction2) + c.epsilon
        expected[0][i] =
          (1 - c.learningRate * c.weightDecay) * theta[i] - c.learningRate * (expected[1][i] / c.correction1) / root
      }
      for (buffer, expected) in zip(buffers, expected) { #expect(agree(buffer.values, expected, 4 * type.epsilon)) }
    }
  }

  @Test("the first step of Adam has the learning rate as its size, against the sign of the gradient", arguments: types)
  func firstStep(type: ScalarType) {
    let (theta, m, v) = (Buffer(type, count: 2), Buffer(type, count: 2), Buffer(type, count: 2))
    for buffer in [theta, m, v] { for i in 0..<2 { buffer[i] = 0 } }
    let constants = AdamConstants(
      beta1: 0.9, beta2: 0.999, epsilon: 1e-30, learningRate: 0.5, correction1: 0.1, correction2: 0.001)
    updateAdam(theta, gradient: Region(Buffer([40, -0.03], type)), m: m, v: v, constants: constants, count: 2)
    #expect(agree(theta.values, [-0.5, 0.5], 4 * type.epsilon))
  }

  @Test("gradient descent steps against the gradient", arguments: types)
  func gradientDescent(type: ScalarType) {
    var numbers = Numbers(seed: 8)
    for count in awkwardLengths {
      let (theta, g) = (numbers.array(count + 20, type), numbers.array(count + 1, type))
      let buffer = Buffer(theta, type)
      updateGradientDescent(buffer, gradient: Region(Buffer(g, type), offset: 1), learningRate: 0.25, count: count)
      let expected = theta.indices.map { $0 < count ? theta[$0] - 0.25 * g[$0 + 1] : theta[$0] }
      #expect(agree(buffer.values, expected, type.epsilon))
    }
  }
}
