import Attention
import CNN
import Foundations
import Regularization
import Running
import Tensors
import Training
import Transformer

// Mistakes of training and use

var trainingExhibit: Exhibit {
  let text = [1, 2, 3]
  func likeliest(_ logits: Tensor) -> Tensor { logits.softmax().max() }
  func pair(_ p: Double) -> (wrong: Tensor, right: Tensor) {
    let model = exhibitedGPT(dropout: p)
    return (likeliest(Mistake.drawnInTraining(model, after: text)), likeliest(Continuation.recomputed(text, by: model)))
  }
  let (some, none) = (pair(0.3), pair(0))
  return Exhibit(
    "writing in training mode", wrong: "model.observing { $0([text]) }", right: "model([window])[0, window.count - 1]",
    shows: .init("share of the likeliest symbol, dropout 0.3", wrong: some.wrong, right: some.right),
    hides: .init("no dropout", wrong: none.wrong, right: none.right),
    caughtBy: "§ 7.7: dropout is at work in training alone")
}

var cacheExhibit: Exhibit {
  let (model, window) = (exhibitedGPT(), [1, 2, 3, 4, 0, 1])
  var flat = model
  flat.positions = 0 * model.positions
  func pair(_ model: GPT) -> (wrong: Tensor, right: Tensor) {
    (Mistake.cacheSlid(model, over: window), Continuation.recomputed(window, by: model))
  }
  return Exhibit(
    "a cache whose oldest entry is dropped",
    wrong: "model.positions.gathered(Array(1..<window.count) + [window.count - 1])",
    right: "model([window])[0, window.count - 1]",
    shows: .init("logits behind a full context", wrong: pair(model).wrong, right: pair(model).right),
    hides: .init("a model without positions", wrong: pair(flat).wrong, right: pair(flat).right),
    caughtBy: "§ 7.7: past the context, too, the cache agrees")
}

var tableCopyExhibit: Exhibit {
  let (model, text) = (exhibitedGPT(), [[0, 1, 2, 3]])
  let copied = Mistake.copiedTable(model)
  func gradientRow(_ model: GPT) -> Tensor { gradient(at: model) { $0.loss(text) }.tokens.table[4] }
  return Exhibit(
    "a tied table that is copied", wrong: "model.head = Linear(weight: model.tokens.table, bias: nil)",
    right: "head.map { $0(x) } ?? matmul(x, tokens.table.transposed)",
    shows: .init(
      "gradient for a symbol that is not read", wrong: gradientRow(copied), right: gradientRow(model)),
    hides: .init("the logits before the first step", wrong: copied(text), right: model(text)),
    caughtBy: "§ 7.7: the tied table's gradient")
}

var decayExhibit: Exhibit {
  /// The factors of a normalization after 100 steps in which its gradient is 0.
  func factors<O: Optimizer>(_ optimizer: O) -> Tensor {
    var (norm, optimizer) = (LayerNormalization(features: 2).converted(to: .double), optimizer)
    let nothing = norm.mapParameters { 0 * $0 }
    for _ in 0..<100 { optimizer.update(&norm, along: nothing) }
    return norm.scale
  }
  func pair(_ λ: Double) -> (wrong: Tensor, right: Tensor) {
    (
      factors(Mistake.decayOnEverything(learningRate: 0.01, weightDecay: λ)),
      factors(
        ParameterGroups.adamW(
          of: LayerNormalization(features: 2).converted(to: .double), learningRate: 0.01, weightDecay: λ))
    )
  }
  return Exhibit(
    "weight decay on a normalization", wrong: "Adam(learningRate: η, weightDecay: λ)",
    right: "Adam(learningRate: η, beta2: beta2, epsilon: epsilon, weightDecay: $0)",
    shows: .init("its factors after 100 steps, λ = 1", wrong: pair(1).wrong, right: pair(1).right),
    hides: .init("λ = 0", wrong: pair(0).wrong, right: pair(0).right),
    caughtBy: "§ 7.8: factors of normalizations do not decay")
}

var pairingExhibit: Exhibit {
  let random = RandomSource(seed: 4)
  let (q, k) = (random.normal([4, 4], scalarType: .double), random.normal([4, 4], scalarType: .double))
  let (four, two) = (RotaryPositions(4, pairing: .interleaved), RotaryPositions(2, pairing: .interleaved))
  func score(_ turn: RotaryPositions, _ d: Int) -> Tensor {
    let (q, k) = (q.sliced(0..<d, axis: 1), k.sliced(0..<d, axis: 1))
    return (turn(q)[3] * turn(k)[0]).sum()
  }
  return Exhibit(
    "rotary positions in other pairs than in training",
    wrong: "pairing: trained.pairing == .halves ? .interleaved : .halves",
    right: "weight.gathered((0..<h).flatMap { head in order.map { head * d + $0 } })",
    shows: .init(
      "score at a distance of 3, d = 4", wrong: score(Mistake.otherPairing(four), 4), right: score(four, 4)),
    hides: .init("d = 2", wrong: score(Mistake.otherPairing(two), 2), right: score(two, 2)),
    caughtBy: "§ 7.10: pairs of halves are not")
}

var publishedExhibit: Exhibit {
  let (W, x) = (Tensor([[1, 2], [3, 4]], scalarType: .double), Tensor([[1, 0]], scalarType: .double))
  let symmetric = Tensor([[1, 2], [2, 4]], scalarType: .double)
  func right(_ W: Tensor) -> Tensor { Linear(weight: W.transposed, bias: nil)(x) }
  return Exhibit(
    "a matrix of GPT-2's file that is not transposed", wrong: "Linear(weight: published, bias: nil)",
    right: "source.isTransposed ? part.transposed * 1 : part * 1",
    shows: .init("(1, 0) times the matrix (1, 2; 3, 4)", wrong: Mistake.matrixAsPublished(W)(x), right: right(W)),
    hides: .init(
      "a symmetric matrix", wrong: Mistake.matrixAsPublished(symmetric)(x), right: right(symmetric)),
    caughtBy: "§ 7.7: the matrices of GPT-2's file")
}
