// § 5.2  One-to-many and many-to-many

import Foundations
import Messages
import Tensors

/// A recurrent layer that generates symbols until the end symbol: one-to-many. § 5.2.2
///
/// Groudiev, *Deep Learning*, § 5.2.4. The symbols are 0 to K − 1; number K marks both start and end. Each step reads
/// the symbol generated before it.
public struct SequenceGenerator<Layer: RecurrentLayer>: Model {
  /// A vector for each of the K + 1 symbols.
  public var embedding: Embedding
  /// The recurrent layer.
  public var layer: Layer
  /// From a state to K + 1 logits.
  public var output: Linear

  /// A generator of K symbols with embeddings of dimension `width` and `hidden` units.
  public init(symbols K: Int, width: Int, hidden: Int, random: RandomSource) {
    embedding = Embedding(K + 1, width, random: random)
    layer = Layer(width, hidden, random: random)
    output = Linear(layer.outputs, K + 1, random: random)
  }

  /// All three parts.
  public static var parameters: [PartialKeyPath<SequenceGenerator>] { [\.embedding, \.layer, \.output] }

  /// The number of the symbol that starts and ends every sequence: K.
  public var end: Int { output.weight.shape[0] - 1 }

  /// The mean cross-entropy of target sequences of any lengths, end symbols included, where each step reads the
  /// previous target (teacher forcing).
  public func loss(from state: RecurrentState, targets: [[Int]]) -> Tensor {
    let longest = (targets.map(\.count).max() ?? 0) + 1
    func padded(_ row: [Int]) -> [Int] { row + [Int](repeating: end, count: longest - row.count) }
    let read = targets.flatMap { padded([end] + $0) }
    let written = targets.flatMap { padded($0 + [end]) }
    let counts = targets.flatMap { row in (0..<longest).map { $0 <= row.count } }
    let states = layer(embedding(read, shape: [targets.count, longest]), initial: state).states
    let logits = output(states).reshaped([targets.count * longest, end + 1])
    return logits.crossEntropy(labels: written, where: counts)
  }

  /// The most likely symbol at every step, for each row of a state, without the end symbol and with at most `longest`
  /// symbols.
  public func generate(from state: RecurrentState, longest: Int) -> [[Int]] {
    let N = state.hidden.shape[0]
    var (state, last) = (state, [Int](repeating: end, count: N))
    var (written, isOver) = ([[Int]](repeating: [], count: N), [Bool](repeating: false, count: N))
    for _ in 0..<longest where isOver.contains(false) {
      let result = layer(embedding(last, shape: [N, 1]), initial: state)
      (state, last) = (result.final, output(result.final.hidden).argmax())
      for i in 0..<N {
        isOver[i] = isOver[i] || last[i] == end
        if !isOver[i] { written[i].append(last[i]) }
      }
    }
    return written
  }
}

/// From one vector to a sequence: h₀ is a function of the vector. One-to-many, as for image captions. § 5.2.2
public struct VectorDecoder<Layer: RecurrentLayer>: Model {
  /// From the vector to h₀.
  public var input: Linear
  /// The generator.
  public var generator: SequenceGenerator<Layer>

  /// A decoder of vectors of dimension d into sequences of K symbols.
  public init(inputs d: Int, symbols K: Int, width: Int, hidden: Int, random: RandomSource) {
    generator = SequenceGenerator(symbols: K, width: width, hidden: hidden, random: random)
    input = Linear(d, generator.layer.outputs, random: random)
  }

  /// The parameters: both parts.
  public static var parameters: [PartialKeyPath<VectorDecoder>] { [\.input, \.generator] }

  /// h₀ = tanh(W x + b), with a cell of zeros for an LSTM. [N×d] → [N×d_h]
  public func start(_ x: Tensor) -> RecurrentState {
    let h = input(x).tanh()
    return RecurrentState(hidden: h, cell: 0 * h)
  }

  /// The mean cross-entropy of the targets of N vectors [N×d].
  public func loss(_ x: Tensor, targets: [[Int]]) -> Tensor { generator.loss(from: start(x), targets: targets) }
  /// The most likely sequence of each vector.
  public func decode(_ x: Tensor, longest: Int) -> [[Int]] { generator.generate(from: start(x), longest: longest) }
}

/// From one sequence to another: the decoder gets only the encoder's final state. Many-to-many. § 5.2.2
///
/// Cho et al. (2014), Sutskever, Vinyals and Le (2014); Groudiev, *Deep Learning*, § 5.2.4.
public struct EncoderDecoder<Layer: RecurrentLayer>: Model {
  /// The embedding vector of each symbol that is read.
  public var embedding: Embedding
  /// The encoder.
  public var encoder: Layer
  /// The generator.
  public var generator: SequenceGenerator<Layer>

  /// An encoder for V symbols and a decoder for K.
  public init(reading V: Int, writing K: Int, width: Int, hidden: Int, random: RandomSource) {
    embedding = Embedding(V, width, random: random)
    encoder = Layer(width, hidden, random: random)
    generator = SequenceGenerator(symbols: K, width: width, hidden: hidden, random: random)
  }

  /// All three parts.
  public static var parameters: [PartialKeyPath<EncoderDecoder>] { [\.embedding, \.encoder, \.generator] }

  /// The encoder's state after the last symbol of each sequence. [N×d_h]
  public func context(_ sources: [[Int]]) -> RecurrentState {
    let longest = sources.map(\.count).max() ?? 0
    let padded = sources.flatMap { $0 + [Int](repeating: 0, count: longest - $0.count) }
    return encoder(embedding(padded, shape: [sources.count, longest]), lengths: sources.map(\.count)).final
  }

  /// The mean cross-entropy of the targets, with teacher forcing.
  public func loss(_ sources: [[Int]], targets: [[Int]]) -> Tensor {
    generator.loss(from: context(sources), targets: targets)
  }

  /// The most likely target of each source, at most `longest` symbols.
  public func translate(_ sources: [[Int]], longest: Int) -> [[Int]] {
    generator.generate(from: context(sources), longest: longest)
  }
}
