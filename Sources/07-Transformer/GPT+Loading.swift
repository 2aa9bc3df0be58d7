// § 7.7  A published GPT-2

import Foundations
import Messages
import Tensors

extension GPT {
  /// The GPT-2 in a safetensors file under its published names, with or without the prefix "transformer.", such as
  /// wte.weight and h.0.attn.c_attn.weight; or in the file model.safetensors of a folder.
  ///
  /// The file stores the matrices of the blocks as [in×out], with those of queries, keys and values side by side in one
  /// tensor. All sizes are read from the file except the number of heads, which is `heads`, or that of the config.json
  /// next to it, or else d/64, as in all published sizes of GPT-2. config.json may also give the activation and ε,
  /// which are GELU by tanh and 10⁻⁵ by default. The causal masks in the file (attn.bias, attn.masked_bias) are not
  /// needed, and lm_head.weight is used as a separate head only if it differs from wte.weight. Throws a `DataError`
  /// that names a tensor if it is missing, unknown or of the wrong shape.
  public init(loading path: String, heads: Int? = nil) throws {
    let weights = try PublishedWeights(
      path: path, landmark: "wte.weight", prefixes: ["", "transformer."], model: "a GPT")
    try weights.expect("model_type", "gpt2")
    var model = try weights.emptyGPT(heads: heads)
    let isIgnored = { (name: String) in
      name.hasSuffix(".attn.bias") || name.hasSuffix(".attn.masked_bias") || name == "lm_head.weight"
    }
    try weights.load(into: &model, ignoring: isIgnored, place: gpt2Place)
    if weights.file.names.contains("lm_head.weight") {
      let head = try weights.file.tensor("lm_head.weight").converted(to: .float)
      guard head.shape == model.tokens.table.shape else {
        throw weights.error(
          "\"lm_head.weight\" is \(head.shape), and the token embeddings are \(model.tokens.table.shape)",
          "Use weights that belong to one model")
      }
      if head != model.tokens.table { model.head = Linear(weight: head, bias: nil) }
    }
    self = model
  }
}

extension PublishedWeights {
  /// A GPT with the sizes of the file, whose weights are 0 or random.
  fileprivate func emptyGPT(heads: Int?) throws -> GPT {
    let (V, d) = try matrix("wte.weight")
    let (T, _) = try matrix("wpe.weight")
    let (_, d_ff) = try matrix("h.0.mlp.c_fc.weight")
    let h = try self.heads(heads, "n_head", width: d, otherwise: d.isMultiple(of: 64) ? d / 64 : nil)
    // Only one block is initialized and then repeated, because drawing all random weights of a large model would be
    // wasted.
    var model = GPT(
      symbols: 1, context: 2, width: d, heads: h, blocks: 1, hidden: d_ff,
      activation: try activation("activation_function", otherwise: .geluByTanh),
      epsilon: config?["layer_norm_epsilon"]?.number ?? 1e-5, random: RandomSource(seed: 0))
    model.encoder.blocks = Array(repeating: model.encoder.blocks[0], count: blocks("h.", ".mlp.c_fc.weight"))
    (model.tokens.table, model.positions) = (.zeros([V, d]), .zeros([T, d]))
    return model
  }
}

/// The tensor of GPT-2's file that holds one of our parameters: "h.0.attn.c_attn.weight", its second part, transposed,
/// for our "encoder.blocks.0.attention.key.weight"; nil for noise.
func gpt2Place(of own: String) -> PublishedTensor? {
  if own.contains("ropout.") { return nil }
  let words = [
    ("tokens.table", "wte.weight"), ("positions", "wpe.weight"), ("encoder.blocks.", "h."), ("encoder.norm.", "ln_f."),
    ("attentionNorm.", "ln_1."), ("networkNorm.", "ln_2."), ("attention.query.", "attn.c_attn."),
    ("attention.key.", "attn.c_attn."), ("attention.value.", "attn.c_attn."), ("attention.output.", "attn.c_proj."),
    ("network.widening.", "mlp.c_fc."), ("network.narrowing.", "mlp.c_proj."), ("scale", "weight"), ("shift", "bias"),
  ]
  let name = words.reduce(own) { name, word in name.replacing(word.0, with: word.1) }
  let isMatrix = name.hasPrefix("h.") && name.hasSuffix(".weight") && !name.contains(".ln_")
  let part = ["query", "key", "value"].firstIndex { own.contains("attention.\($0).") }.map { (index: $0, count: 3) }
  return PublishedTensor(name: name, isTransposed: isMatrix, part: part)
}
