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
}
