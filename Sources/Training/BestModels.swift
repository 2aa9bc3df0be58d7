import Tensors

/// The best of the models that were offered: those with the lowest validation loss, which a training should give back.
struct BestModels {
  /// The best models so far, if any were offered whose loss is finite.
  private(set) var models: [any Parameterized]?
  /// Their validation loss; infinite before the first offer.
  private(set) var loss = Double.infinity

  /// Keeps the models of a state if their loss is lower than all before.
  mutating func offer<State: TrainingState>(_ state: State, loss: Double) {
    if loss < self.loss { (models, self.loss) = (state.models.map(\.model), loss) }
  }
}
