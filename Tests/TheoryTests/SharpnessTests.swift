import Backprop
import CNN
import Checking
import Foundations
import Tensors
import Testing
import Theory
import Training
import ch11

@Suite("Exercise 11.6 Sharpness")
struct SharpnessTests {
  private let x = spread([12, 3])
  private let labels = (0..<12).map { ($0 * $0) % 3 }

  @Test("Exercise 11.6.3: power iteration on Hessian–vector products finds the largest eigenvalue of the Hessian")
  func eigenvalue() {
    let model = MLP([3, 4, 3], activation: .tanh, random: RandomSource(seed: 1)).converted(to: .double)
    func loss(_ model: MLP) -> Tensor { model(x).crossEntropy(labels: labels) }
    let H = hessian(at: model.flattened) { loss(model.withParameters(from: $0)) }
    let exact = LinearAlgebra.symmetricEigen(H).values.max().item
    let found = largestCurvature(at: model, iterations: 300, random: RandomSource(seed: 2), of: loss)
    #expect(abs(found.value - exact) < 1e-8 * exact)
    let v = found.direction.flattened
    #expect(abs(v.norm().item - 1) < 1e-12)
    expectClose(matmul(H, v), exact * v, tolerance: 1e-3, scale: exact)
  }

  @Test("Exercise 11.6.3: the largest eigenvalue is found even if a negative one has the larger magnitude")
  func negative() {
    let λ = Tensor([-5, 2, 0.5], scalarType: .double)
    let found = largestCurvature(
      at: Tensor([1, 1, 1], scalarType: .double), iterations: 200, random: RandomSource(seed: 3)
    ) { 0.5 * (λ * $0.squared()).sum() }
    #expect(abs(found.value - 2) < 1e-9 && abs(abs(found.direction[1].item) - 1) < 1e-6)
  }

  @Test("Exercise 11.6.3: H v of a residual network in evaluation is the difference quotient of its gradients")
  func residual() {
    let random = RandomSource(seed: 10)
    let network = MiniResNet(layers: 8, classes: 3, width: 2, random: random).converted(to: .double)
    let (x, y) = (random.normal([4, 3, 8, 8], scalarType: .double), [0, 1, 2, 1])
    func loss(_ model: MiniResNet) -> Tensor { model(x).crossEntropy(labels: y) }
    let v = network.mapParameters { random.normal($0.shape, scalarType: .double) }
    let product = hessianVectorProduct(at: network, along: v, mode: .evaluation, of: loss)
    func slope(_ h: Double) -> Tensor {
      gradient(at: network.zipParameters(v) { $0 + h * $1 }, mode: .evaluation, of: loss).flattened
    }
    let quotient = (slope(1e-7) - slope(-1e-7)) / 2e-7
    #expect((product.flattened - quotient).norm().item < 1e-4 * quotient.norm().item)
  }

  @Test("Exercise 11.6: a fifth of the labels are wrong, none of these is right by chance, and the inputs are the same")
  func wrongLabels() throws {
    let digits = try ticketDigits().train
    let wrong = digits.withWrongLabels(share: 0.2, classes: 10, random: RandomSource(seed: 4))
    #expect(zip(wrong.labels, digits.labels).count { $0 != $1 } == 287)
    #expect(wrong.labels.allSatisfy { 0..<10 ~= $0 } && wrong.inputs == digits.inputs)
  }

  @Test(
    "Exercise 11.6.2, Exercise 11.6.4: with wrong labels SAM is flatter than SGD and Adam, and tests better than SGD",
    arguments: [1, 2])
  func minima(seed: UInt64) throws {
    let digits = try MislabeledDigits(seed: seed)
    func found(_ rule: MinimumRule) -> FoundMinimum<MLP> {
      digits.minimum(by: rule, plan: TrainingPlan(epochs: 80, batchSize: 30))
    }
    let (sgd, adam, sam) = (found(.sgd(0.05)), found(.adam(3e-3)), found(.sam(0.05, radius: 0.1)))
    #expect(sgd.trainAccuracy > 0.95 && sam.trainAccuracy > 0.95)  // both fit the wrong labels
    #expect(sam.curvature < 0.75 * sgd.curvature && sgd.curvature < adam.curvature)
    #expect(sam.testAccuracy > sgd.testAccuracy + 0.005)
  }

  @Test("§ 11.8: a plane through three networks contains them, with directions of length 1 at right angles")
  func plane() {
    let models = (5...7).map { MLP([4, 6, 2], random: RandomSource(seed: $0)).converted(to: .double) }
    let plane = ParameterPlane(through: models[0], models[1], models[2])
    #expect(abs(plane.u.totalNorm - 1) < 1e-12 && abs(plane.v.totalNorm - 1) < 1e-12)
    #expect(abs(plane.u.dot(plane.v).item) < 1e-12)
    for model in models {
      let (a, b) = plane.place(of: model)
      expectClose(plane.point(a, b).flattened, model.flattened, tolerance: 1e-12, scale: 1)
    }
  }

  @Test("§ 11.8: random directions have rows as long as those of the weights, and leave the biases")
  func directions() {
    let model = MLP([4, 6, 2], random: RandomSource(seed: 8)).converted(to: .double)
    let plane = ParameterPlane(randomAt: model, random: RandomSource(seed: 9))
    for (θ, u) in zip(model.parameters, plane.u.parameters) {
      if θ.rank == 2 {
        expectClose(u.norm(axes: [1]), θ.norm(axes: [1]), tolerance: 1e-12, scale: 1)
      } else {
        #expect(u.abs().max().item == 0)
      }
    }
    #expect(plane.u.parameters[0] != plane.v.parameters[0])
  }
}
