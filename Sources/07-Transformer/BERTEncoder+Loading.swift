// § 7.6  A published BERT

import Files
import Foundations
import Messages
import Tensors

extension BERTEncoder {
  /// The encoder in a safetensors file under its published names, with or without the prefix "bert.", such as
  /// embeddings.word_embeddings.weight and encoder.layer.0.attention.self.query.weight; or in the file
  /// model.safetensors of a folder.
  ///
  /// All sizes are read from the file except the number of heads, which is `heads` or that of the config.json next to
  /// it. That file may also give the activation and ε, which are GELU and 10⁻¹² by default. Heads for other tasks
  /// ("cls.…") are not read. Throws a `DataError` that names a tensor if it is missing, unknown or of the wrong shape.
  public init(loading path: String, heads: Int? = nil) throws {
    let weights = try PublishedWeights(bert: path, "a BERT encoder")
    var encoder = try weights.emptyEncoder(heads: heads).encoder
    try weights.load(into: &encoder, ignoring: { isNoWeight($0) || $0.hasPrefix("cls.") }) { own in
      weights.place(of: own)
    }
    self = encoder
  }
}

extension MaskedLanguageModel {
  /// Whether a file, or the one in a folder, has the head of masked language modeling. Throws as the initializer does.
  public static func hasHead(_ path: String) throws -> Bool {
    try PublishedWeights(bert: path, "a masked language model").file.names.contains("cls.predictions.bias")
  }

  /// The encoder and the head of masked language modeling ("cls.predictions.…") in a file, read like a `BERTEncoder`.
  public init(loading path: String, heads: Int? = nil) throws {
    let weights = try PublishedWeights(bert: path, "a masked language model")
    var (encoder, sizes) = try weights.emptyEncoder(heads: heads)
    (sizes.heads, sizes.hidden) = (1, 1)
    // The head gets its width, activation and ε from the file; the small encoder is replaced.
    var model = MaskedLanguageModel(sizes, random: RandomSource(seed: 0))
    (model.encoder, model.bias) = (encoder, .zeros([encoder.symbols]))
    // Some programs store the token embeddings and c a second time.
    let isIgnored = { (name: String) in
      isNoWeight(name) || name.hasPrefix("cls.predictions.decoder.") || name.hasPrefix("cls.seq_relationship.")
    }
    // The names of the head have no prefix.
    let whole = PublishedWeights(weights, prefix: "")
    try whole.load(into: &model, ignoring: isIgnored) { own in
      if own.hasPrefix("encoder.") {
        return weights.place(of: String(own.dropFirst("encoder.".count))).map {
          PublishedTensor(name: weights.prefix + $0.name)
        }
      }
      if own == "bias" { return PublishedTensor(name: "cls.predictions.bias") }
      return PublishedTensor(
        name: "cls.predictions."
          + weights.renamed(own, [("transform.", "transform.dense."), ("norm.", "transform.LayerNorm.")]))
    }
    self = model
  }
}

/// Whether a tensor holds no weights: the numbers 0, 1, 2 … of the positions.
private func isNoWeight(_ name: String) -> Bool { name.hasSuffix("embeddings.position_ids") }

extension PublishedWeights {
  fileprivate init(bert path: String, _ model: String) throws {
    try self.init(
      path: path, landmark: "embeddings.word_embeddings.weight", prefixes: ["", "bert."], model: model)
    try expect("model_type", "bert")
    try expect("position_embedding_type", "absolute")
  }

  /// The same file with a different prefix.
  fileprivate init(_ other: PublishedWeights, prefix: String) {
    (file, config, model, self.prefix) = (other.file, other.config, other.model, prefix)
  }

  /// An encoder with the sizes of the file, whose weights are 0 or random, and the sizes of an encoder with one block
  /// and one symbol.
  fileprivate func emptyEncoder(heads: Int?) throws -> (encoder: BERTEncoder, sizes: BERTSizes) {
    let (V, d) = try matrix("embeddings.word_embeddings.weight")
    let (T, _) = try matrix("embeddings.position_embeddings.weight")
    let (S, _) = try matrix("embeddings.token_type_embeddings.weight")
    let L = blocks("encoder.layer.", ".intermediate.dense.weight")
    let (d_ff, _) = try matrix("encoder.layer.0.intermediate.dense.weight")
    var sizes = BERTSizes(
      symbols: 1, width: d, heads: try self.heads(heads, "num_attention_heads", width: d), blocks: 1, hidden: d_ff,
      positions: 1, types: 1)
    sizes.activation = try activation("hidden_act", otherwise: .gelu)
    sizes.epsilon = config?["layer_norm_eps"]?.number ?? 1e-12
    let hasPooler = file.names.contains(prefix + "pooler.dense.weight")
    // Only one block is initialized and then repeated, because drawing all random weights of a large model would be
    // wasted.
    var encoder = BERTEncoder(sizes, hasPooler: hasPooler, random: RandomSource(seed: 0))
    encoder.encoder.blocks = Array(repeating: encoder.encoder.blocks[0], count: L)
    encoder.tokens.table = .zeros([V, d])
    encoder.positions = .zeros([T, d])
    encoder.types.table = .zeros([S, d])
    return (encoder, sizes)
  }

  /// The published name of a parameter of the encoder: "encoder.layer.0.attention.self.query.weight" for our
  /// "encoder.blocks.0.attention.query.weight"; nil for noise.
  fileprivate func place(of own: String) -> PublishedTensor? {
    if own.contains("ropout.") { return nil }
    let words = [
      ("tokens.table", "embeddings.word_embeddings.weight"), ("types.table", "embeddings.token_type_embeddings.weight"),
      ("positions", "embeddings.position_embeddings.weight"), ("pooler.", "pooler.dense."),
      ("encoder.blocks.", "encoder.layer."), ("attention.output.", "attention.output.dense."),
      ("attention.query.", "attention.self.query."), ("attention.key.", "attention.self.key."),
      ("attention.value.", "attention.self.value."), ("attentionNorm.", "attention.output.LayerNorm."),
      ("network.widening.", "intermediate.dense."), ("network.narrowing.", "output.dense."),
      ("networkNorm.", "output.LayerNorm."),
    ]
    let name = own.hasPrefix("norm.") ? "embeddings.LayerNorm." + own.dropFirst("norm.".count) : own
    return PublishedTensor(name: renamed(name, words))
  }

  /// A name with words replaced. The parameters of a normalization get the names used in the file: weight and bias, or
  /// gamma and beta in files that come from TensorFlow.
  fileprivate func renamed(_ own: String, _ words: [(String, String)]) -> String {
    let isOld = file.names.contains { $0.hasSuffix("LayerNorm.gamma") }
    return (words + [("scale", isOld ? "gamma" : "weight"), ("shift", isOld ? "beta" : "bias")])
      .reduce(own) { name, word in name.replacing(word.0, with: word.1) }
  }
}
