import Tensors

/// The best models so far: those with the lowest validation loss, which training should return.
struct BestModels {
  /// The best models, if any had a finite loss.
  private(set) var models: [any Parameterized]?
  /// Their validation loss, or infinity before the first offer.
  private(set) var loss = Double.infinity

  /// Keeps the models of a state if their loss is lower than all previous ones.
  mutating func offer<State: TrainingState>(_ state: State, loss: Double) {
    if loss < self.loss { (models, self.loss) = (state.models.map(\.model), loss) }
  }
}
