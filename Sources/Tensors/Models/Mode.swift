/// Whether a model is being trained or used.
///
/// Differentiating a model is training; everything else is evaluation. Layers such as dropout ask `Mode.current`, so that nobody
/// can forget to switch.
public enum Mode: Sendable {
  /// The model is being fitted: what is random for the sake of training is random.
  case training
  /// The model is being used.
  case evaluation

  /// The mode of the code that runs now.
  @TaskLocal public static var current: Mode = .evaluation

  /// Runs `body` in this mode, as Monte Carlo dropout does with `.training`.
  public func callAsFunction<R>(_ body: () throws -> R) rethrows -> R {
    try Mode.$current.withValue(self, operation: body)
  }

  /// The mode in which a function of such a point is differentiated, whatever the way: training if the point is a model or holds one,
  /// as an array of models does; the current mode otherwise.
  public static func differentiating<P: Parameterized>(_: P.Type) -> Mode {
    isModel(P.self) ? .training : .current
  }

  private static func isModel(_ type: any Parameterized.Type) -> Bool {
    if type == Tensor.self { return false }
    return type is any Model.Type || (type as? any Container.Type).map { isModel($0.contentType) } ?? false
  }
}

/// A value that holds others of one type.
private protocol Container {
  static var contentType: any Parameterized.Type { get }
}

extension Array: Container where Element: Parameterized {
  fileprivate static var contentType: any Parameterized.Type { Element.self }
}

extension Optional: Container where Wrapped: Parameterized {
  fileprivate static var contentType: any Parameterized.Type { Wrapped.self }
}
