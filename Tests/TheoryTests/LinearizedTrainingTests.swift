import Checking
import Foundations
import RNN
import Tensors
import Testing
import Theory
import Training

@Suite("§ 11.5.2  Linearized training")
struct LinearizedTrainingTests {
  private static let x = ringPoints(12)
  private static let y = 0.5 + ringAngles(12).cos() + (2 * ringAngles(12)).sin()

  private static func network(_ n: Int, _ σ: KernelActivation = .erf, _ β: Double = 1, seed: UInt64 = 1) -> WideNetwork
  {
    WideNetwork([2, n], activation: σ, biasFactor: β, random: RandomSource(seed: seed))
  }

  @Test("(11.10): the error of the Taylor polynomial is of second order: half the step, a quarter of the error")
  func taylor() {
    let start = Self.network(20)
    let linear = LinearizedNetwork(at: start)
    let direction = RandomSource(seed: 2).normal([start.parameterCount], scalarType: .double)
    func error(_ h: Double) -> Double {
      let moved = start.withParameters(from: start.flattened + h * direction)
      return (moved(Self.x) - linear(Self.x, parameters: moved)).norm().item
    }
    #expect((error(0.02) / error(0.01) - 4).magnitude < 0.1 && (error(0.01) / error(0.005) - 4).magnitude < 0.05)
    #expect(error(0) == 0)
  }

  @Test(
    "(11.11): along the gradient of ½ Σ (f − y)² the outputs move by −η Θ₀ (f − y); for the mean square by 2/N of it")
  func velocity() {
    let network = Self.network(30)
    let (f, J) = (network(Self.x), parameterJacobian(of: network, at: Self.x))
    let linearized = LinearizedTraining(kernel: network.tangentKernel(Self.x), start: f, targets: Self.y)
    let sum = gradient(at: network) { ($0(Self.x) - Self.y).squared().sum() / 2 }.flattened
    let mean = gradient(at: network) { meanSquaredError($0(Self.x), Self.y) }.flattened
    let velocity = linearized.velocity(at: f, rate: 0.3)
    #expect((velocity + 0.3 * matmul(J, sum)).abs().max().item < 1e-12)
    let ratio = -0.3 * matmul(J, mean) / velocity
    #expect((ratio - 2.0 / 12).abs().max().item < 1e-10)  // 0.16667
  }

  @Test("(11.12): the solution is that of (11.11), the matrix exponential, and the limit of Euler's steps")
  func flow() {
    let network = Self.network(30)
    let f₀ = network(Self.x)
    let Θ = network.tangentKernel(Self.x)
    let linearized = LinearizedTraining(kernel: Θ, start: f₀, targets: Self.y)
    let η = 0.1
    for t in [0.0, 1, 7] {
      let exponential = Self.y - matmul(matrixExponential(-η * t * Θ), Self.y - f₀)
      #expect((linearized.flow(time: t, rate: η) - exponential).abs().max().item < 1e-11)
      let h = 1e-5
      let slope = (linearized.flow(time: t + h, rate: η) - linearized.flow(time: t - h, rate: η)) / (2 * h)
      #expect((slope - linearized.velocity(at: linearized.flow(time: t, rate: η), rate: η)).abs().max().item < 1e-6)
    }
    let small = linearized.descent(steps: 100_000, rate: η / 100_000)
    #expect((small - linearized.flow(time: 1, rate: η)).abs().max().item < 3e-5)
  }

  @Test("§ 11.5.2, (11.11): descent on the linearized network is y − (I − ηΘ₀)ᵗ (y − f(0)) exactly")
  func descent() {
    let start = Self.network(10)
    let linear = LinearizedNetwork(at: start)
    let J = parameterJacobian(of: start, at: Self.x)
    let linearized = LinearizedTraining(kernel: matmul(J, J.transposed), start: start(Self.x), targets: Self.y)
    let η = linearized.steadyRate
    var model = start
    for step in 1...30 {
      let f = linear(Self.x, parameters: model)
      model = model.withParameters(from: model.flattened - η * matmul(f - Self.y, J))
      let difference = linear(Self.x, parameters: model) - linearized.descent(steps: step, rate: η)
      #expect(difference.abs().max().item < 1e-11)
    }
    // Beyond 2/λ_max it diverges.
    let fast = linearized.descent(steps: 400, rate: 2.05 * η) - Self.y
    #expect(fast.abs().max().item > 1e3 && (linearized.descent(steps: 400, rate: 1.95 * η) - Self.y).max().item < 1)
  }

