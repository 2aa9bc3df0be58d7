// § 7.6  Sentences as vectors, by a published encoder

import DataSets
import Files
import Messages
import Tensors

/// A published encoder with its tokenizer: a text becomes a vector of length 1, texts of similar meaning similar ones.
///
/// Reimers and Gurevych (2019) trained BERTs so that the product of two vectors tells how similar two sentences are.
public struct SentenceEncoder: Sendable {
  /// The encoder.
  public let encoder: BERTEncoder
  /// Its tokenizer.
  public let tokenizer: WordPiece
  /// The most pieces of a text, [CLS] and [SEP] included; what is behind them is not read.
  public let longest: Int

  /// An encoder with its tokenizer.
  public init(_ encoder: BERTEncoder, tokenizer: WordPiece, longest: Int) throws {
    guard encoder.symbols >= tokenizer.count else {
      throw DataError(
        attempted: "read \(grouped(tokenizer.count)) pieces of words by an encoder",
        found: "it has vectors for \(grouped(encoder.symbols))",
        advice: "Take tokenizer and weights of the same model")
    }
    (self.encoder, self.tokenizer, self.longest) = (encoder, tokenizer, min(longest, encoder.longest))
  }

  /// The encoder in a folder with model.safetensors, config.json and tokenizer.json or vocab.txt, as a model is
  /// published; or next to the weights at a path.
  ///
  /// sentence_bert_config.json tells the most pieces of a text, otherwise 512. Throws a `DataError` if a file is
  /// missing or damaged, or if the model makes a sentence's vector of something else than the mean of its states.
  public init(path: String) throws {
    let isFolder = SystemPath.kind(path) == .folder
    let folder = isFolder ? SystemPath.trimmed(path) : SystemPath.place(of: path).folder
    func options(_ name: String) throws -> JSONText? {
      let file = folder + "/" + name
      return SystemPath.exists(file) ? try JSONText(DataFile(path: file)) : nil
    }
    if try options("1_Pooling/config.json")?["pooling_mode_mean_tokens"]?.flag == false {
      throw DataError(
        attempted: "embed sentences by the model in \(folder)",
        found: "1_Pooling/config.json asks for another vector than the mean of the states",
        advice: "Take a model with pooling_mode_mean_tokens, such as all-MiniLM-L6-v2")
    }
    try self.init(
      BERTEncoder(loading: path), tokenizer: WordPiece(path: folder),
      longest: options("sentence_bert_config.json")?["max_seq_length"]?.integer ?? 512)
  }

  /// The vectors of texts, as rows. [N×d]
  ///
  /// Texts of similar length are read together. With other texts beside it, a vector may differ by rounding.
  public func embedded(_ texts: [String], batch: Int = 16) -> Tensor {
    let encoded = texts.map { tokenizer.encode($0, longest: longest) }
    let order = encoded.indices.sorted { (encoded[$0].count, $0) < (encoded[$1].count, $1) }
    var rows = [Tensor?](repeating: nil, count: texts.count)
    for first in stride(from: 0, to: order.count, by: batch) {
      let places = order[first..<min(first + batch, order.count)]
      let vectors = encoder.embedded(Tokens(places.map { encoded[$0] }, padding: tokenizer.padding))
      for (row, place) in places.enumerated() { rows[place] = vectors[row] }
    }
    return Tensor.stacked(rows.compactMap { $0 }, axis: 0)
  }
}
