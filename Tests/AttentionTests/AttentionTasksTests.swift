import Attention
import CNN
import Checking
import Foundations
import Tensors
import Testing

@Suite("§ 6.6 What a layer of self-attention can be trained for")
struct AttentionTasksTests {
  @Test("§ 6.5.2 of Groudiev: which token comes first? Learned with positions appended, and hidden without them")
  func first() {
    let accuracies = [0, 8].map { numbers in
      let random = RandomSource(seed: 1)
      let start = FirstTokenReader(numbers: numbers, random: random)
      let (model, _) = start.trained(by: SequencePlan(steps: 250, batch: 64, learningRate: 1e-2), random: random) {
        let (tokens, first) = FirstTokenReader.draw(64, random)
        return $0(tokens).crossEntropy(labels: first)
      }
      let (tokens, first) = FirstTokenReader.draw(500, RandomSource(seed: 2))
      // Without positions the same tokens in another order have the same logits.
      let reversed = tokens.map { Array($0.reversed()) }
      #expect(((model(tokens) - model(reversed)).abs().max().item < 1e-4) == (numbers == 0))
      return Double(zip(model(tokens).argmax(), first).count { $0 == $1 }) / 500
    }
    // The commonest of 8 tokens of 4 kinds is the first one for 45 % of the sequences.
    #expect(accuracies[0] < 0.55 && accuracies[1] > 0.95, "\(accuracies)")
  }

  @Test("§ 6.5.5 of Groudiev: are two distant shapes the same? Pixels that attend learn it, convolutions alone cannot")
  func same() {
    let accuracies = [false, true].map { attends in
      let random = RandomSource(seed: 1)
      let start = ShapeComparison(attends: attends, random: random)
      let (model, _) = start.trained(by: SequencePlan(steps: 400, batch: 64, learningRate: 1e-2), random: random) {
        let (images, labels) = ShapeComparison.draw(64, random)
        return $0(images).crossEntropy(labels: labels)
      }
      let (images, labels) = ShapeComparison.draw(400, RandomSource(seed: 2))
      return Double(zip(model(images).argmax(), labels).count { $0 == $1 }) / 400
    }
    // Without attention the logits are sums over places, so those of a mixed pair are the mean of those of the two
    // equal pairs: at least one of the four pairs is taken for the wrong class.
    #expect(accuracies[0] < 0.8 && accuracies[1] > 0.95, "\(accuracies)")
  }
}

/// One layer of self-attention whose outputs are averaged, with or without positions appended.
private struct FirstTokenReader: Model {
  var embedding: Embedding
  var positions: [AppendedPositions]
  var attention: SelfAttention
  var output: Linear

  init(numbers: Int, random: RandomSource) {
    embedding = Embedding(4, 8, random: random)
    positions = numbers == 0 ? [] : [AppendedPositions(places: 8, numbers: numbers, random: random)]
    attention = SelfAttention(8 + numbers, depth: 8, values: 8, random: random)
    output = Linear(8, 4, random: random)
  }

  static var parameters: [PartialKeyPath<FirstTokenReader>] { [\.embedding, \.positions, \.attention, \.output] }

  func callAsFunction(_ tokens: [[Int]]) -> Tensor {
    let x = embedding(tokens.flatMap { $0 }, shape: [tokens.count, 8])
    return output(attention(positions(x)).mean(axes: [1]))
  }

  /// Sequences of 8 tokens of 4 kinds, and the first token of each.
  static func draw(_ count: Int, _ random: RandomSource) -> (tokens: [[Int]], first: [Int]) {
    let tokens = (0..<count).map { _ in (0..<8).map { _ in random.integer(below: 4) } }
    return (tokens, tokens.map { $0[0] })
  }
}

/// A convolution, attention between pixels or none, and a network that reads every pixel alone; the sum decides.
private struct ShapeComparison: Model {
  var convolution: Convolution
  var attention: SpatialSelfAttention
  var hidden: Linear
  var output: Linear
  let attends: Bool

  init(attends: Bool, random: RandomSource) {
    convolution = Convolution(1, 16, kernel: 3, padding: 1, random: random)
    attention = SpatialSelfAttention(channels: 16, depth: 16, random: random)
    hidden = Linear(16, 16, random: random)
    output = Linear(16, 2, random: random)
    self.attends = attends
  }

  static var parameters: [PartialKeyPath<ShapeComparison>] { [\.convolution, \.attention, \.hidden, \.output] }

  func callAsFunction(_ images: Tensor) -> Tensor {
    let maps = Activation.relu(convolution(images))
    let pixels = (attends ? attention(maps) : maps).flattened(from: 2).transposed  // [N×40×16]
    return output(Activation.relu(hidden(pixels))).sum(axes: [1])
  }

  /// Images of 4×10 pixels with a plus or a cross on either side, and whether both are the same. No window of 3×3
  /// pixels has a part of both.
  static func draw(_ count: Int, _ random: RandomSource) -> (images: Tensor, labels: [Int]) {
    let shapes = [[(0, 1), (1, 0), (1, 1), (1, 2), (2, 1)], [(0, 0), (0, 2), (1, 1), (2, 0), (2, 2)]]
    var (pixels, labels) = ([Float](repeating: 0, count: count * 40), [Int]())
    for n in 0..<count {
      let pair = [random.integer(below: 2), random.integer(below: 2)]
      for half in 0..<2 {
        let (top, left) = (random.integer(below: 2), 6 * half + random.integer(below: 2))
        for (row, column) in shapes[pair[half]] { pixels[40 * n + 10 * (top + row) + left + column] = 1 }
      }
      labels.append(pair[0] == pair[1] ? 1 : 0)
    }
    return (Tensor(pixels.map(Double.init), shape: [count, 1, 4, 10]), labels)
  }
}
