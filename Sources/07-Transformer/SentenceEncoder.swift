// § 7.6  Sentences as vectors, by a published encoder

import DataSets
import Files
import Messages
import Tensors

/// A published encoder with its tokenizer: it maps a text to a vector of length 1, and texts of similar meaning to
/// similar vectors.
///
/// Reimers and Gurevych (2019) trained BERTs so that the dot product of two vectors measures how similar two sentences
/// are.
public struct SentenceEncoder: Sendable {
  /// The encoder.
  public let encoder: BERTEncoder
  /// Its tokenizer.
  public let tokenizer: WordPiece
  /// The largest number of word pieces of a text, including [CLS] and [SEP]; the rest of the text is not read.
  public let longest: Int

  /// An encoder with its tokenizer.
  public init(_ encoder: BERTEncoder, tokenizer: WordPiece, longest: Int) throws {
    guard encoder.symbols >= tokenizer.count else {
      throw DataError(
        attempted: "use \(grouped(tokenizer.count)) word pieces with an encoder",
        found: "it has \(grouped(encoder.symbols)) embeddings",
        advice: "Use tokenizer and weights of the same model")
    }
    (self.encoder, self.tokenizer, self.longest) = (encoder, tokenizer, min(longest, encoder.longest))
  }

  /// The encoder in a folder with model.safetensors, config.json and tokenizer.json or vocab.txt, as a model is
  /// published; or next to the weights at a path.
  ///
  /// sentence_bert_config.json gives the largest number of word pieces; the default is 512. Throws a `DataError` if a
  /// file is missing or damaged, or if the model does not use the mean of the states as the vector of a sentence.
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
  /// Texts of similar length are read together. The vector of a text may differ by rounding if it is computed together
  /// with other texts.
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
