/// The best of the models that were offered: the one with the lowest validation loss, which a training should give back.
public struct BestModel<M> {
  /// The best model so far, if any was offered whose loss is a number.
  public private(set) var model: M?
  /// Its validation loss; infinite before the first offer.
  public private(set) var loss = Double.infinity

  /// Starts without a model: any offer beats that.
  public init() {}

  /// Starts with a model and its loss.
  init(_ model: M, loss: Double) { (self.model, self.loss) = (model, loss) }

  /// Keeps the model if its loss is lower than all before.
  public mutating func offer(_ model: M, loss: Double) {
    if loss < self.loss { (self.model, self.loss) = (model, loss) }
  }
}
