/// A value with parameters: a tensor, a model, an array of models. The gradient of a value is a value of the same type.
public protocol Parameterized {
  /// Visits every parameter, always in the same order, and stores what `visit` makes of it.
  mutating func forEachParameter(_ visit: (inout Tensor) throws -> Void) rethrows
}

extension Tensor: Parameterized {
  /// Visits the tensor itself.
  public mutating func forEachParameter(_ visit: (inout Tensor) throws -> Void) rethrows { try visit(&self) }
}

extension Array: Parameterized where Element: Parameterized {
  /// Visits the parameters of every element in order.
  public mutating func forEachParameter(_ visit: (inout Tensor) throws -> Void) rethrows {
    for index in indices { try self[index].forEachParameter(visit) }
  }
}

extension Optional: Parameterized where Wrapped: Parameterized {
  /// Visits the parameters of the wrapped value, if there is one.
  public mutating func forEachParameter(_ visit: (inout Tensor) throws -> Void) rethrows {
    try self?.forEachParameter(visit)
  }
}

/// A part of a model: a struct that lists its parameters and maps inputs to outputs.
public protocol Module<Input, Output>: Parameterized, Sendable {
  /// What the module is applied to.
  associatedtype Input = Tensor
  /// What it returns.
  associatedtype Output = Tensor
  /// The stored properties that hold parameters, as key paths: tensors, modules, or arrays of them. What is not listed is not trained.
  static var parameters: [PartialKeyPath<Self>] { get }
  /// The module's output for an input.
  func callAsFunction(_ input: Input) -> Output
}

extension Module {
  /// Visits the parameters in the order in which `parameters` lists them.
  public mutating func forEachParameter(_ visit: (inout Tensor) throws -> Void) rethrows {
    for path in Self.parameters {
      guard let type = type(of: path).valueType as? any Parameterized.Type else {
        fatalError(
          "\(Self.self) lists \(path) as a parameter, but it is neither a tensor nor a module nor an array of them")
      }
      try forEachParameter(at: path, type, visit)
    }
  }

  private mutating func forEachParameter<V: Parameterized>(
    at path: PartialKeyPath<Self>, _: V.Type, _ visit: (inout Tensor) throws -> Void
  ) rethrows {
    guard let path = path as? WritableKeyPath<Self, V> else {
      fatalError("\(Self.self) lists \(path) as a parameter, but it is a constant: declare it with var")
    }
    try self[keyPath: path].forEachParameter(visit)
  }
}

// MARK: - What follows from visiting

extension Parameterized {
  /// All parameters, in order.
  public var parameters: [Tensor] {
    var (copy, result) = (self, [Tensor]())
    copy.forEachParameter { result.append($0) }
    return result
  }

  /// The number of scalars in all parameters.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

  /// A copy whose parameters are what `transform` makes of them.
  public func mapParameters(_ transform: (Tensor) throws -> Tensor) rethrows -> Self {
    var copy = self
    try copy.forEachParameter { $0 = try transform($0) }
    return copy
  }

  /// A copy whose parameters are what `transform` makes of these and those of `other`, pair by pair.
  public func zipParameters(_ other: Self, _ transform: (Tensor, Tensor) throws -> Tensor) rethrows -> Self {
    let others = other.parameters
    require(
      others.map(\.shape) == parameters.map(\.shape),
      "cannot pair parameters of shapes \(parameters.map(\.shape)) with \(others.map(\.shape))")
    var (copy, position) = (self, 0)
    try copy.forEachParameter { tensor in
      tensor = try transform(tensor, others[position])
      position += 1
    }
    return copy
  }

  /// A copy with its parameters in another scalar type: `.double` to check, `.float` to train.
  public func converted(to type: ScalarType) -> Self { mapParameters { $0.converted(to: type) } }

  /// All parameters one after the other, as one vector.
  public var flattened: Tensor {
    let parts = parameters.map { $0.reshaped([$0.count]) }
    return parts.isEmpty ? Tensor([] as [Double]) : Tensor.concatenated(parts, axis: 0)
  }

  /// A copy whose parameters are read from a vector, in order.
  public func withParameters(from vector: Tensor) -> Self {
    require(
      vector.shape == [parameterCount],
      "cannot read \(parameterCount) parameters from a tensor of shape \(vector.shape)")
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

/// The stored properties that hold parameters but are not listed in `parameters`, by name: they would silently stay untrained.
public func unlistedParameters<M: Module>(in module: M) -> [String] {
  let listed = module.parameterCount
  let held = Mirror(reflecting: module).children.compactMap { child -> (name: String, count: Int)? in
    guard let value = child.value as? any Parameterized, value.parameterCount > 0 else { return nil }
    return (child.label ?? "?", value.parameterCount)
  }
  return held.reduce(0) { $0 + $1.count } == listed ? [] : held.map(\.name).filter { !M.lists($0) }
}

extension Module {
  fileprivate static func lists(_ name: String) -> Bool { parameters.contains { "\($0)".hasSuffix(".\(name)") } }
}
