// Saving and loading of models, optimizers and random sources.

import Foundation
import Tensors

/// Saves a model, with its parameters and running statistics under their names, such as "layers.0.weight", and any
/// values that can be encoded, such as an optimizer or a random source, each under its own name.
///
/// The file is replaced as a whole. If anything fails, the old file stays unchanged. `metadata` is saved as texts, for
/// example the widths that are needed to create the model again. The tensors of the values have names with a slash,
/// such as "optimizer/m.0".
public func save<M: Parameterized>(
  _ model: M, with values: KeyValuePairs<String, any Encodable> = [:], metadata: [String: String] = [:],
  to path: String
) throws {
  let (tensors, texts) = try contents(model, values, metadata)
  try SafetensorsFile.write(tensors, metadata: texts, to: path)
}

/// The bytes that `save` would write to a file.
package func savedBytes<M: Parameterized>(
  _ model: M, with values: KeyValuePairs<String, any Encodable> = [:], metadata: [String: String] = [:]
) throws -> [UInt8] {
  let (tensors, texts) = try contents(model, values, metadata)
  return try SafetensorsFile.bytes(tensors, metadata: texts)
}

/// The tensors and the metadata of a file with a model and other values.
private func contents<M: Parameterized>(
  _ model: M, _ values: KeyValuePairs<String, any Encodable>, _ metadata: [String: String]
) throws -> ([(name: String, tensor: Tensor)], [String: String]) {
  var (tensors, texts) = (model.namedTensors, metadata)
  texts["saved as"] = SavedValue.version
  texts["model"] = "\(M.self)"
  for (name, value) in values {
    let saved = try SavedValue(value, named: name)
    tensors += saved.tensors
    texts[name] = saved.json
  }
  return (tensors, texts)
}

/// Loads a model's parameters and running statistics from a file.
///
/// The file must contain all of them, in the model's own shapes and scalar types, and no others. Otherwise this throws
/// a `DataError` that names the first difference, and the model stays unchanged. For files made elsewhere, `name` gives
/// the name of a tensor in the file, and `ignoring` selects tensors in the file that are not needed.
public func load<M: Parameterized>(
  into model: inout M, from path: String, name: (_ ownName: String) -> String = { $0 },
  ignoring isIgnored: (_ fileName: String) -> Bool = { _ in false }
) throws {
  try SafetensorsFile(path: path).load(into: &model, name: name, ignoring: isIgnored)
}

/// Loads a value that was saved with a model, such as an optimizer: `load(Adam.self, named: "optimizer", from: path)`.
public func load<Value: Decodable>(_: Value.Type, named name: String, from path: String) throws -> Value {
  try SafetensorsFile(path: path).value(Value.self, named: name)
}

extension SafetensorsFile {
  /// Loads a model's parameters and running statistics, as the function `load(into:from:)` does.
  public func load<M: Parameterized>(
    into model: inout M, name: (_ ownName: String) -> String = { $0 },
    ignoring isIgnored: (_ fileName: String) -> Bool = { _ in false }
  ) throws {
    try refusePrefixes(model.namedTensors.map { name($0.name) }, of: "\(M.self)")
    var (copy, missing) = (model, Set(names.filter { !isIgnored($0) && !belongsToValue($0) }))
    try copy.forEachNamedTensor { own, tensor in
      let name = name(own)
      missing.remove(name)
      tensor = try self.tensor(name, replacing: tensor, called: own)
    }
    if let name = missing.min() {
      throw error(
        "load \(M.self)",
        "the file has \(missing.count) tensors that the model does not have, such as \(JSONText.quoted(name))",
        "Create the model as it was when it was saved\(metadata["model"].map { " (a \($0))" } ?? "")")
    }
    model = copy
  }

