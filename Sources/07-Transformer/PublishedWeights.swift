// § 7.6, § 7.7  Published weights: files whose names differ from ours

import DataSets
import Files
import Messages
import Tensors

/// The tensor of a published file that holds a parameter.
struct PublishedTensor: Equatable {
  /// The name of the tensor in the file.
  var name: String
  /// Whether the file stores the matrix as [in×out], as GPT-2 does; ours are [out×in].
  var isTransposed = false
  /// The index of the part if the tensor holds several parameters side by side, and the number of parts.
  var part: (index: Int, count: Int)?

  static func == (a: PublishedTensor, b: PublishedTensor) -> Bool {
    (a.name, a.isTransposed, a.part?.index) == (b.name, b.isTransposed, b.part?.index)
  }
}

/// A safetensors file with published weights, and the config.json next to it.
struct PublishedWeights {
  /// The weights.
  let file: SafetensorsFile
  /// The prefix of all names, such as "transformer.".
  let prefix: String
  /// The settings that the file itself does not contain, such as the number of heads; nil if there is no config.json.
  let config: JSONText?
  /// The kind of model, for messages, such as "a BERT encoder".
  let model: String

  /// The file at a path, or model.safetensors in the folder there; the prefix is found from the tensor name `landmark`.
  init(path: String, landmark: String, prefixes: [String], model: String) throws {
    var path = path
    if case .folder = SystemPath.kind(path) { path = SystemPath.trimmed(path) + "/model.safetensors" }
    let file = try SafetensorsFile(path: path)
    let names = Set(file.names)
    guard let prefix = prefixes.first(where: { names.contains($0 + landmark) }) else {
      throw DataError(
        attempted: "make \(model) from \(path)",
        found: "there is no tensor \"\(landmark)\" among its \(names.count), such as \(names.min() ?? "none")",
        advice: "Take the weights of such a model, as they were published in safetensors")
    }
    let neighbour = SystemPath.place(of: path).folder + "/config.json"
    config = SystemPath.exists(neighbour) ? try JSONText(DataFile(path: neighbour)) : nil
    (self.file, self.prefix, self.model) = (file, prefix, model)
  }

  /// The shape of a tensor, which must be a matrix.
  func matrix(_ name: String) throws -> (rows: Int, columns: Int) {
    let shape = try file.tensor(prefix + name).shape
    guard shape.rank == 2, shape[0] > 0, shape[1] > 0 else {
      throw error("\"\(prefix + name)\" is \(shape), not a matrix", "Take the weights as they were published")
    }
    return (shape[0], shape[1])
  }

  /// The number of blocks, whose tensors have names such as "h.0.ln_1.weight".
  func blocks(_ beginning: String, _ ending: String) -> Int {
    file.names.count { $0.hasPrefix(prefix + beginning) && $0.hasSuffix(ending) }
  }

  /// An error about this file.
  func error(_ found: String, _ advice: String) -> DataError {
    DataError(attempted: "make \(model) from \(file.path)", found: found, advice: advice)
  }

  /// The number of heads: the caller's, or that of config.json, or `otherwise`. Throws if there is none, or if it does
  /// not divide the width.
  func heads(_ given: Int?, _ key: String, width d: Int, otherwise: Int? = nil) throws -> Int {
    guard let heads = given ?? config?[key]?.integer ?? otherwise else {
      throw error(
        "the file does not say into how many heads its \(d) numbers are split",
        "Put the config.json of the model next to it, or give the number, as in heads: 12")
    }
    guard heads >= 1, d % heads == 0 else {
      throw error("\(heads) heads do not divide its width \(d)", "Put the config.json of this model next to it")
    }
    return heads
  }

  /// The activation that config.json names under a key, or `otherwise`.
  func activation(_ key: String, otherwise: Activation) throws -> Activation {
    guard let name = config?[key]?.string else { return otherwise }
    let known: [String: Activation] = [
      "gelu": .gelu, "gelu_new": .geluByTanh, "gelu_pytorch_tanh": .geluByTanh, "relu": .relu, "silu": .silu,
      "swish": .silu,
    ]
    guard let activation = known[name] else {
      throw error("config.json asks for the activation \"\(name.excerpt)\"", "Known are \(known.keys.sorted())")
    }
    return activation
  }

  /// Throws if config.json gives another value for a key.
  func expect(_ key: String, _ value: String) throws {
    guard let found = config?[key]?.string, found != value else { return }
    throw error("config.json says \(key) \"\(found.excerpt)\", and \"\(value)\" is needed", "Take another model")
  }

  /// Loads all parameters of a model whose shapes are those of the file.
  ///
  /// `place` gives the tensor that holds one of our parameters, without the prefix, or nil for parameters that no file
  /// has, such as the noise of dropout. Throws a `DataError` that names a tensor if it is missing, unknown or of the
  /// wrong shape; the model then does not change.
  func load<M: Model>(
    into model: inout M, ignoring isIgnored: (String) -> Bool, place: (_ ownName: String) -> PublishedTensor?
  ) throws {
    var (copy, unknown) = (model, Set(file.names.filter { !isIgnored($0) }))
    var last: (name: String, tensor: Tensor)?
    try copy.forEachNamedTensor { own, tensor in
      guard let source = place(own) else { return }
      let name = prefix + source.name
      unknown.remove(name)
      // One tensor of the file may hold three of our parameters; it is then read only once.
      let whole = try last.flatMap { $0.name == name ? $0.tensor : nil } ?? file.tensor(name)
      last = (name, whole)
      tensor = try part(of: whole, source, replacing: tensor, called: own)
    }
    if let name = unknown.min() {
      throw error(
        "it has \(unknown.count) tensors that \(self.model) does not have, such as \"\(name.excerpt)\"",
        "Take the weights of such a model, as they were published")
    }
    model = copy
  }

  private func part(
    of whole: Tensor, _ source: PublishedTensor, replacing old: Tensor, called own: String
  ) throws -> Tensor {
    var expected = source.isTransposed ? Array(old.shape.lengths.reversed()) : old.shape.lengths
    let count = source.part?.count ?? 1
    if let axis = expected.indices.last { expected[axis] *= count }
    guard whole.shape.lengths == expected else {
      throw error(
        "\"\(prefix + source.name)\" is \(whole.shape), and \(Shape(expected)) is needed for \(own)",
        "Take the weights of one model, with its own config.json")
    }
    var part = whole.converted(to: old.scalarType)
    if let (index, _) = source.part {
      let width = part.shape[-1] / count
      part = part.sliced(index * width..<(index + 1) * width, axis: -1)
    }
    // Multiplication by 1 copies a view of a larger tensor into its own memory.
    return source.isTransposed ? part.transposed * 1 : part * 1
  }
}
