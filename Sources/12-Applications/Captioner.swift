// § 12.10  Describing an image: attention over a grid

import Attention
import CNN
import DataSets
import Foundations
import Messages
import RNN
import Tensors

/// A network that describes an image word by word, looking at another part of it for every word. § 12.10
///
/// Convolutions make a grid of vectors hᵢⱼ, which is a set of states like those of an encoder. For every word eₜᵢⱼ =
/// f(sₜ₋₁, hᵢⱼ), the weights aₜ are the softmax of eₜ over the whole grid, and cₜ = Σᵢⱼ aₜᵢⱼ hᵢⱼ; the decoder's step is
/// sₜ = LSTM([yₜ₋₁; cₜ], sₜ₋₁). Without attention cₜ is the mean of the grid in every step. Xu et al. (2015);
/// Groudiev, *Deep Learning*, § 6.3
public struct Captioner: Model {
  /// The convolutions, each with batch normalization and a ReLU; two of stride 2 make a grid of 8×8 of an image of
  /// 32×32.
  public var convolutions: [NormalizedConvolution]
  /// From the mean of the grid to the hidden state and the cell of s₀.
  public var bridge, cellBridge: Linear
  /// The vectors of words, of the end and of the start.
  public var embedding: Embedding
  /// The decoder.
  public var decoder: LongShortTermMemory
  /// f; nil for the mean of the grid.
  public var attention: AdditiveAttention?
  /// From [sₜ; cₜ] to the logits of the words and of the end.
  public var output: Linear

  /// A network with C channels in the grid and `hidden` units.
  public init(hasAttention: Bool = true, channels C: Int = 32, hidden: Int = 48, random: RandomSource) {
    convolutions = [
      NormalizedConvolution(3, 16, kernel: 3, stride: 2, random: random),
      NormalizedConvolution(16, C, kernel: 3, stride: 2, random: random),
      NormalizedConvolution(C, C, kernel: 3, random: random),
    ]
    (bridge, cellBridge) = (Linear(C, hidden, random: random), Linear(C, hidden, random: random))
    embedding = Embedding(SceneWords.symbols, 16, random: random)
    decoder = LongShortTermMemory(16 + C, hidden, random: random)
    attention = hasAttention ? AdditiveAttention(queries: hidden, states: C, units: 32, random: random) : nil
    output = Linear(hidden + C, SceneWords.end + 1, random: random)
  }

  /// All parts, in the order in which they are applied.
  public static var parameters: [PartialKeyPath<Captioner>] {
    [\.convolutions, \.bridge, \.cellBridge, \.embedding, \.decoder, \.attention, \.output]
  }

  /// The vectors h of all cells, row by row. [N×3×32×32] → [N×64×C]
  public func grid(_ images: Tensor) -> Tensor {
    convolutions.reduce(images) { x, layer in layer(x, then: .relu) }.flattened(from: 2).transposed
  }

  /// s₀, from the mean of the grid.
  public func initialState(_ grid: Tensor) -> RecurrentState {
    let mean = grid.mean(axes: [1])
    return RecurrentState(hidden: bridge(mean).tanh(), cell: cellBridge(mean))
  }

  /// One step: sₜ, cₜ and aₜ from the words yₜ₋₁ and the state sₜ₋₁.
  public func step(
    _ words: [Int], from s: RecurrentState, over grid: Tensor
  ) -> (state: RecurrentState, context: Tensor, weights: Tensor?) {
    let (c, a) = context(s.hidden, grid)
    let input = Tensor.concatenated([embedding(words), c], axis: -1).expanded(axis: 1)
    return (decoder(input, initial: s).final, c, a)
  }

  private func context(_ s: Tensor, _ grid: Tensor) -> (context: Tensor, weights: Tensor?) {
    guard let attention else { return (grid.mean(axes: [1]), nil) }
    let (c, a) = attention(s.expanded(axis: 1), over: grid)
    return (c.squeezed(axis: 1), a.squeezed(axis: 1))
  }

  /// The logits of the word after a step. [N×(V+1)]
  public func logits(_ s: RecurrentState, _ c: Tensor) -> Tensor {
    output(Tensor.concatenated([s.hidden, c], axis: -1))
  }

  /// The mean cross-entropy of all words and ends of captions, given the correct earlier words.
  public func loss(_ images: Tensor, _ captions: [[Int]]) -> Tensor {
    let inputs = Tokens(captions.map { [SceneWords.start] + $0 }, padding: SceneWords.end)
    let labels = Tokens(captions.map { $0 + [SceneWords.end] }, padding: SceneWords.end)
    let h = grid(images)
    var (s, rows) = (initialState(h), [Tensor]())
    for t in 0..<inputs.time {
      let step = step((0..<inputs.count).map { inputs.numbers[$0 * inputs.time + t] }, from: s, over: h)
      s = step.state
      rows.append(logits(s, step.context))
    }
    let z = Tensor.stacked(rows, axis: 1)
    return z.reshaped([z.shape[0] * z.shape[1], z.shape[2]])
      .crossEntropy(labels: labels.numbers, where: labels.isReal)
  }