  @Test("(11.12): (I − ηΘ₀)ᵗ follows wide networks; the flow stays away at η = 1/λ_max, whatever the width")
  func widths() {
    let runs = [16, 4_096].map { n in
      TangentTraining(
        of: Self.network(n, seed: 3), inputs: Self.x, targets: Self.y, steps: 60, isCentred: true)
    }
    #expect(runs[0].distanceFromDescent > 0.03 && runs[1].distanceFromDescent < 0.01)
    #expect(runs.allSatisfy { $0.distanceFromFlow > 0.1 })
    let slow = TangentTraining(
      of: Self.network(4_096, seed: 3), inputs: Self.x, targets: Self.y, steps: 60, rate: runs[1].rate / 20,
      isCentred: true)
    #expect(slow.distanceFromFlow < 0.015)
    #expect(zip(runs[1].losses, runs[1].losses.dropFirst()).allSatisfy { $0 > $1 })
  }

  @Test("§ 11.5.2, if Θ₀ ≻ 0: one ReLU layer without biases has four eigenvalues 0 on a ring of 12, and sin 3θ stays")
  func singular() {
    for Θ in [
      KernelLimit(layers: 2, activation: .relu).tangentKernel(Self.x), Self.network(50, .relu, 0).tangentKernel(Self.x),
    ] {
      let eigenvalues = LinearAlgebra.symmetricEigen(Θ).values
      #expect(eigenvalues[3].item.magnitude < 1e-7 && eigenvalues[4].item > 0.01)
    }
    let limit = harmonicEigenvalues(of: KernelLimit(layers: 2, activation: .relu).tangentKernel(Self.x))
    #expect(limit[3].magnitude < 1e-7 && limit[5].magnitude < 1e-7 && (limit[4] - 0.13947).magnitude < 1e-5)
    // f(x) − f(−x) is linear, so sin 3θ is out of reach.
    let network = Self.network(40, .relu, 0)
    let odd = network(Self.x) - network(-Self.x)
    let fitted = matmul(Self.x, LinearAlgebra.leastSquares(Self.x, odd))
    #expect((odd - fitted).abs().max().item < 1e-12)
    let wave = (3 * ringAngles(12)).sin()
    let stuck = TangentTraining(of: network, inputs: Self.x, targets: wave, steps: 1_500)
    #expect((stuck.losses[1_500] - 3).magnitude < 1e-3)
    let learned = TangentTraining(
      of: Self.network(200, .relu, 1), inputs: Self.x, targets: wave, steps: 1_500)
    #expect(learned.losses[1_500] < 1e-3)
  }

  @Test("§ 11.5.2, if Θ₀ ≻ 0: with biases, or with more layers, the kernel of the ring is positive definite")
  func definite() {
    for (layers, β) in [(2, 1.0), (3, 0), (4, 0)] {
      let Θ = KernelLimit(layers: layers, activation: .relu, biasFactor: β).tangentKernel(Self.x)
      #expect(LinearAlgebra.symmetricEigen(Θ).values[0].item > 0.05)
    }
  }

  @Test("Remark 11.14: the larger the output scale α, the less kernel and weights change; the fit is as good")
  func lazy() {
    let start = Self.network(100, .relu, 0)
    let y = (2 * ringAngles(12)).cos() + 0.5 * (4 * ringAngles(12)).sin()
    let runs = [0.3, 3, 30].map {
      TangentTraining(
        of: start, inputs: Self.x, targets: y, steps: 1_500, rate: 0.1, outputScale: $0, isCentred: true)
    }
    #expect(runs[0].kernelDrift > 0.5 && runs[1].kernelDrift < 0.2 && runs[2].kernelDrift < 0.02)
    #expect(runs[0].weightMovement > 5 * runs[1].weightMovement && runs[1].weightMovement > 5 * runs[2].weightMovement)
    #expect(runs.allSatisfy { $0.losses[1_500] < 1e-2 && $0.outputs[0].abs().max().item == 0 })
    // The same time scale: the outputs after a step agree up to second order in 1/α.
    #expect((runs[1].outputs[1] - runs[2].outputs[1]).abs().max().item < 0.05)
    #expect(runs[2].distanceFromDescent < 0.05 && runs[0].distanceFromDescent > 0.1)
  }
}
