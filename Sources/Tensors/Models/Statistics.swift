// Running statistics: state of a model that training updates without gradients, such as the mean and the variance that
// batch normalization keeps for later use. They are values like the parameters: a copy of a model has its own
// statistics.

import Messages

extension Tensor {
  /// Observes the value that `next` computes from the statistic's current value, and returns it.
  ///
  /// A layer calls this in its forward pass. The current gradient call records the observation, and the gradient, which
  /// is itself a model, contains it in place of the statistic; `adoptStatistics(of:)` moves it into the model. A second
  /// observation starts from the first. Outside gradient calls nothing is recorded, and the model does not change.
  /// `next` must not call `observe`.
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

  /// Adopts the running statistics of another model: usually of a gradient, which contains those observed in its
  /// forward pass.
  public mutating func adoptStatistics(of other: Self) {
    let others = other.statistics
    require(
      others.map(\.shape) == statistics.map(\.shape),
      "cannot adopt statistics of shapes \(others.map(\.shape)) in place of \(statistics.map(\.shape)): "
        + "both models must have the same structure"
    )
    var rest = others[...]
    forEachStatistic { $0 = rest.removeFirst() }
  }

  /// Runs `body` on the model without differentiating, in training mode by default, and adopts the observed statistics.
  public mutating func observing<R>(mode: Mode = .training, _ body: (Self) throws -> R) rethrows -> R {
    var observed = self
    let places = observed.openStatistics(in: Recording.current ?? Recording())
    let result = try mode { try body(observed) }
    readStatistics(from: places)
    return result
  }

  /// Gives every statistic a node at which this recording stores its observations. Nested calls share the nodes.
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

  /// Replaces every statistic with the value observed at its node, if there is one.
  mutating func readStatistics(from places: [Node]) {
    var places = places[...]
    forEachStatistic { tensor in
      if let observed = places.removeFirst().observation { tensor = observed.with(tensor.node) }
    }
  }
}

extension Node {
  /// The last observation of the running statistic with this node.
  fileprivate var observation: Tensor? { recording.observations.withLock { $0[number] } }
}
