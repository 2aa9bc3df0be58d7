import Messages

/// A value with parameters: a tensor, a model, an array of models. The gradient of a value is a value of the same type.
public protocol Parameterized {
  /// Visits every parameter, always in the same order, and stores the value that `visit` leaves in it.
  mutating func forEachParameter(_ visit: (inout Tensor) throws -> Void) rethrows
  /// Visits every running statistic in the same way; does nothing if there are none.
  mutating func forEachStatistic(_ visit: (inout Tensor) throws -> Void) rethrows
  /// The names of the parameters in the order of the visits, such as "layers.0.weight"; see Naming.swift.
  var parameterNames: [String] { get }
  /// The names of the running statistics in the order of the visits.
  var statisticNames: [String] { get }
}

extension Tensor: Parameterized {
  /// Visits the tensor itself.
  public mutating func forEachParameter(_ visit: (inout Tensor) throws -> Void) rethrows { try visit(&self) }
  /// Does nothing: a tensor alone is a parameter.
  public mutating func forEachStatistic(_ visit: (inout Tensor) throws -> Void) rethrows {}
}

extension Array: Parameterized where Element: Parameterized {
  /// Visits the parameters of every element in order.
  public mutating func forEachParameter(_ visit: (inout Tensor) throws -> Void) rethrows {
    for index in indices { try self[index].forEachParameter(visit) }
  }

  /// Visits the running statistics of every element in order.
  public mutating func forEachStatistic(_ visit: (inout Tensor) throws -> Void) rethrows {
    for index in indices { try self[index].forEachStatistic(visit) }
  }
}

extension Optional: Parameterized where Wrapped: Parameterized {
  /// Visits the parameters of the wrapped value, if there is one.
  public mutating func forEachParameter(_ visit: (inout Tensor) throws -> Void) rethrows {
    try self?.forEachParameter(visit)
  }

  /// Visits the running statistics of the wrapped value, if there is one.
  public mutating func forEachStatistic(_ visit: (inout Tensor) throws -> Void) rethrows {
    try self?.forEachStatistic(visit)
  }
}

/// A struct that lists its parameters and running statistics: a network, a part of one, or several players of a game.
///
/// Training, saving, optimizers and checks use only these lists. A model that maps one input to one output is a
/// `Module`.
public protocol Model: Parameterized, Sendable {
  /// The stored properties that hold parameters, as key paths: tensors, models, or arrays of them. Unlisted properties
  /// are not trained.
  static var parameters: [PartialKeyPath<Self>] { get }
  /// The stored properties that hold running statistics, as key paths to tensors: training updates them without
  /// gradients.
  static var statistics: [PartialKeyPath<Self>] { get }
}

/// A model that maps an input to an output.
public protocol Module<Input, Output>: Model {
  /// The type of the inputs.
  associatedtype Input = Tensor
  /// The type of the outputs.
  associatedtype Output = Tensor
  /// Computes the module's output for an input.
  func callAsFunction(_ input: Input) -> Output
}

extension Collection where Element: Module, Element.Input == Element.Output {
  /// Computes the output of a chain of modules: each takes the output of the one before it.
  public func callAsFunction(_ input: Element.Input) -> Element.Output { reduce(input) { x, module in module(x) } }
}

extension Model {
  /// No running statistics.
  public static var statistics: [PartialKeyPath<Self>] { [] }

  /// Visits the parameters in the order in which `parameters` lists them.
  public mutating func forEachParameter(_ visit: (inout Tensor) throws -> Void) rethrows {
    for path in Self.parameters { try visitParts(of: path, .parameters, "parameter", visit) }
  }

  /// Visits the model's own running statistics in the order in which `statistics` lists them, then those of its parts.
  public mutating func forEachStatistic(_ visit: (inout Tensor) throws -> Void) rethrows {
    for path in Self.statistics { try visitParts(of: path, .parameters, "statistic", visit) }
    for path in Self.parameters { try visitParts(of: path, .statistics, "parameter", visit) }
  }

  private mutating func visitParts(
    of path: PartialKeyPath<Self>, _ parts: Parts, _ role: String, _ visit: (inout Tensor) throws -> Void
  ) rethrows {
    guard let type = type(of: path).valueType as? any Parameterized.Type else {
      fatalError(
        "\(Self.self) lists \(path) as a \(role), but it is neither a tensor nor a model nor an array of them")
    }
    try visitParts(of: path, type, parts, role, visit)
  }

