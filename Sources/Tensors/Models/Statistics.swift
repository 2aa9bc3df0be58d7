// Running statistics: state of a model that training updates and no gradient moves, such as the mean and the variance that batch
// normalization keeps for later use. They are values like the parameters: a copy of a model owns its statistics.

import Messages

extension Tensor {
  /// Makes `next` of the statistic's current value the new one, and returns that.
  ///
  /// A layer calls this in its forward pass. The gradient call under way takes the observation down, and the gradient, which is a
  /// model, has it in the statistic's place; `adoptStatistics(of:)` moves it into the model. A second observation starts from the
  /// first. Outside gradient calls nobody takes it down, and the model stays as it is. `next` must not itself observe.
  @discardableResult
  public func observe(_ next: (_ current: Tensor) -> Tensor) -> Tensor {
    guard let node else { return next(self).stopGradient }
    return node.recording.observations.withLock { observations in
      let value = next(observations[node.number] ?? stopGradient).stopGradient
      require(
        value.shape == shape,
        "cannot observe \(value.shape) for a running statistic of shape \(shape): the shapes must be the same")
      observations[node.number] = value
      return value
    }
  }
}

extension Parameterized {
  /// All running statistics, in order.
  public var statistics: [Tensor] {
    var (copy, result) = (self, [Tensor]())
    copy.forEachStatistic { result.append($0) }
    return result
  }

  /// Takes over the running statistics of another model: of a gradient, which has what its forward pass observed.
  public mutating func adoptStatistics(of other: Self) {
    let others = other.statistics
    require(
      others.map(\.shape) == statistics.map(\.shape),
      "cannot adopt statistics of shapes \(others.map(\.shape)) in place of \(statistics.map(\.shape)): both models must be made alike"
    )
    var rest = others[...]
    forEachStatistic { $0 = rest.removeFirst() }
  }

  /// Runs `body` on the model without differentiating, in training mode unless told otherwise, and adopts what was observed.
  public mutating func observing<R>(mode: Mode = .training, _ body: (Self) throws -> R) rethrows -> R {
    var observed = self
    let places = observed.openStatistics(in: Recording.current ?? Recording())
    let result = try mode { try body(observed) }
    readStatistics(from: places)
    return result
  }

  /// Gives every statistic a node, the place of its observations in this recording. Nested calls share the places.
  mutating func openStatistics(in recording: Recording) -> [Node] {
    var places: [Node] = []
    forEachStatistic { tensor in
      let own = tensor.node.flatMap { $0.recording === recording ? $0 : nil }
      let place = own ?? Node(recording, [])
      places.append(place)
      tensor = tensor.with(place)
    }
    return places
  }

  /// Makes every statistic what was observed at its place, if anything was.
  mutating func readStatistics(from places: [Node]) {
    var places = places[...]
    forEachStatistic { tensor in
      if let observed = places.removeFirst().observation { tensor = observed.with(tensor.node) }
    }
  }
}

extension Node {
  /// What was last observed for the running statistic that has this place.
  fileprivate var observation: Tensor? { recording.observations.withLock { $0[number] } }
}
