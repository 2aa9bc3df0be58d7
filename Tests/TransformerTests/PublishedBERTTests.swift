import Checking
import DataSets
import Files
import Tensors
import Testing
import Transformer

@Suite("§ 7.6  Published weights of BERT")
struct PublishedBERTTests {
  private let path = goldenFile("transformer_bert.safetensors")
  private let recorded: [String: RecordedWeights.Numbers]
  private let tokens = Tokens([[3, 1, 4, 1, 5, 9], [2, 6, 5, 3]])
  private let types = [[0, 0, 0, 1, 1, 1], [0, 0, 1, 1]]

  init() throws {
    let golden: RecordedWeights = try Checking.golden("transformer_weights")
    recorded = try #require(golden.models["bert"])
  }

  private func wanted(_ name: String) throws -> Tensor { try #require(recorded[name]).tensor }

  @Test("§ 7.6: an encoder with PyTorch's file has PyTorch's states, pooled states and embedded sentences to 1e-5")
  func states() throws {
    let encoder = try BERTEncoder(loading: path, heads: 2)
    let states = encoder(tokens, types: types)
    expectClose(real(states, tokens), try wanted("states"), tolerance: 1e-5, scale: 1)
    expectClose(encoder.pooled(states), try wanted("pooled"), tolerance: 1e-5, scale: 1)
    expectClose(encoder.embedded(tokens, types: types), try wanted("embedded"), tolerance: 1e-5, scale: 1)
  }

  @Test("§ 7.6: the masked language model of the same file has PyTorch's logits, by a tied table, to 1e-5")
  func logits() throws {
    let model = try MaskedLanguageModel(loading: path, heads: 2)
    let logits = model.logits(model.encoder(tokens, types: types))
    expectClose(real(logits, tokens), try wanted("logits"), tolerance: 1e-5, scale: 1)
    #expect(try model.encoder.pooler != nil && MaskedLanguageModel.hasHead(path))
  }

  @Test("§ 7.6: heads, activation and ε come from config.json next to the weights; other models are refused by it")
  func configuration() throws {
    try TemporaryFolder.temporary { folder in
      let all = try SafetensorsFile(path: path).tensors
      func write(_ config: String) throws {
        try SafetensorsFile.write(
          all.map { (name: $0.key.replacing("bert.", with: ""), tensor: $0.value) },
          to: folder.path + "/model.safetensors")
        try folder.write(config, "config.json")
      }
      try write(#"{"num_attention_heads": 2, "hidden_act": "gelu_new", "layer_norm_eps": 1e-5, "model_type": "bert"}"#)
      let encoder = try BERTEncoder(loading: folder.path)
      let block = encoder.encoder.blocks[0]
      #expect(
        block.attention.heads == 2 && block.network.activation == .geluByTanh && block.networkNorm.epsilon == 1e-5)
      let norm = try MaskedLanguageModel(loading: folder.path).norm
      #expect(norm.epsilon == 1e-5, "the head's ε, too")
      #expect(try BERTEncoder(loading: folder.path, heads: 4).encoder.blocks[1].attention.heads == 4)
      try write(#"{"num_attention_heads": 2, "model_type": "roberta"}"#)
      #expect(dataError { try BERTEncoder(loading: folder.path) }.contains("model_type \"roberta\", and \"bert\" is"))
      try write(#"{"num_attention_heads": 3}"#)
      #expect(dataError { try BERTEncoder(loading: folder.path) }.contains("3 heads do not divide its width 8"))
      try write(#"{"num_attention_heads": 2, "hidden_act": "sine"}"#)
      #expect(dataError { try BERTEncoder(loading: folder.path) }.contains("the activation \"sine\""))
      try write("{}")
      #expect(
        dataError { try BERTEncoder(loading: folder.path) }.contains("into how many heads its 8 numbers are split"))
    }
  }

  @Test("§ 7.6: names of TensorFlow's time, gamma and beta, are read as well")
  func oldNames() throws {
    try TemporaryFolder.temporary { folder in
      let all = try SafetensorsFile(path: path).tensors.map { name, tensor in
        (
          name: name.replacing("LayerNorm.weight", with: "LayerNorm.gamma")
            .replacing("LayerNorm.bias", with: "LayerNorm.beta"), tensor: tensor
        )
      }
      let old = folder.path + "/old.safetensors"
      try SafetensorsFile.write(all, to: old)
      let model = try MaskedLanguageModel(loading: old, heads: 2)
      #expect(try model(tokens) == MaskedLanguageModel(loading: path, heads: 2)(tokens))
    }
  }

  @Test("§ 7.6: a missing, unknown or misshapen tensor and a file cut at any byte are refused in words")
  func refused() throws {
    try TemporaryFolder.temporary { folder in
      let (all, file) = (try SafetensorsFile(path: path).tensors, folder.path + "/model.safetensors")
      func message(_ change: (inout [String: Tensor]) -> Void) throws -> String {
        var tensors = all
        change(&tensors)
        try SafetensorsFile.write(tensors.map { (name: $0.key, tensor: $0.value) }, to: file)
        return dataError { try BERTEncoder(loading: file, heads: 2) }
      }
      let query = "bert.encoder.layer.1.attention.self.query.weight"
      #expect(try message { $0[query] = nil }.contains("take tensor \"\(query)\""))
      #expect(try message { $0[query] = .zeros([8, 7]) }.contains("is [8×7], and [8×8] is needed"))
      let unknown = try message { $0["bert.encoder.layer.1.adapter"] = .zeros([1]) }
      #expect(unknown.contains("1 tensors that a BERT encoder does not have, such as \"bert.encoder.layer.1.adapter\""))
      #expect(try message { $0["bert.embeddings.word_embeddings.weight"] = nil }.contains("there is no tensor"))
      #expect(try message { $0["bert.embeddings.position_embeddings.weight"] = .zeros([8]) }.contains("not a matrix"))
      let headless = { try MaskedLanguageModel(loading: file, heads: 2) }
      _ = try message {
        $0["cls.predictions.bias"] = nil; $0["more"] = .zeros([1])
      }
      #expect(dataError(headless).contains("cls.predictions.bias"))
      let bytes = try DataFile(path: path).bytes
      for cut in stride(from: 1, to: bytes.count, by: 997) {
        let short = try folder.write(Array(bytes[..<cut]), "short.safetensors")
        #expect(dataError { try BERTEncoder(loading: short, heads: 2) }.hasPrefix("cannot read"))
      }
    }
  }
}
