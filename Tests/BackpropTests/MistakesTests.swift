import Backprop
import Checking
import Foundations
import Running
import Tensors
import Testing

@Suite("§ 2.3 A gallery of mistakes: what each gives, where it hides, and the property that catches it")
struct MistakesTests {
  @Test("§ 1.1.2: a softmax without its maximum agrees on small logits, and is NaN at 89 in single precision")
  func softmaxOverflow() {
    let small = spread([2, 4])
    expectClose(Mistake.softmaxWithoutMaximum(small), small.softmax(), tolerance: 1e-14)
    let large = Tensor([[89, 0]])
    #expect(Mistake.softmaxWithoutMaximum(large)[0, 0].item.isNaN)
    #expect(large.softmax()[0, 0].item == 1)
    #expect(gradient(at: large) { Mistake.softmaxWithoutMaximum($0)[0, 0] }.scalars.contains { $0.isNaN })
  }

  @Test("§ 1.3.3: −ln σ(z) by way of σ is infinite at −200 in single precision; softplus is 200")
  func logarithmOfSigmoid() {
    let z = spread([9])
    expectClose(Mistake.lossOfSigmoid(z), (-z).softplus(), tolerance: 1e-14)
    let far = Tensor([-200])
    #expect(Mistake.lossOfSigmoid(far).item == .infinity)
    #expect((-far).softplus().item == 200)
    #expect(gradient(at: far) { (-$0).softplus().sum() }.item == -1)
  }

  @Test("§ 2.3: gradients that overwrite are right on a tree, and lose half of d(x·x)/dx")
  func overwritten() {
    let (tree, f) = ComputationGraph.sumTimes()
    let wrongOnTree = Mistake.gradientsOverwritten(in: tree, from: f)
    #expect(tree.places.allSatisfy { wrongOnTree[$0] == tree[$0].gradient })
    var graph = ComputationGraph()
    let x = graph.input(3, "x")
    let square = graph.product(x, x)
    graph.backpropagate(from: square)
    #expect(graph[x].gradient == 6)
    #expect(Mistake.gradientsOverwritten(in: graph, from: square)[x] == 3)
  }

  @Test("§ 2.3: a backward pass in the order of meeting passes unfinished gradients on: 216 instead of 108 for (x²)²")
  func depthFirst() {
    var graph = ComputationGraph()
    let x = graph.input(3, "x")
    let square = graph.square(x)
    let fourth = graph.product(square, square)
    graph.backpropagate(from: fourth)
    #expect(graph[x].gradient == 108)
    let wrong = Mistake.gradientsDepthFirst(in: graph, from: fourth)
    #expect(wrong[square] == 18 && wrong[x] == 216)
  }

  @Test(
    "§ 2.2.1: a bias gradient that is not summed turns the bias into a matrix, silently; with one example it is right")
  func biasNotSummed() {
    let (δ, bias) = (spread([5, 3]), spread([3], offset: 20))
    let step = { (δ: Tensor) in Mistake.biasStepNotSummed(bias, δ, learningRate: 0.1) }
    #expect(step(δ).shape == [5, 3])
    #expect((bias - 0.1 * biasGradient(δ)).shape == [3])
    let one = δ.sliced(0..<1, axis: 0)
    #expect(step(one).scalars == (bias - 0.1 * biasGradient(one)).scalars)
  }

  @Test("§ 2.2.1: W where Wᵀ belongs goes unnoticed if two layers have the same width, except by a gradient check")
  func notTransposed() {
    let (W, z, g) = (spread([3, 3]), spread([3], offset: 20), spread([3], offset: 30))
    let truth = numericGradient(at: z) { (matmul(W, $0.tanh()) * g).sum() }
    let slope = 1 - z.tanh().squared()
    #expect(relativeDistance(hiddenDelta(g, W, slope), truth) < 1e-9)
    #expect(relativeDistance(Mistake.hiddenDeltaNotTransposed(g, W, slope), truth) > 0.1)
    let symmetric = W + W.transposed
    expectClose(
      Mistake.hiddenDeltaNotTransposed(g, symmetric, slope), hiddenDelta(g, symmetric, slope), tolerance: 1e-14,
      scale: 1)
  }

