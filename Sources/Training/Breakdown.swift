import Messages
import Tensors

/// Why a training stopped before a step that could not be made: what was infinite or NaN, where it began, and what may
/// help.
public struct Breakdown: Error, Codable, Equatable, CustomStringConvertible {
  /// What was not finite.
  public enum Cause: Codable, Equatable, Sendable {
    /// The loss; it is not known where that began if it did not happen again.
    case loss(NonFiniteOrigin?)
    /// The gradient of these parameters, though the loss was finite.
    case gradient([String])
    /// What these running statistics observed, though loss and gradient were finite.
    case statistics([String])
  }

  /// Whose step was not made; nil where there is one player.
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

  /// The layers where it began, as far as names tell: those whose parameters are the cause, or the last before the
  /// operation that is.
  public var layers: [String] {
    switch cause {
    case .loss(let origin): Self.layers(of: origin?.parameters ?? [])
    case .gradient(let names), .statistics(let names): Self.layers(of: names)
    }
  }

  /// What the names begin with, up to their last dot, each once; a name without a dot is itself.
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
        "the gradient of \(listed(names))\(owner) is not finite \(time), though the loss is \(decimals(loss, 4)): \(rate), "
        + "or operations whose slope is finite, such as √(x + ε) in the place of √x"
    case .statistics(let names):
      return
        "what \(listed(names))\(owner) observed is not finite \(time), though the loss is \(decimals(loss, 4)): \(rate)"
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
      ", for \(listed(parameters)) was not finite before: look at how the model was made or loaded"
    case .constant:
      ", for what entered \(name)\(place) beside parameters was not finite: look for NaN and infinities among the examples"
    case .operation where isAfterAllLayers:
      ", which began with \(name) in the loss, after \(listed(layers)): \(rate), or a loss that is finite for all finite "
        + "outputs, such as crossEntropy of logits"
    case .operation:
      ", which began with \(name)\(place): \(rate)"
    }
  }
}

private let rate = "a lower learning rate may help"

/// The first names, and how many there are beside; a tensor that trains by itself has none.
private func listed(_ names: [String]) -> String {
  if names == [""] { return "the tensor" }
  let shown = names.prefix(2).joined(separator: ", ")
  return names.count > 2 ? "\(shown) and \(names.count - 2) more" : shown
}

// MARK: - Finding out

extension Breakdown {
  /// Why a step with this loss and this gradient cannot be made; nil if it can. Where the loss began to be infinite or
  /// NaN is found out by computing it once more.
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

  /// Where the loss stops being finite. Random sources of a run are put back to where they stood, so that what follows
  /// is the same.
  private static func origin<M: Parameterized>(at model: M, _ loss: (M) -> Tensor) -> NonFiniteOrigin? {
    let page = RandomLedger.current?.page(below: .max)
    defer { if let page { RandomLedger.current?.restore(page) } }
    return nonFiniteOrigin(at: model, of: loss)
  }
}
