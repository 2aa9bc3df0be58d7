import Checking
import Tensors
import Testing
import Theory
import Training
import ch11

@Suite("Remark 11.11 Other architectures, other biases")
struct ArchitectureBiasTests {
  private let world: SparseWorld

  init() throws { world = try SparseWorld(random: RandomSource(seed: 31)) }

  @Test("Remark 11.11: u² − v² from a small start ends near the smallest ‖w‖₁, from a large one at the smallest ‖w‖₂")
  func starts() {
    let (small, large) = (
      world.trained(from: 1e-4, plan: TrainingPlan(steps: 6_000)).weights,
      world.trained(from: 5, plan: TrainingPlan(steps: 3_000)).weights
    )
    let (ℓ1, ℓ2) = (world.smallestL1.weights, world.shortest)
    #expect((small - ℓ1).norm().item < 0.1 && (small - ℓ2).norm().item > 1)
    #expect((large - ℓ2).norm().item < 1e-3 && (large - ℓ1).norm().item > 1)
    #expect((matmul(world.X, large) - world.y).norm().item < 1e-6)
  }

  @Test("Remark 11.11: the limit of the flow is 2α² sinh(Xᵀν), which training with small steps reaches")
  func flow() throws {
    for (α, steps) in [(0.3, 4_000), (1, 3_000)] {
      let limit = try diagonalFlowLimit(world.X, world.y, start: α)
      expectClose(matmul(world.X, limit), world.y, tolerance: 1e-10, scale: 1)
      let trained = world.trained(from: α, plan: TrainingPlan(steps: steps)).weights
      #expect((trained - limit).norm().item < 0.02, "α = \(α): \((trained - limit).norm().item)")
      #expect((limit - world.shortest).norm().item > 0.002)
    }
  }

  @Test("Remark 11.11: the smaller the start, the nearer the limit is to the smallest ‖w‖₁, whose certificate holds")
  func certificate() throws {
    let (w, ν) = (world.smallestL1.weights, world.smallestL1.certificate)
    expectClose(matmul(world.X, w), world.y, tolerance: 1e-10, scale: 1)
    #expect(matmul(world.X.transposed, ν).abs().max().item <= 1 + 1e-9)
    #expect(abs((ν * world.y).sum().item - w.abs().sum().item) < 1e-9)
    // The truth has three weights that are not 0, and is found.
    expectClose(w[0..<3], Tensor([1.5, -1, 0.8], scalarType: .double), tolerance: 1e-9)
    #expect(w[3..<60].abs().max().item < 1e-9)
    let starts = [1, 0.1, 1e-2, 1e-3, 1e-4, 1e-6]
    let distances = try starts.map { (try diagonalFlowLimit(world.X, world.y, start: $0) - w).norm().item }
    #expect(zip(distances, distances.dropFirst()).allSatisfy { $0 > $1 } && distances[5] < 0.005, "\(distances)")
  }

  @Test("Remark 11.11: the diagonal network is PyTorch's", arguments: [ScalarType.double, .float])
  func reference(type: ScalarType) throws {
    try expectAgreement("theory_descent", [.layer { _ in DiagonalNetwork(5, start: 1) }], type)
  }
}

@Suite("Remark 11.11 The widest margin")
struct WidestMarginTests {
  @Test("Remark 11.11: descent on the logistic loss turns to the widest margin, and ‖w‖ grows like ‖ŵ‖ ln t")
  func logistic() throws {
    let world = try MarginWorld(random: RandomSource(seed: 41), last: 31_623)
    let cosines = world.cosines
    #expect(zip(cosines.dropFirst(2), cosines.dropFirst(3)).allSatisfy { $0 < $1 } && (cosines.last ?? 0) > 0.995)
    let growth = world.growth.dropFirst(3)
    let size = world.widest.weights.norm().item
    #expect(zip(growth, growth.dropFirst()).allSatisfy { $0 < $1 }, "\(growth)")
    #expect((growth.last ?? 0) > 0.75 * size && (growth.last ?? 0) < size)
    // Everything is separated long before, and no step is the last one.
    let margins = world.descent.weights.map { (world.labels * matmul(world.points, $0)).min().item / $0.norm().item }
    #expect(margins[5] > 0 && (margins.last ?? 0) < world.widest.margin && (margins.last ?? 0) > margins[5])
  }

  @Test(
    "Remark 11.11: the widest margin has yᵢ wᵀxᵢ ≥ 1, with equality where αᵢ > 0, and is a support vector machine's")
  func optimality() throws {
    let reference = try golden("theory_descent", as: Reference.self).solutions.solutions
    let x = (TensorRecipe(shape: [12, 3], offset: 40).made(.double))
    let y = Tensor(reference.signs, scalarType: .double)
    let widest = try WidestMargin(x, labels: y)
    expectClose(widest.weights, Tensor(reference.widestMargin, scalarType: .double), tolerance: 1e-6, scale: 1)
    let margins = y * matmul(x, widest.weights)
    #expect(margins.min().item > 1 - 1e-9 && widest.multipliers.min().item >= 0)
    #expect((widest.multipliers * (margins - 1)).abs().max().item < 1e-9)
    expectClose(matmul(widest.multipliers * y, x), widest.weights, tolerance: 1e-12, scale: 1)
    #expect(abs(widest.margin * widest.weights.norm().item - 1) < 1e-12)
    #expect(throws: SearchError.self) {
      try WidestMargin(
        Tensor([[1, 0], [-1, 0], [1, 0.5]], scalarType: .double), labels: Tensor([1, 1, 1], scalarType: .double))
    }
  }

  @Test("(11.8): X⁺y is NumPy's")
  func pseudoinverse() throws {
    let reference = try golden("theory_descent", as: Reference.self).solutions.solutions
    let (X, y) = (
      TensorRecipe(shape: [6, 15]).made(.double), TensorRecipe(shape: [6], offset: 131).made(.double)
    )
    #expect(reference.pseudoinverse.deviation(of: minimumNormSolution(X, y)) < 1e-12)
    #expect(
      reference.pseudoinverse.deviation(of: OverparameterizedRegression(X, y).pseudoinverseSolution) < 1e-12)
  }
}

private struct Reference: Decodable {
  let solutions: Solutions
  struct Solutions: Decodable { let solutions: Values }
  struct Values: Decodable {
    let pseudoinverse: RecordedArray
    let signs, widestMargin: [Double]
  }
}