  @Test(
    "§ 2.1.1: a descent whose gradients are never reset starts like the right one, and comes back instead of arriving")
  func neverReset() {
    let bowl = { (θ: Tensor) in 0.5 * θ.squared() }
    let start = Tensor(1, scalarType: .double)
    let wrong = Mistake.descentWithoutReset(from: start, learningRate: 0.1, steps: 200, of: bowl).map(\.item)
    let right = descentPath(from: start, learningRate: 0.1, steps: 200, of: bowl).map(\.item)
    #expect(wrong[1] == right[1])
    #expect(zip(right, right.dropFirst()).allSatisfy { abs($1 / $0 - 0.9) < 1e-12 })
    #expect((right.last ?? 1) < 1e-8)
    #expect(wrong.contains { $0 < -0.9 } && (wrong[150...].max() ?? 0) > 0.9)
  }

  @Test("§ 2.1.2: the mean of batch means is the loss of an epoch only if all batches have one size")
  func meanOfMeans() {
    let losses = spread([12]).squared()
    for size in [1, 2, 3, 4, 6, 12] {
      expectClose(Mistake.meanOfBatchMeans(losses, batchSize: size), losses.mean(), tolerance: 1e-14)
    }
    let five = Mistake.meanOfBatchMeans(losses, batchSize: 5).item
    #expect(abs(five / losses.mean().item - 1) > 0.01)
  }

  @Test(
    "causality: the output at a place does not depend on what comes after it, unless the mask begins one place too late"
  )
  func causality() {
    let x = spread([5, 3])
    let changed = Tensor.concatenated([x.sliced(0..<3, axis: 0), spread([2, 3], offset: 70)], axis: 0)
    let past = { (y: Tensor) in y.sliced(0..<3, axis: 0) }
    let right = { (x: Tensor) in scaledDotProductAttention(x, x, x, isCausal: true) }
    let wrong = { (x: Tensor) in Mistake.attentionThatPeeks(x, x, x) }
    #expect(past(right(x)) == past(right(changed)))
    #expect(past(wrong(x))[2] != past(wrong(changed))[2])
    #expect(past(wrong(x)).sliced(0..<2, axis: 0) == past(wrong(changed)).sliced(0..<2, axis: 0))
    expectClose(wrong(x)[4], right(x)[4], tolerance: 1e-13, scale: 1)
  }

  @Test("padding: the mean over a sequence does not depend on its padding, unless the mask has ≤ for <")
  func padding() {
    let x = spread([2, 4, 3])
    let padded = x.padded(axis: 1, before: 0, after: 2, with: 50)
    let mean = x.mean(axes: [1])
    expectClose(meanOverSequence(x, lengths: [4, 4]), mean, tolerance: 1e-14, scale: 1)
    expectClose(meanOverSequence(padded, lengths: [4, 4]), mean, tolerance: 1e-14, scale: 1)
    #expect(Mistake.meanOverOneTooMany(x, lengths: [4, 4]) == meanOverSequence(x, lengths: [4, 4]))
    #expect(relativeDistance(Mistake.meanOverOneTooMany(padded, lengths: [4, 4]), mean) > 0.5)
    let mixed = meanOverSequence(padded, lengths: [1, 4])
    expectClose(mixed[0], x[0, 0], tolerance: 1e-14, scale: 1)
    expectClose(mixed[1], mean[1], tolerance: 1e-14, scale: 1)
  }

  @Test("a length that no sequence of the batch can have stops with a message")
  func lengths() async {
    await #expect(processExitsWith: .failure) { _ = meanOverSequence(Tensor.ones([2, 4, 3]), lengths: [4, 5]) }
    await #expect(processExitsWith: .failure) { _ = meanOverSequence(Tensor.ones([2, 4, 3]), lengths: [4]) }
    await #expect(processExitsWith: .failure) { _ = meanOverSequence(Tensor.ones([1, 4, 3]), lengths: [0]) }
  }
}
