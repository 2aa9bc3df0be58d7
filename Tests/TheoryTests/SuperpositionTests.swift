import Checking
import Tensors
import Testing
import Theory
import Training
import ch11

@Suite("§ 11.11 Features in superposition")
struct SuperpositionTests {
  @Test("§ 11.11: sparse features are 0 with probability S, otherwise uniform; importances are 1, 0.9, 0.81, …")
  func features() {
    let x = SparseFeatures(count: 5, sparsity: 0.8).draw(20_000, RandomSource(seed: 1))
    #expect(abs((x .== 0).mean().item - 0.8) < 0.01 && abs(x.sum().item / (x .> 0).sum().item - 0.5) < 0.01)
    expectClose(
      SparseFeatures(count: 3, sparsity: 0).importances, Tensor([1, 0.9, 0.81]), tolerance: 1e-6, scale: 1)
  }

  @Test("§ 11.11: two dimensions keep the two most important dense features, and all five if they are sparse enough")
  func kept() {
    let found = superpositions(sparsities: [0, 0.5, 0.97], seeds: 2, steps: 700, random: RandomSource(seed: 2)) {
      steps, _ in TrainingPlan(steps: steps)
    }
    let dense = found[0].best
    #expect(dense.kept == 2 && dense.lengths[0] > 0.9 && dense.lengths[1] > 0.9)
    #expect(dense.lengths[2...].allSatisfy { $0 < 0.05 })
    #expect((3...4).contains(found[1].best.kept))
    let sparse = found[2].best
    #expect(sparse.kept == 5 && sparse.bias.max().item < 0)  // the biases suppress the interference
    // A regular pentagon: every direction has two neighbours at 72°, with cosine 0.31, and two others with −0.81.
    let W = sparse.weight.transposed
    let cosines =
      matmul(W, W.transposed)
      / matmul(W.norm(axes: [1], keepsAxes: true), W.norm(axes: [1], keepsAxes: true).transposed)
    for row in 0..<5 {
      let others = cosines[row].scalars.enumerated().filter { $0.offset != row }.map(\.element).sorted()
      #expect(others[1] < -0.6 && others[2] > 0.1 && others[3] < 0.55)
    }
  }
}
