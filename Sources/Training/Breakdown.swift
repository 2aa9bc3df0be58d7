import Messages
import Tensors

/// The reason why training stopped before a step that could not be made: what was infinite or NaN, where that began,
/// and what may help.
public struct Breakdown: Error, Codable, Equatable, CustomStringConvertible {
  /// What was not finite.
  public enum Cause: Codable, Equatable, Sendable {
    /// The loss, with its origin; nil if it was finite when computed again.
    case loss(NonFiniteOrigin?)
    /// The gradient of these parameters, although the loss was finite.
    case gradient([String])
    /// The values that these running statistics observed, although loss and gradient were finite.
    case statistics([String])
  }

  /// The player whose step was not made; nil if there is only one.
  public let player: String?
  /// The step that was not made, counted from 1 over all epochs, and its epoch.
  public let step, epoch: Int
  /// The player's loss.
  public let loss: Double
  /// What was not finite.
  public let cause: Cause

  /// A breakdown in this step.
  public init(player: String? = nil, step: Int, epoch: Int, loss: Double, cause: Cause) {
    (self.player, self.step, self.epoch, self.loss, self.cause) = (player, step, epoch, loss, cause)
  }

  /// The layers where it began, as far as the names tell: those with the parameters that are the cause, or the last
  /// ones before the operation that is.
  public var layers: [String] {
    switch cause {
    case .loss(let origin): Self.layers(of: origin?.parameters ?? [])
    case .gradient(let names), .statistics(let names): Self.layers(of: names)
    }
  }

  /// The parts of the names before their last dots, each once; a name without a dot stays whole.
  private static func layers(of names: [String]) -> [String] {
    names.reduce(into: []) { layers, name in
      let layer = name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
      if !layers.contains(layer) { layers.append(layer) }
    }
  }

  /// What happened, in which step and where, and what may help.
  public var description: String {
    let (time, owner) = ("in step \(step) of epoch \(epoch)", player.map { " of '\($0)'" } ?? "")
    switch cause {
    case .loss(let origin):
      return "the loss\(owner) is \(loss) \(time)"
        + (origin.map { $0.explanation(layers: layers) } ?? ": diverged; \(rate)")
    case .gradient(let names):
      return
        "the gradient of \(listed(names))\(owner) is not finite \(time), although the loss is \(decimals(loss, 4)): "
        + "\(rate), or operations with a finite slope, such as √(x + ε) instead of √x"
    case .statistics(let names):
      return
        "the values that \(listed(names))\(owner) observed are not finite \(time), although the loss is "
        + "\(decimals(loss, 4)): \(rate)"
    }
  }
}

extension NonFiniteOrigin {
  /// The rest of the sentence.
  fileprivate func explanation(layers: [String]) -> String {
    let place = layers.isEmpty ? "" : " at \(listed(layers))"
    let name = operation.map { "'\($0)'" } ?? "the loss"
    return switch kind {
    case .parameter:
      ", because \(listed(parameters)) was not finite before the step: check how the model was made or loaded"
    case .constant:
      ", because an input of \(name)\(place) that is not a parameter was not finite: "
        + "look for NaN and infinities among the examples"
    case .operation where isAfterAllLayers:
      ", which began with \(name) in the loss, after \(listed(layers)): \(rate), or a loss that is finite for all "
        + "finite outputs, such as crossEntropy of logits"
    case .operation:
      ", which began with \(name)\(place): \(rate)"
    }
  }
}

private let rate = "a lower learning rate may help"

/// The first names and the number of others. A tensor that is trained alone has no name.
private func listed(_ names: [String]) -> String {
  if names == [""] { return "the tensor" }
  let shown = names.prefix(2).joined(separator: ", ")
  return names.count > 2 ? "\(shown) and \(names.count - 2) more" : shown
}

// MARK: - Finding the cause

extension Breakdown {
  /// The reason why a step with this loss and this gradient cannot be made; nil if it can. The loss is computed once
  /// more to find where it becomes infinite or NaN.
  static func found<M: Parameterized>(
    player: String?, step: Int, epoch: Int, loss: Double, gradient: M, at model: M, again: (M) -> Tensor
  ) -> Breakdown? {
    func because(_ cause: Cause) -> Breakdown {
      Breakdown(player: player, step: step, epoch: epoch, loss: loss, cause: cause)
    }
    if !loss.isFinite { return because(.loss(origin(at: model, again))) }
    if gradient.isFinite { return nil }
    let (names, wrong) = (gradient.parameterNames, gradient.namedTensors.filter { !$0.tensor.isFinite }.map(\.name))
    let parameters = wrong.filter(names.contains)
    return because(parameters.isEmpty ? .statistics(wrong) : .gradient(parameters))
  }

  /// The place where the loss stops being finite. The random sources of the run are restored afterwards, so that all
  /// later draws are the same.
  private static func origin<M: Parameterized>(at model: M, _ loss: (M) -> Tensor) -> NonFiniteOrigin? {
    let page = RandomLedger.current?.page(below: .max)
    defer { if let page { RandomLedger.current?.restore(page) } }
    return nonFiniteOrigin(at: model, of: loss)
  }
}
