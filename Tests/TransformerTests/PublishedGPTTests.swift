import Attention
import Checking
import DataSets
import Files
import RNN
import Tensors
import Testing
import Transformer

@Suite("§ 7.7  Published weights of GPT-2")
struct PublishedGPTTests {
  private let recorded: [String: RecordedWeights.Numbers]
  private let path = goldenFile("transformer_gpt2.safetensors")
  private let pieces = [[3, 1, 4, 1, 5], [9, 2, 6, 5, 3]]

  init() throws {
    let golden: RecordedWeights = try Checking.golden("transformer_weights")
    recorded = try #require(golden.models["gpt"])
  }

  @Test(
    "§ 7.7: a GPT with PyTorch's file has PyTorch's logits to 1e-5, in F32, F16 and BF16, with and without a prefix",
    arguments: [("F32", ""), ("F16", "_f16"), ("BF16", "_bf16")])
  func logits(type: String, ending: String) throws {
    let model = try GPT(loading: goldenFile("transformer_gpt2\(ending).safetensors"), heads: 2)
    let wanted = try #require(recorded[type]).tensor
    expectClose(model(pieces), wanted, tolerance: 1e-5, scale: 1)
    #expect(
      model.head == nil && model.context == 6 && model.encoder.blocks.count == 2, "tied, though lm_head is stored")
  }

  @Test("§ 7.7: with GELU by its definition, or with matrices that are not transposed, the logits would be others")
  func form() throws {
    try TemporaryFolder.temporary { folder in
      let tensors = try SafetensorsFile(path: path).tensors
      let file = folder.path + "/model.safetensors"
      try SafetensorsFile.write(tensors.map { (name: $0.key, tensor: $0.value) }, to: file)
      let wanted = try #require(recorded["F32"]).tensor
      try folder.write(#"{"n_head": 2, "activation_function": "gelu"}"#, "config.json")
      let exact = try GPT(loading: folder.path)
      #expect(largestGap(exact(pieces), wanted, scale: 1).relative > 1e-4)
      // A square matrix fits both ways.
      var turned = tensors
      turned["h.0.attn.c_proj.weight"] = tensors["h.0.attn.c_proj.weight"]?.transposed
      try SafetensorsFile.write(turned.map { (name: $0.key, tensor: $0.value) }, to: file)
      try folder.write(#"{"n_head": 2, "activation_function": "gelu_new", "model_type": "gpt2"}"#, "config.json")
      let other = try GPT(loading: folder.path)
      #expect(largestGap(other(pieces), wanted, scale: 1).relative > 1e-2)
    }
  }

  @Test("§ 7.7: a head that differs from the symbols' vectors is a head of its own")
  func head() throws {
    try TemporaryFolder.temporary { folder in
      var tensors = try SafetensorsFile(path: path).tensors
      let table = try #require(tensors["wte.weight"])
      tensors["lm_head.weight"] = 2 * table
      let file = folder.path + "/untied.safetensors"
      try SafetensorsFile.write(tensors.map { (name: $0.key, tensor: $0.value) }, to: file)
      let model = try GPT(loading: file, heads: 2)
      expectClose(model(pieces), 2 * (try GPT(loading: path, heads: 2)(pieces)), tolerance: 1e-5, scale: 1)
      tensors["lm_head.weight"] = .zeros([3, 8])
      try SafetensorsFile.write(tensors.map { (name: $0.key, tensor: $0.value) }, to: file)
      #expect(dataError { try GPT(loading: file, heads: 2) }.contains("\"lm_head.weight\" is [3×8]"))
    }
  }

  @Test("§ 7.7: a missing, unknown or misshapen tensor, a cut file and another model are refused in words")
  func refused() throws {
    try TemporaryFolder.temporary { folder in
      let (all, file) = (try SafetensorsFile(path: path).tensors, folder.path + "/model.safetensors")
      func message(heads: Int? = 2, _ change: (inout [String: Tensor]) -> Void) throws -> String {
        var tensors = all
        change(&tensors)
        try SafetensorsFile.write(tensors.map { (name: $0.key, tensor: $0.value) }, to: file)
        return dataError { try GPT(loading: file, heads: heads) }
      }
      let qkv = "h.1.attn.c_attn.weight"
      let missing = try message { $0[qkv] = nil }
      #expect(missing.contains("take tensor \"\(qkv)\"") && missing.contains("there is no tensor with this name"))
      let shape = try message { $0[qkv] = .zeros([24, 8]) }
      #expect(shape.contains("is [24×8], and [8×24] is needed for encoder.blocks.1.attention.query.weight"))
      let unknown = try message { $0["h.1.crossattention.c_attn.weight"] = .zeros([1]) }
      #expect(unknown.contains("1 tensors that a GPT does not have"))
      let none = try message { $0["wte.weight"] = nil }
      #expect(none.contains("there is no tensor \"wte.weight\""))
      let heads = try message(heads: nil) { _ in }
      #expect(heads.contains("into how many heads its 8 numbers are split"))
      let bytes = try DataFile(path: path).bytes
      for cut in stride(from: 1, to: bytes.count, by: 997) {
        let short = try folder.write(Array(bytes[..<cut]), "short.safetensors")
        #expect(dataError { try GPT(loading: short, heads: 2) }.hasPrefix("cannot read"))
      }
      let bert = goldenFile("transformer_bert.safetensors")
      #expect(dataError { try GPT(loading: bert, heads: 2) }.contains("there is no tensor \"wte.weight\""))
    }
  }

  @Test("§ 7.7: with GPT-2's three files in a folder a text is continued, whole characters at a time")
  func writing() throws {
    try TemporaryFolder.temporary { folder in
      let table = MergeTable(pairs: [(104, 101), (256, 108)], splitting: .gpt2, specials: ["<|endoftext|>"])
      try table.write(vocabulary: folder.path + "/vocab.json", merges: folder.path + "/merges.txt")
      let model = GPT(
        symbols: table.count, context: 8, width: 64, heads: 1, blocks: 1, activation: .geluByTanh,
        random: RandomSource(seed: 2))
      try SafetensorsFile.write(published(model), to: folder.path + "/model.safetensors")
      let read = try PublishedGPT(path: folder.path)
      #expect(read.model([[1, 2, 3]]) == model([[1, 2, 3]]) && read.numbers("") == [table.count - 1])
      var parts: [String] = []
      read.proceed("hello é", length: 40, sampling: Sampling(), using: RandomSource(seed: 3)) { text in
        parts.append(text)
        return true
      }
      let tokens = model.continuation(of: read.numbers("hello é"), length: 40, using: RandomSource(seed: 3))
      #expect(parts.joined() == read.encoding.decode(tokens.prefix { $0 != table.count - 1 }))
      #expect(read.likeliest(after: "he", 3).count == 3 && PublishedGPT.isOne(folder.path))
      try folder.write("{}", "vocab.json")
      #expect(dataError { try PublishedGPT(path: folder.path) }.contains("vocab.json"))
    }
  }

  /// A GPT under the published names.
  private func published(_ model: GPT) -> [(name: String, tensor: Tensor)] {
    let block = model.encoder.blocks[0]
    let attention = block.attention
    func linear(_ name: String, _ weight: Tensor, _ bias: Tensor?) -> [(name: String, tensor: Tensor)] {
      [(name + ".weight", weight.transposed), (name + ".bias", bias ?? Tensor.zeros([1]))]
    }
    let three = [attention.query, attention.key, attention.value]
    let biases = three.compactMap(\.bias)
    var all: [(name: String, tensor: Tensor)] = [("wte.weight", model.tokens.table), ("wpe.weight", model.positions)]
    all += linear(
      "h.0.attn.c_attn", Tensor.concatenated(three.map(\.weight), axis: 0), Tensor.concatenated(biases, axis: 0))
    all += linear("h.0.attn.c_proj", attention.output.weight, attention.output.bias)
    all += linear("h.0.mlp.c_fc", block.network.widening.weight, block.network.widening.bias)
    all += linear("h.0.mlp.c_proj", block.network.narrowing.weight, block.network.narrowing.bias)
    let norms = [("h.0.ln_1", block.attentionNorm), ("h.0.ln_2", block.networkNorm)]
    for (name, norm) in norms { all += [(name + ".weight", norm.scale), (name + ".bias", norm.shift)] }
    if let norm = model.encoder.norm { all += [("ln_f.weight", norm.scale), ("ln_f.bias", norm.shift)] }
    return all
  }
}
