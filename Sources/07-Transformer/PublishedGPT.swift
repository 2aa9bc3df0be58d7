// § 7.7  A published GPT-2 that continues a text

import Attention
import DataSets
import Files
import Messages
import RNN
import Tensors

/// A published GPT-2 with its tokenizer. § 7.7
public struct PublishedGPT: Sendable {
  /// The model.
  public let model: GPT
  /// Its tokens.
  public let encoding: BytePairEncoding

  /// A model with its tokens. Throws a `DataError` if there are more tokens than token embeddings.
  public init(_ model: GPT, encoding: BytePairEncoding) throws {
    guard model.symbols >= encoding.count else {
      throw DataError(
        attempted: "use \(grouped(encoding.count)) tokens with a GPT",
        found: "it has \(grouped(model.symbols)) embeddings", advice: "Use vocabulary and weights of the same model")
    }
    (self.model, self.encoding) = (model, encoding)
  }

  /// The model in a folder with model.safetensors, vocab.json and merges.txt, as GPT-2 is published, and config.json if
  /// there is one; or next to the weights at a path.
  ///
  /// Throws a `DataError` if a file is missing or damaged.
  public init(path: String) throws {
    let isFolder = SystemPath.kind(path) == .folder
    let folder = isFolder ? SystemPath.trimmed(path) : SystemPath.place(of: path).folder
    let table = try MergeTable(vocabulary: folder + "/vocab.json", merges: folder + "/merges.txt")
    try self.init(GPT(loading: path), encoding: BytePairEncoding(table))
  }

  /// Whether there is a published model at a path: a folder, or a file next to a vocab.json.
  public static func isOne(_ path: String) -> Bool {
    SystemPath.kind(path) == .folder || SystemPath.exists(SystemPath.place(of: path).folder + "/vocab.json")
  }

  /// The token numbers of a text; an empty text is replaced by `<|endoftext|>`, after which GPT-2 begins a new text.
  public func numbers(_ text: String) -> [Int] {
    let numbers = encoding.encode(text)
    return numbers.isEmpty ? [encoding.number(ofSpecial: "<|endoftext|>") ?? 0] : numbers
  }

  /// Continues a text by up to `length` tokens, passing on only complete characters: a character may consist of several
  /// tokens. Ends at `<|endoftext|>`.
  public func proceed(
    _ text: String, length: Int, sampling: Sampling, using random: RandomSource, emit: (String) -> Bool
  ) {
    var bytes: [UInt8] = []
    let end = encoding.number(ofSpecial: "<|endoftext|>")
    model.generate(after: numbers(text), length: length, sampling: sampling, using: random) { token in
      // The model may have more token embeddings than there are tokens.
      if token == end || token >= encoding.count { return false }
      bytes += encoding.bytes(of: [token])
      let complete = bytes.prefix(bytes.count - incompleteTail(of: bytes))
      bytes.removeFirst(complete.count)
      return complete.isEmpty || emit(String(decoding: complete, as: UTF8.self))
    }
    if !bytes.isEmpty { _ = emit(String(decoding: bytes, as: UTF8.self)) }
  }

  /// The most likely next tokens after a text, each as text with its probability.
  public func likeliest(after text: String, _ count: Int, temperature: Double = 1) -> [(String, Double)] {
    let logits = Continuation(of: numbers(text), by: model).logits
    let shares = Sampling(temperature: temperature).probabilities(logits.scalars)
    let order = shares.indices.sorted { (shares[$1], $0) < (shares[$0], $1) }
    return order.prefix(count).map { number in
      (number < encoding.count ? encoding.decode([number]) : "token \(number)", shares[number])
    }
  }
}

/// The number of bytes at the end that begin an incomplete UTF-8 character: 0 to 3.
func incompleteTail(of bytes: [UInt8]) -> Int {
  for back in 1...3 where back <= bytes.count {
    let byte = bytes[bytes.count - back]
    if byte & 0xC0 == 0x80 { continue }  // the middle of a character
    let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
    return length > back ? back : 0
  }
  return 0
}