  /// A caption for every image, word by word, with the weights on the grid for every word. [N×3×32×32]
  public func captions(_ images: Tensor, longest: Int = 9) -> [Caption] {
    let h = grid(images)
    let N = images.shape[0]
    var (s, words) = (initialState(h), [Int](repeating: SceneWords.start, count: N))
    var found = [Caption](repeating: Caption(words: [], weights: []), count: N)
    var isOver = [Bool](repeating: false, count: N)
    for _ in 0..<longest where isOver.contains(false) {
      let step = step(words, from: s, over: h)
      s = step.state
      words = logits(s, step.context).argmax()
      for i in 0..<N where !isOver[i] {
        if words[i] == SceneWords.end {
          isOver[i] = true
        } else {
          found[i].words.append(words[i])
          if let a = step.weights { found[i].weights.append(a[i].scalars) }
        }
      }
    }
    return found
  }
}

/// A caption and where the network looked.
public struct Caption: Sendable {
  /// The numbers of the words.
  public var words: [Int]
  /// The weights on the 8×8 cells for every word; none without attention.
  public var weights: [[Double]]

  /// A caption with these words and weights.
  public init(words: [Int], weights: [[Double]]) { (self.words, self.weights) = (words, weights) }

  /// The centre of the cell with the largest weight for a word, in pixels. Each cell has 4×4 pixels.
  public func peak(atWord t: Int) -> (column: Double, row: Double) {
    let best = weights[t].indices.max { (weights[t][$0], $1) < (weights[t][$1], $0) } ?? 0
    return Self.centre(ofCell: best)
  }

  /// The centre of a cell of the grid, in pixels.
  static func centre(ofCell cell: Int) -> (column: Double, row: Double) {
    let (row, column) = cell.quotientAndRemainder(dividingBy: 8)
    return (Double(4 * column + 2), Double(4 * row + 2))
  }
}

/// Scenes with two objects side by side, described from left to right: "a red disc beside a blue cross". § 12.10
public struct CaptionedScenes: Sendable {
  /// The scenes.
  public let scenes: DrawnScenes
  /// The captions as numbers of words.
  public let captions: [[Int]]

  /// `count` scenes; each object lies in its half of the image.
  public init(count: Int, from source: RandomSource) {
    let objects = (0..<count).map { _ in [0, 16].map { Self.object(from: $0, source) } }
    scenes = DrawnScenes(objects, from: source)
    captions = objects.map { SceneWords.numbers(Self.text($0)) }
  }

  private static func object(from left: Int, _ source: RandomSource) -> DrawnObject {
    let (width, height) = (8 + source.integer(below: 6), 8 + source.integer(below: 6))
    return DrawnObject(
      form: source.integer(below: 4), colour: source.integer(below: 6), left: left + source.integer(below: 17 - width),
      top: source.integer(below: 33 - height), width: width, height: height)
  }

  private static func text(_ objects: [DrawnObject]) -> String {
    objects.map { "a \(DrawnObject.colourNames[$0.colour]) \(DrawnObject.formNames[$0.form])" }
      .joined(separator: " beside ")
  }

  /// The number of scenes.
  public var count: Int { captions.count }

  /// The share of captions that are right to the last word.
  public func exactMatch(_ found: [Caption]) -> Double {
    Double(zip(found, captions).count { $0.words == $1 }) / Double(count)
  }

  /// The share of right form words at which the network looks most at a cell whose centre lies within `distance` pixels
  /// of the box of the object that the word names; at distance 0, in the box.
  public func pointing(_ found: [Caption], within distance: Double = 6) -> Double {
    let distances = found.indices.flatMap { place in
      zip(scenes.objects[place], [2, 6]).compactMap { object, word -> Double? in
        let words = found[place].words
        guard words.count > word, words[word] == captions[place][word] else { return nil }
        return Self.distance(found[place].peak(atWord: word), object)
      }
    }
    return distances.isEmpty ? .nan : Double(distances.count { $0 <= distance }) / Double(distances.count)
  }

  /// The same for a cell that is chosen at random.
  public func pointingByChance(within distance: Double = 6) -> Double {
    let cells = (0..<64).map(Caption.centre)
    let objects = scenes.objects.flatMap { $0 }
    var hits = 0
    for object in objects { hits += cells.count { Self.distance($0, object) <= distance } }
    return Double(hits) / Double(64 * objects.count)
  }

  /// The distance of a point from a box, 0 inside.
  private static func distance(_ point: (column: Double, row: Double), _ object: DrawnObject) -> Double {
    let across = max(Double(object.left) - point.column, point.column - Double(object.right), 0)
    let down = max(Double(object.top) - point.row, point.row - Double(object.bottom), 0)
    return (across * across + down * down).squareRoot()
  }
}