  private mutating func visitParts<V: Parameterized>(
    of path: PartialKeyPath<Self>, _: V.Type, _ parts: Parts, _ role: String, _ visit: (inout Tensor) throws -> Void
  ) rethrows {
    guard let path = path as? WritableKeyPath<Self, V> else {
      fatalError("\(Self.self) lists \(path) as a \(role), but it is a constant: declare it with var")
    }
    switch parts {
    case .parameters: try self[keyPath: path].forEachParameter(visit)
    case .statistics: try self[keyPath: path].forEachStatistic(visit)
    }
  }
}

/// The tensors to visit in a property: the parameters of a value (for a tensor, the tensor itself), or the running
/// statistics in it.
private enum Parts { case parameters, statistics }

// MARK: - Derived from visiting

extension Parameterized {
  /// All parameters, in order.
  public var parameters: [Tensor] {
    var (copy, result) = (self, [Tensor]())
    copy.forEachParameter { result.append($0) }
    return result
  }

  /// The number of scalars in all parameters.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

  /// A copy whose parameters are transformed by `transform`.
  public func mapParameters(_ transform: (Tensor) throws -> Tensor) rethrows -> Self {
    var copy = self
    try copy.forEachParameter { $0 = try transform($0) }
    return copy
  }

  /// A copy whose parameters are computed by `transform` from these and those of `other`, pair by pair.
  public func zipParameters(_ other: Self, _ transform: (Tensor, Tensor) throws -> Tensor) rethrows -> Self {
    let others = other.parameters
    require(
      others.map(\.shape) == parameters.map(\.shape),
      "cannot pair parameters of shapes \(parameters.map(\.shape)) with \(others.map(\.shape)): "
        + "both models must have the same structure"
    )
    var (copy, position) = (self, 0)
    try copy.forEachParameter { tensor in
      tensor = try transform(tensor, others[position])
      position += 1
    }
    return copy
  }

  /// A copy with its parameters and statistics in another scalar type: `.double` to check, `.float` to train. A
  /// counting statistic stays in `Double`, where whole numbers are exact: its owner keeps it so when it is visited.
  public func converted(to type: ScalarType) -> Self {
    var copy = mapParameters { $0.converted(to: type) }
    copy.forEachStatistic { $0 = $0.converted(to: type) }
    return copy
  }

  /// All parameters one after another, as one vector.
  public var flattened: Tensor {
    let parts = parameters.map { $0.reshaped([$0.count]) }
    return parts.isEmpty ? Tensor([] as [Double]) : Tensor.concatenated(parts, axis: 0)
  }

  /// A copy whose parameters are read from a vector, in order.
  public func withParameters(from vector: Tensor) -> Self {
    require(
      vector.shape == [parameterCount],
      "cannot read \(parameterCount) parameters from a tensor of shape \(vector.shape): "
        + "shape [\(parameterCount)] is needed")
    var position = 0
    return mapParameters { tensor in
      defer { position += tensor.count }
      return vector.sliced(position..<position + tensor.count, axis: 0).reshaped(tensor.shape)
    }
  }

  /// Σ ⟨p, q⟩ over all parameters p of this value and q of the other.
  public func dot(_ other: Self) -> Tensor {
    zip(parameters, other.parameters).map { ($0 * $1).sum() }.reduce(Tensor(0, scalarType: scalarType)) { $0 + $1 }
  }

  /// The scalar type of the first parameter.
  private var scalarType: ScalarType { parameters.first?.scalarType ?? .float }
}

/// The names of the stored properties that hold parameters but are listed neither in `parameters` nor in `statistics`:
/// they would silently remain untrained.
public func unlistedParameters<M: Model>(in model: M) -> [String] {
  let held = Mirror(reflecting: model).children.compactMap { child -> (name: String, count: Int)? in
    guard let value = child.value as? any Parameterized, value.parameterCount > 0 else { return nil }
    return (child.label ?? "?", value.parameterCount)
  }
  let trained = held.filter { !M.lists($0.name, in: M.statistics) }
  return trained.reduce(0) { $0 + $1.count } == model.parameterCount
    ? [] : trained.map(\.name).filter { !M.lists($0, in: M.parameters) }
}

extension Model {
  fileprivate static func lists(_ name: String, in paths: [PartialKeyPath<Self>]) -> Bool {
    paths.contains { "\($0)".hasSuffix(".\(name)") }
  }
}
