// The state that training changes.

import Messages
import Tensors

/// Everything that training changes, as one value: its models and optimizers, and whatever else a step or an evaluation
/// changes.
///
/// A state lists the key paths of the parts that a checkpoint saves, as a model lists its parameters:
///
///     struct Game: TrainingState {
///       var generator, discriminator: MLP
///       var generatorOptimizer = Adam(), discriminatorOptimizer = Adam()
///       static var kept: [PartialKeyPath<Game>] {
///         [\.generator, \.discriminator, \.generatorOptimizer, \.discriminatorOptimizer]
///       }
///     }
///
/// Constants, such as the data, do not belong to the state: the step captures them.
public protocol TrainingState {
  /// The stored properties that a checkpoint saves: models and tensors, with each tensor under its name, and anything
  /// that is `Codable`, such as optimizers and counters.
  static var kept: [PartialKeyPath<Self>] { get }
}

/// The names of the stored properties that hold parameters or an optimizer but are not listed in `kept`: resumed
/// training would have lost them.
public func unlistedParts<State: TrainingState>(in state: State) -> [String] {
  let listed = Set(State.kept.map(State.name))
  return Mirror(reflecting: state).children.compactMap { child in
    guard let name = child.label, !listed.contains(name), changes(child.value) else { return nil }
    return name
  }
}

/// Whether training would change this value: one with parameters, an optimizer, or an array of optimizers.
private func changes(_ value: Any) -> Bool {
  if let value = value as? any Parameterized { return value.parameterCount > 0 }
  return value is any Optimizer || (value as? [any Optimizer])?.isEmpty == false
}

// MARK: - Parts

/// The kind of a saved part: a model, which is saved by its tensors' names, or a value that encodes itself.
private enum Kind {
  case model(any Parameterized.Type)
  case value(any Codable.Type)
}

extension TrainingState {
  /// The name of the stored property at a key path.
  static func name(_ path: PartialKeyPath<Self>) -> String {
    "\(path)".split(separator: ".").last.map(String.init) ?? ""
  }

  private static func kind(_ path: PartialKeyPath<Self>) -> Kind {
    let type = type(of: path).valueType
    if let type = type as? any Parameterized.Type { return .model(type) }
    if let type = type as? any Codable.Type { return .value(type) }
    fatalError(
      "\(Self.self) lists \(name(path)) in kept, but a \(type) has no parameters and is not Codable: make it Codable")
  }

  /// The names and types of all saved parts.
  static var partTypes: [String] { kept.map { "\(name($0)): \(type(of: $0).valueType)" } }

  /// The saved parts that have parameters, in order.
  var models: [(name: String, model: any Parameterized)] {
    Self.kept.compactMap { path in (self[keyPath: path] as? any Parameterized).map { (Self.name(path), $0) } }
  }

  /// The saved parts that encode themselves, in order.
  var values: [(name: String, value: any Codable)] {
    Self.kept.compactMap { path in
      guard case .value = Self.kind(path), let value = self[keyPath: path] as? any Codable else { return nil }
      return (Self.name(path), value)
    }
  }

  /// The types of the parts that encode themselves, by name.
  static var valueTypes: [(name: String, type: any Codable.Type)] {
    kept.compactMap { path in
      guard case .value(let type) = kind(path) else { return nil }
      return (name(path), type)
    }
  }

  /// Visits the tensors of all parts that have parameters, each with its name, such as "generator.layers.0.weight".
  mutating func forEachKeptTensor(_ visit: (_ name: String, inout Tensor) throws -> Void) rethrows {
    for path in Self.kept {
      guard case .model(let type) = Self.kind(path) else { continue }
      try self.visit(path, type, visit)
    }
  }

  private mutating func visit<V: Parameterized>(
    _ path: PartialKeyPath<Self>, _: V.Type, _ visit: (_ name: String, inout Tensor) throws -> Void
  ) rethrows {
    let part = Self.name(path)
    try self[keyPath: Self.writable(path, V.self)].forEachNamedTensor { own, tensor in
      try visit(own.isEmpty ? part : "\(part).\(own)", &tensor)
    }
  }

  /// Replaces all models by these, in order.
  mutating func replaceModels(by models: [any Parameterized]) {
    var rest = models[...]
    for path in Self.kept {
      if case .model(let type) = Self.kind(path) { replace(path, type, by: rest.removeFirst()) }
    }
  }

  /// Replaces all other parts by these, by name.
  mutating func replaceValues(by values: [String: any Codable]) {
    for path in Self.kept {
      if case .value(let type) = Self.kind(path) { replace(path, type, by: values[Self.name(path)]) }
    }
  }

  private mutating func replace<V>(_ path: PartialKeyPath<Self>, _: V.Type, by value: Any?) {
    if let value = value as? V { self[keyPath: Self.writable(path, V.self)] = value }
  }

  private static func writable<V>(_ path: PartialKeyPath<Self>, _: V.Type) -> WritableKeyPath<Self, V> {
    guard let path = path as? WritableKeyPath<Self, V> else {
      fatalError("\(Self.self) lists \(name(path)) in kept, but it is a constant: declare it with var")
    }
    return path
  }
}
