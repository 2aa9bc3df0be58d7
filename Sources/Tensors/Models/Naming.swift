// The names of a model's tensors, used in files: the path of properties that leads to each, as in "layers.0.weight".

import Messages

extension Parameterized {
  /// Numbers, for a value that is not a model and does not name its parameters itself.
  public var parameterNames: [String] { parameters.indices.map { "\($0)" } }
  /// Numbers after the word "statistic".
  public var statisticNames: [String] { statistics.indices.map { nested("statistic", "\($0)") } }

  /// All parameters, then all running statistics, each with its name.
  public var namedTensors: [(name: String, tensor: Tensor)] {
    var (copy, result) = (self, [(name: String, tensor: Tensor)]())
    copy.forEachNamedTensor { name, tensor in result.append((name, tensor)) }
    return result
  }

  /// Visits all parameters, then all running statistics, each with its name, and stores the value that `visit` leaves
  /// in it.
  public mutating func forEachNamedTensor(_ visit: (_ name: String, inout Tensor) throws -> Void) rethrows {
    let names = parameterNames + statisticNames
    require(
      names.count == parameters.count + statistics.count && Set(names).count == names.count,
      "cannot name the \(parameters.count) parameters and \(statistics.count) statistics of \(Self.self) \(names): "
        + "each needs a name of its own")
    var rest = names[...]
    try forEachParameter { try visit(rest.removeFirst(), &$0) }
    try forEachStatistic { try visit(rest.removeFirst(), &$0) }
  }
}

extension Tensor {
  /// One empty name: a tensor has the name of the property that holds it.
  public var parameterNames: [String] { [""] }
}

extension Array where Element: Parameterized {
  /// The names within every element, after the element's number.
  public var parameterNames: [String] { named(\.parameterNames) }
  /// The names within every element, after the element's number.
  public var statisticNames: [String] { named(\.statisticNames) }

  private func named(_ names: (Element) -> [String]) -> [String] {
    enumerated().flatMap { number, element in names(element).map { nested("\(number)", $0) } }
  }
}

extension Optional where Wrapped: Parameterized {
  /// The names within the wrapped value, if there is one.
  public var parameterNames: [String] { self?.parameterNames ?? [] }
  /// The names within the wrapped value, if there is one.
  public var statisticNames: [String] { self?.statisticNames ?? [] }
}

extension Model {
  /// The names of the listed properties, each followed by a dot and the names within.
  public var parameterNames: [String] { Self.parameters.flatMap { names($0, \.parameterNames) } }

  /// The names of the model's own running statistics, then those within its parts.
  public var statisticNames: [String] {
    Self.statistics.flatMap { names($0, \.parameterNames) } + Self.parameters.flatMap { names($0, \.statisticNames) }
  }

  private func names(_ path: PartialKeyPath<Self>, _ names: (any Parameterized) -> [String]) -> [String] {
    guard let part = self[keyPath: path] as? any Parameterized else { return [] }
    return names(part).map { nested(propertyName(path), $0) }
  }

  /// The name of the stored property that a key path leads to, taken from the description of the key path and checked
  /// against the stored properties.
  private func propertyName(_ path: PartialKeyPath<Self>) -> String {
    let name = "\(path)".split(separator: ".").last.map(String.init) ?? ""
    let type = type(of: path).valueType
    let isStored = Mirror(reflecting: self).children.contains { $0.label == name && Swift.type(of: $0.value) == type }
    require(isStored, "cannot name a \(type) that \(Self.self) lists: it is not a stored property")
    return name
  }
}

/// The name of a part after that of its owner.
private func nested(_ owner: String, _ part: String) -> String { part.isEmpty ? owner : "\(owner).\(part)" }
