// § 12.10  An encoder and a decoder that are told what to do by a token

import Attention
import DataSets
import Foundations
import Messages
import Tensors
import Training
import Transformer

/// What a speech model is asked to write.
public enum SpeechTask: Int, Sendable, CaseIterable {
  /// The vowels that are heard.
  case transcribe
  /// The vowels in another language: each has another name there, and the order is reversed.
  case translate

  /// The symbols to write for these vowels, K in all.
  public func target(of vowels: [Int], symbols K: Int) -> [Int] {
    switch self {
    case .transcribe: vowels
    case .translate: vowels.reversed().map { (3 * $0 + 1) % K }
    }
  }
}

/// A Transformer from sound to text that does several tasks: an encoder hears, a decoder first writes whether anybody
/// speaks, then reads the token of a task, and then writes what the task asks for. § 12.10
///
/// Two convolutions of stride 2 shorten the sequence of frames. The decoder reads start, ⟨speech⟩, ⟨task⟩, y₁, …, y_L
/// and writes ⟨speech⟩, anything, y₁, …, y_L, end; where nobody speaks, it writes ⟨no speech⟩ first, and that is all.
/// After Radford et al. (2022); Fleuret, *The Little Book of Deep Learning*, § 6.5
public struct SpeechTransformer: Model {
  /// The convolutions over frames.
  public var convolutions: [SequenceConvolution]
  /// The positions of frames and of tokens.
  public var positions: PositionalEncoding
  /// The encoder.
  public var encoder: TransformerEncoder
  /// The vectors of all tokens that the decoder reads.
  public var tokens: Embedding
  /// The decoder.
  public var decoder: TransformerDecoder
  /// To the logits of K symbols, of the end, of ⟨speech⟩ and of ⟨no speech⟩.
  public var output: Linear

  /// A network for D bands and K symbols, with L blocks of width d on each side.
  public init(
    bands D: Int = 24, symbols K: Int = Vowel.all.count, width d: Int = 48, heads h: Int = 4, blocks L: Int = 2,
    random: RandomSource
  ) {
    convolutions = [
      SequenceConvolution(D, d, kernel: 5, stride: 2, padding: 2, random: random),
      SequenceConvolution(d, d, kernel: 5, stride: 2, padding: 2, random: random),
    ]
    positions = PositionalEncoding(longest: 512, dropout: 0, random: random)
    encoder = TransformerEncoder(d, heads: h, hidden: 2 * d, blocks: L, random: random)
    tokens = Embedding(K + 4 + SpeechTask.allCases.count, d, random: random)
    decoder = TransformerDecoder(d, heads: h, hidden: 2 * d, blocks: L, random: random)
    output = Linear(d, K + 3, random: random)
  }

  /// All parts, in the order in which they are applied.
  public static var parameters: [PartialKeyPath<SpeechTransformer>] {
    [\.convolutions, \.positions, \.encoder, \.tokens, \.decoder, \.output]
  }

  /// The number K of symbols.
  public var symbols: Int { output.weight.shape[0] - 3 }
  /// The tokens after the K symbols.
  public var end: Int { symbols }
  /// The token that says that somebody speaks.
  public var speech: Int { symbols + 1 }
  /// The token that says that nobody speaks.
  public var noSpeech: Int { symbols + 2 }
  /// The token that the decoder reads first.
  public var start: Int { symbols + 3 }
  /// The token of a task, which is read and never written.
  public func token(of task: SpeechTask) -> Int { symbols + 4 + task.rawValue }

  /// What the decoder attends to. [N×F×D] → [N×⌈F/4⌉×d]
  public func encode(_ x: Tensor) -> Tensor {
    encoder(positions(convolutions.reduce(x.transposed) { h, layer in layer(h).activated(by: .gelu) }.transposed))
  }

  /// The logits after every token. [N×F×D] → [N×n×(K+3)]
  public func logits(_ x: Tensor, _ read: Tokens) -> Tensor { logits(over: encode(x), read) }

  /// The logits after every token, for an encoded sound.
  func logits(over memory: Tensor, _ read: Tokens) -> Tensor {
    output(decoder(positions(tokens(read.numbers, shape: read.shape)), over: memory))
  }

  /// The mean cross-entropy of what is to be written; nothing is asked for after ⟨speech⟩, where the task is read.
  public func loss(_ heard: Utterances, _ tasks: [SpeechTask]) -> Tensor {
    let targets = zip(heard.vowels, tasks).map { $1.target(of: $0, symbols: symbols) }
    let read = zip(targets, tasks).map { $0.isEmpty ? [start] : [start, speech, token(of: $1)] + $0 }
    let written = targets.map { $0.isEmpty ? [noSpeech] : [speech, -1] + $0 + [end] }
    let (inputs, labels) = (Tokens(read, padding: end), Tokens(written, padding: -1))
    let z = logits(heard.features, inputs)
    return z.reshaped([z.shape[0] * z.shape[1], z.shape[2]])
      .crossEntropy(labels: labels.numbers, where: labels.numbers.map { $0 >= 0 })
  }

  /// What is written for every sound, symbol by symbol, and nil where the network hears nobody speak. [N×F×D]
  public func written(_ x: Tensor, _ tasks: [SpeechTask], longest: Int = 8) -> [[Int]?] {
    let memory = encode(x)
    let first = logits(over: memory, Tokens(tasks.map { _ in [start] })).squeezed(axis: 1)
    let classes = first.sliced(speech..<noSpeech + 1, axis: 1).argmax()
    var (read, isOver) = (tasks.map { [start, speech, token(of: $0)] }, classes.map { $0 == 1 })
    for _ in 0..<longest where isOver.contains(false) {
      let z = logits(over: memory, Tokens(read))
      let next = z.sliced(z.shape[1] - 1..<z.shape[1], axis: 1).squeezed(axis: 1).sliced(0..<end + 1, axis: 1).argmax()
      for i in read.indices {
        if next[i] == end { isOver[i] = true }
        read[i].append(isOver[i] ? end : next[i])
      }
    }
    return zip(read, classes).map { tokens, kind in kind == 1 ? nil : tokens.dropFirst(3).filter { $0 != end } }
  }
}
