/// Whether a model is being trained or used.
///
/// Differentiating a model is training; everything else is evaluation. Layers such as dropout read `Mode.current`, so
/// nobody can forget to switch.
public enum Mode: Sendable {
  /// The model is being fitted: randomness that serves training is active.
  case training
  /// The model is being used.
  case evaluation

  /// The mode of the code that runs now.
  @TaskLocal public static var current: Mode = .evaluation

  /// Runs `body` in this mode, as Monte Carlo dropout does with `.training`.
  public func callAsFunction<R>(_ body: () throws -> R) rethrows -> R {
    try Mode.$current.withValue(self, operation: body)
  }

  /// The mode in which a function of such a point is differentiated, by any function: training if the point is a model
  /// or contains one, as an array of models does; otherwise the current mode.
  public static func differentiating<P: Parameterized>(_: P.Type) -> Mode {
    isModel(P.self) ? .training : .current
  }

  private static func isModel(_ type: any Parameterized.Type) -> Bool {
    if type == Tensor.self { return false }
    return type is any Model.Type || (type as? any Container.Type).map { isModel($0.contentType) } ?? false
  }
}

/// A value that contains values of one type.
private protocol Container {
  static var contentType: any Parameterized.Type { get }
}

extension Array: Container where Element: Parameterized {
  fileprivate static var contentType: any Parameterized.Type { Element.self }
}

extension Optional: Container where Wrapped: Parameterized {
  fileprivate static var contentType: any Parameterized.Type { Wrapped.self }
}
