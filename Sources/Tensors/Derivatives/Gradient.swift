// Derivatives: functions from functions to functions. Nothing is stored in tensors, nothing has to be reset, and calls nest.

import Messages

/// The gradient of `f` at a point: ∂f/∂p for every parameter p, in the shape of the point.
///
/// The point is a tensor, a model, or an array of them; `f` returns a single number. What `f` captures counts as constant.
/// Differentiating a `Model` runs it in training mode unless `mode` says otherwise. In the place of a running statistic the gradient
/// has what `f` observed for it, see `Tensor.observe`.
public func gradient<P: Parameterized>(
  at point: P, mode: Mode? = nil, of f: (P) throws -> Tensor
) rethrows -> P {
  try valueWithGradient(at: point, mode: mode, of: f).gradient
}

/// The value of `f` at a point and its gradient there, from one run of `f`.
public func valueWithGradient<P: Parameterized>(
  at point: P, mode: Mode? = nil, of f: (P) throws -> Tensor
) rethrows -> (value: Tensor, gradient: P) {
  let tape = Tape()
  let value = try tape.value(of: f, at: point, mode)
  require(value.count == 1, "cannot take the gradient of a result of shape \(value.shape): it must be a single number")
  let seed = Tensor(repeating: 1, value.shape, scalarType: value.scalarType)
  return (tape.outer == nil ? value.stopGradient : value, tape.pullBack(seed, from: value, to: point))
}

/// The value of `f` at a point, and the function that takes a cotangent of the value to the cotangent of the point: v ↦ Jᵀ v.
///
/// `f` runs in the mode in which `gradient(at:mode:of:)` runs it.
public func valueWithPullback<P: Parameterized>(
  at point: P, mode: Mode? = nil, of f: (P) throws -> Tensor
) rethrows -> (value: Tensor, pullback: (Tensor) -> P) {
  let tape = Tape(isKept: true)
  let value = try tape.value(of: f, at: point, mode)
  let pullback = { (cotangent: Tensor) in
    require(
      cotangent.shape == value.shape,
      "cannot pull back a cotangent of shape \(cotangent.shape) from \(value.shape): it has the shape of the result")
    return tape.pullBack(cotangent, from: value, to: point)
  }
  return (tape.outer == nil ? value.stopGradient : value, pullback)
}

/// One gradient call: the variables it introduced and the nodes recorded since.
///
/// A class because the variables are collected while the point is rebuilt around them.
final class Tape {
  /// The recording that this call is nested in, if any.
  let outer = Recorder.current
  let recorder: Recorder
  private let start: Int
  private let isKept: Bool
  private(set) var variables: [Node] = []
  /// Where the point's running statistics are observed.
  private(set) var places: [Node] = []

  init(isKept: Bool = false, inspection: Inspection? = nil) {
    recorder = outer ?? Recorder(inspection: inspection)
    start = recorder.nodeCount
    self.isKept = isKept
  }

  /// The value of `f` at the point, recorded: in training mode if the point is a model, unless `mode` says otherwise.
  func value<P: Parameterized>(of f: (P) throws -> Tensor, at point: P, _ mode: Mode?) rethrows -> Tensor {
    let mode = mode ?? (point is any Model ? .training : .current)
    return try record { try mode { try f(variable(point)) } }
  }

  func record<R>(_ body: () throws -> R) rethrows -> R { try Recorder.$current.withValue(recorder, operation: body) }

  /// The point with a fresh node for each parameter, linked to the outer recording by the identity.
  func variable<P: Parameterized>(_ point: P) -> P {
    var point = point
    point.forEachParameter { tensor in
      let link = outer == nil || tensor.node == nil ? [] : [Edge(tensor) { g in g }]
      let node = Node(recorder, link)
      variables.append(node)
      tensor = tensor.with(node)
    }
    places = point.openStatistics(in: recorder)
    return point
  }

  /// Follows the nodes from the latest to the earliest and adds up what reaches each variable.
  ///
  /// The rules run in the caller's recording: they are recorded only if somebody outside differentiates this derivative.
  func pullBack<P: Parameterized>(_ seed: Tensor, from value: Tensor, to point: P) -> P {
    let cotangents = accumulate(seed, from: value)
    var (gradient, position) = (point, 0)
    gradient.forEachParameter { tensor in
      tensor = cotangents[position] ?? Tensor.zeros(tensor.shape, scalarType: tensor.scalarType)
      position += 1
    }
    gradient.readStatistics(from: places)
    return gradient
  }

  private func accumulate(_ seed: Tensor, from value: Tensor) -> [Tensor?] {
    let nodes = nodesOnTheWay(from: value)
    var cotangents = [Tensor?](repeating: nil, count: nodes.count)
    if let last = place(of: value.node) { cotangents[last] = seed }
    for current in nodes.indices.reversed() {
      guard let node = nodes[current], let g = cotangents[current] else { continue }
      let targets = node.edges.map { place(of: $0.input).flatMap { nodes[$0] == nil ? nil : $0 } }
      if targets.allSatisfy({ $0 == nil }) { continue }  // a variable, unless something on the way comes before it
      let addends = node.pullBack(g, isWanted: targets.map { $0 != nil })
      for case (let target?, let addend?) in zip(targets, addends) {
        if let sum = cotangents[target] { cotangents[target] = sum + addend } else { cotangents[target] = addend }
      }
      cotangents[current] = nil
      if outer == nil && !isKept { node.forget() }
    }
    return variables.map { cotangents[$0.number - start] }
  }

  /// The nodes between the variables and the value, each at its place.
  private func nodesOnTheWay(from value: Tensor) -> [Node?] {
    var nodes = [Node?](repeating: nil, count: recorder.nodeCount - start)
    if let last = place(of: value.node) { nodes[last] = value.node }
    for current in nodes.indices.reversed() {
      guard let node = nodes[current] else { continue }
      for edge in node.edges {
        if let input = place(of: edge.input) { nodes[input] = edge.input }
      }
    }
    var reachesVariable = [Bool](repeating: false, count: nodes.count)
    for variable in variables { reachesVariable[variable.number - start] = true }
    for current in nodes.indices {
      guard let node = nodes[current], !reachesVariable[current] else { continue }
      for edge in node.edges {
        if let input = place(of: edge.input), reachesVariable[input] { reachesVariable[current] = true }
      }
      if !reachesVariable[current] { nodes[current] = nil }
    }
    return nodes
  }

  /// A node's number counted from the start of this call; nil if it was recorded before, and cannot depend on the variables.
  private func place(of node: Node?) -> Int? {
    guard let node, node.recorder === recorder, node.number >= start else { return nil }
    return node.number - start
  }
}

extension Node {
  /// The cotangents of the wanted inputs, edge by edge.
  fileprivate func pullBack(_ g: Tensor, isWanted: [Bool]) -> [Tensor?] {
    if let jointRule { return jointRule(g, isWanted) }
    return zip(edges, isWanted).map { edge, isWanted in
      guard isWanted else { return nil }
      switch edge.rule {
      case .cotangent(let rule): return rule(g)
      case .cotangentAndResult(let rule):
        guard let result else { fatalError("a rule asks for a result that its node does not keep") }
        return rule(g, Recorder.current == nil ? result : result.with(self))
      case .joint: fatalError("an edge has no rule, and its node no joint one")
      }
    }
  }
}
