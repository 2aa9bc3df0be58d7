import Backprop
import Figures
import Foundations
import Running
import Tensors

/// The mistakes of chapter 2: each on an input where it shows and on one where it does not.
public let gallery2 = Exercise(.gallery, "2", "Mistakes that everybody makes once", seconds: 1) { run in
  run.show(exhibits2)
  run.show(resetFigure(), as: "reset")
  run.show(maskFigure(), as: "mask")
}

/// The exhibits of the gallery, in the order of the chapter.
public var exhibits2: [Exhibit] {
  [
    softmaxExhibit, sigmoidExhibit, meansExhibit, resetExhibit, overwrittenExhibit, depthFirstExhibit, deltaExhibit,
    biasExhibit, transposedExhibit, causalExhibit, lengthExhibit,
  ]
}

// MARK: - Numbers and steps

private var softmaxExhibit: Exhibit {
  let (z, usual) = (Tensor([89, 0]), spreadOut([100, 10], from: -10, to: 10))
  return Exhibit(
    "softmax without subtracting the maximum", wrong: "powers / powers.sum(axes: [-1], keepsAxes: true)",
    right: "z.softmax()",
    shows: .init("(89, 0)", wrong: Mistake.softmaxWithoutMaximum(z), right: z.softmax()),
    hides: .init("logits from −10 to 10", wrong: Mistake.softmaxWithoutMaximum(usual), right: usual.softmax()),
    caughtBy: "§ 1.1.2: a softmax without its maximum agrees on small logits")
}

private var sigmoidExhibit: Exhibit {
  let (z, usual) = (Tensor([-200]), spreadOut([1000], from: -10, to: 10))
  return Exhibit(
    "−ln σ(z) by way of σ(z)", wrong: "-z.sigmoid().log()", right: "(-z).softplus()",
    shows: .init("z = −200", wrong: Mistake.lossOfSigmoid(z), right: (-z).softplus()),
    hides: .init("logits from −10 to 10", wrong: Mistake.lossOfSigmoid(usual), right: (-usual).softplus()),
    caughtBy: "§ 1.3.3: −ln σ(z) by way of σ is infinite at −200")
}

private var meansExhibit: Exhibit {
  let losses = Tensor((0..<33).map { $0 == 32 ? 4 : 0.5 }, scalarType: .double)
  let equal = losses.sliced(1..<33, axis: 0)
  return Exhibit(
    "the mean of the batches' means", wrong: "Tensor.stacked(means, axis: 0).mean()", right: "losses.mean()",
    shows: .init(
      "32 losses of 0.5 and one of 4", wrong: Mistake.meanOfBatchMeans(losses, batchSize: 32), right: losses.mean()),
    hides: .init(
      "batches of one size", wrong: Mistake.meanOfBatchMeans(equal, batchSize: 8), right: equal.mean()),
    caughtBy: "§ 2.1.2: the mean of batch means")
}

private var resetExhibit: Exhibit {
  let (wrong, right) = descents(steps: 50)
  return Exhibit(
    "gradients that nobody resets", wrong: "total += gradient(at: path[t], of: L)",
    right: "θ.zipParameters(gradient(at: θ, of: L)) { θ, g in θ - η * g }",
    shows: .init("½θ² from θ = 1, η = 0.1, 50 steps", wrong: wrong[50], right: right[50]),
    hides: .init("the first step", wrong: wrong[1], right: right[1]),
    caughtBy: "§ 2.1.1: a descent whose gradients are never reset")
}

/// Descent on ½θ² from 1 with η = 0.1, once with gradients that are never reset and once with gradients that are.
private func descents(steps: Int) -> (wrong: [Tensor], right: [Tensor]) {
  let (θ, bowl) = (Tensor(1, scalarType: .double), { (θ: Tensor) in 0.5 * θ.squared() })
  return (
    Mistake.descentWithoutReset(from: θ, learningRate: 0.1, steps: steps, of: bowl),
    descentPath(from: θ, learningRate: 0.1, steps: steps, of: bowl)
  )
}

private func resetFigure() -> LineChart {
  let (wrong, right) = descents(steps: 100)
  let steps = (0...100).map(Double.init)
  return LineChart(
    "Descent on ½θ²", x: Axis("step"), y: Axis("θ"),
    series: [
      Series("gradients never reset", x: steps, wrong.map(\.item)), Series("reset", x: steps, right.map(\.item)),
    ])
}

// MARK: - The backward pass