  /// Throws if the names in the file are the model's with a prefix, such as "module." after PyTorch's training on
  /// several devices, or the other way round.
  private func refusePrefixes(_ own: [String], of model: String) throws {
    let known = Set(names)
    guard let first = own.first(where: { !known.contains($0) }) else { return }
    func fail(_ found: String, _ renaming: String) -> DataError {
      error("load \(model)", found, "Add an argument to load, name: { \(renaming) }")
    }
    for name in names where name.hasSuffix(first) {
      let prefix = String(name.dropLast(first.count))
      if own.allSatisfy({ known.contains(prefix + $0) }) {
        let quoted = JSONText.quoted(prefix)
        throw fail("all names begin with \(quoted) in the file, but not in the model", "\(quoted) + $0")
      }
    }
    for name in names where first.hasSuffix(name) {
      let prefix = String(first.dropLast(name.count))
      if own.allSatisfy({ $0.hasPrefix(prefix) && known.contains(String($0.dropFirst(prefix.count))) }) {
        throw fail(
          "all names begin with \(JSONText.quoted(prefix)) in the model, but not in the file",
          "String($0.dropFirst(\(prefix.count)))")
      }
    }
  }

  /// Whether a tensor belongs to a value that was saved with the model.
  private func belongsToValue(_ name: String) -> Bool {
    guard let slash = name.firstIndex(of: "/") else { return false }
    return metadata[String(name[..<slash])] != nil
  }

  private func tensor(_ name: String, replacing old: Tensor, called own: String) throws -> Tensor {
    let new = try tensor(name)
    guard new.shape == old.shape, new.scalarType == old.scalarType else {
      let called = name == own ? "" : " (in the file \(JSONText.quoted(name)))"
      throw error(
        "load \(JSONText.quoted(own))\(called)",
        "expected \(old.scalarType) \(old.shape), found \(new.scalarType) \(new.shape)",
        "Create the model as it was when it was saved")
    }
    return new
  }

  /// A value that was saved with a model, such as an optimizer.
  public func value<Value: Decodable>(_: Value.Type, named name: String) throws -> Value {
    guard let json = metadata[name] else {
      throw error(
        "load \(Value.self)", "it has no value named '\(name)'",
        "Save one: save(model, with: [\"\(name)\": …], to: …)"
      )
    }
    let own = try names.filter { $0.hasPrefix(name + "/") }.reduce(into: [:]) { $0[$1] = try tensor($1) }
    do { return try SavedValue.value(json, own) } catch let problem as DecodingError {
      throw error("load \(Value.self) '\(name)'", SavedValue.shown(problem), "Load it as the type that was saved")
    }
  }
}

/// A saved value: JSON, and its tensors, which the JSON refers to by name.
package struct SavedValue {
  /// The version of the file format, which the metadata contain.
  package static let version = "Deep Learning in Swift, version 1"

  package let json: String
  package let tensors: [(name: String, tensor: Tensor)]

  package init(_ value: any Encodable, named name: String) throws {
    let store = TensorStore(prefix: name + "/")
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    encoder.userInfo = store.userInfo
    json = String(decoding: try encoder.encode(value), as: UTF8.self)
    tensors = store.tensors.sorted { $0.key < $1.key }.map { (name: $0.key, tensor: $0.value) }
  }

  /// The value that was saved as this JSON and these tensors.
  package static func value<Value: Decodable>(_ json: String, _ tensors: [String: Tensor]) throws -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    decoder.userInfo = TensorStore(tensors).userInfo
    return try decoder.decode(Value.self, from: Data(json.utf8))
  }

  /// A decoder's error as a sentence.
  package static func shown(_ error: DecodingError) -> String {
    let context: DecodingError.Context
    switch error {
    case .typeMismatch(_, let found), .valueNotFound(_, let found), .keyNotFound(_, let found),
      .dataCorrupted(let found):
      context = found
    @unknown default: return "\(error)"
    }
    let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    return (path.isEmpty ? "" : "at \(path), ")
      + context.debugDescription.trimmingCharacters(in: CharacterSet(charactersIn: "."))
  }
}