private var overwrittenExhibit: Exhibit {
  let (tree, f) = ComputationGraph.sumTimes()
  let found = Mistake.gradientsOverwritten(in: tree, from: f)
  let (graph, x, square) = squareGraph()
  return Exhibit(
    "a node used twice, its gradient overwritten", wrong: "gradients[input] = local * upstream",
    right: "nodes[input.index].gradient += local * upstream",
    shows: .init(
      "d(x · x)/dx at 3", wrong: numbers([Mistake.gradientsOverwritten(in: graph, from: square)[x]]),
      right: numbers([graph[x].gradient])),
    hides: .init(
      "(x + y) z, a tree", wrong: numbers(tree.places.map { found[$0] }),
      right: numbers(tree.places.map { tree[$0].gradient })),
    caughtBy: "§ 2.3: gradients that overwrite are right on a tree")
}

private var depthFirstExhibit: Exhibit {
  var graph = ComputationGraph()
  let x = graph.input(3, "x")
  let square = graph.square(x)
  let fourth = graph.product(square, square)
  graph.backpropagate(from: fourth)
  let (small, y, product) = squareGraph()
  return Exhibit(
    "nodes visited as they are met", wrong: "while let place = waiting.popLast() {",
    right: "for index in (0...output.index).reversed() {",
    shows: .init(
      "d(x² · x²)/dx at 3", wrong: numbers([Mistake.gradientsDepthFirst(in: graph, from: fourth)[x]]),
      right: numbers([graph[x].gradient])),
    hides: .init(
      "x · x, one layer", wrong: numbers([Mistake.gradientsDepthFirst(in: small, from: product)[y]]),
      right: numbers([small[y].gradient])),
    caughtBy: "§ 2.3: a backward pass in the order of meeting")
}

/// x · x at 3.
private func squareGraph() -> (ComputationGraph, x: ComputationGraph.Place, square: ComputationGraph.Place) {
  var graph = ComputationGraph()
  let x = graph.input(3, "x")
  let square = graph.product(x, x)
  graph.backpropagate(from: square)
  return (graph, x, square)
}

private var deltaExhibit: Exhibit {
  let z = Tensor([2, -0.5, -1.7, 1.03], scalarType: .double)
  let wrong = Mistake.elementwiseSoftmaxDelta(z, label: 1)
  let right = softmaxCrossEntropyDelta(z.expanded(axis: 0), labels: [1])[0]
  return Exhibit(
    "δ of a softmax, element by element", wrong: "-(y / p) * (p * (1 - p))",
    right: "(softmax(z) - y) / Double(labels.count)",
    shows: .init("four classes, the second is right", wrong: wrong, right: right),
    hides: .init("the label's own entry", wrong: wrong[1], right: right[1]),
    caughtBy: "§ 2.2.1: δ⁽ᴸ⁾ of a softmax with cross-entropy is p − y")
}

private var biasExhibit: Exhibit {
  let b = Tensor([1, 2, 3], scalarType: .double)
  let δ = spreadOut([5, 3], from: -1, to: 1, scalarType: .double)
  let entries = { (δ: Tensor) in
    (
      wrong: numbers([Double(Mistake.biasStepNotSummed(b, δ, learningRate: 0.1).count)]),
      right: numbers([Double((b - 0.1 * biasGradient(δ)).count)])
    )
  }
  let (batch, one) = (entries(δ), entries(δ.sliced(0..<1, axis: 0)))
  return Exhibit(
    "a bias gradient that is not summed", wrong: "bias - η * δ", right: "b - 0.1 * biasGradient(δ)",
    shows: .init("numbers in the bias of 3 neurons after a step, 5 examples", wrong: batch.wrong, right: batch.right),
    hides: .init("batches of one example", wrong: one.wrong, right: one.right),
    caughtBy: "§ 2.2.1: a bias gradient that is not summed")
}

private var transposedExhibit: Exhibit {
  let W = Tensor([[1, 2, -1], [0, 1, 3], [-2, 1, 1]], scalarType: .double)
  let (δ, slope) = (Tensor([1, -1, 2], scalarType: .double), Tensor([1, 1, 1], scalarType: .double))
  let same = W + W.transposed
  return Exhibit(
    "W where Wᵀ belongs", wrong: "matmul(nextW, nextδ) * slope", right: "matmul(W.transposed, δ)",
    shows: .init(
      "two layers of three neurons", wrong: Mistake.hiddenDeltaNotTransposed(δ, W, slope),
      right: hiddenDelta(δ, W, slope)),
    hides: .init(
      "a symmetric W", wrong: Mistake.hiddenDeltaNotTransposed(δ, same, slope), right: hiddenDelta(δ, same, slope)),
    caughtBy: "§ 2.2.1: W where Wᵀ belongs")
}

/// Evenly spaced numbers in the order of a fixed shuffle.
private func spreadOut(_ shape: Shape, from low: Double, to high: Double, scalarType: ScalarType = .float) -> Tensor {
  Tensor.linear(from: low, to: high, count: shape.count, scalarType: scalarType)
    .gathered(RandomSource(seed: 1).permutation(shape.count)).reshaped(shape)
}

private func numbers(_ values: [Double?]) -> Tensor { Tensor(values.map { $0 ?? .nan }, scalarType: .double) }
