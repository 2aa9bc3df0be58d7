// Derivatives: functions from functions to functions. Nothing is stored in tensors, nothing has to be reset, and calls nest.

/// The gradient of `f` at a point: ∂f/∂p for every parameter p, in the shape of the point.
///
/// The point is a tensor, a model, or an array of them; `f` returns a single number. What `f` captures counts as constant.
/// Differentiating a `Module` runs it in training mode unless `mode` says otherwise.
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
  let mode = mode ?? (point is any Module ? .training : .current)
  let value = try tape.record { try Mode.$current.withValue(mode) { try f(tape.variable(point)) } }
  require(value.count == 1, "cannot take the gradient of a result of shape \(value.shape): it must be a single number")
  let seed = Tensor(repeating: 1, value.shape, scalarType: value.scalarType)
  return (tape.outer == nil ? value.stopGradient : value, tape.pullBack(seed, from: value, to: point))
}

/// The value of `f` at a point, and the function that takes a cotangent of the value to the cotangent of the point: v ↦ Jᵀ v.
public func valueWithPullback<P: Parameterized>(
  at point: P, of f: (P) throws -> Tensor
) rethrows -> (value: Tensor, pullback: (Tensor) -> P) {
  let tape = Tape(isKept: true)
  let value = try tape.record { try f(tape.variable(point)) }
  let pullback = { (cotangent: Tensor) in
    require(
      cotangent.shape == value.shape, "cannot pull back a cotangent of shape \(cotangent.shape) from \(value.shape)")
    return tape.pullBack(cotangent, from: value, to: point)
  }
  return (tape.outer == nil ? value.stopGradient : value, pullback)
}

/// One gradient call: the variables it introduced and the nodes recorded since.
///
/// A class because the variables are collected while the point is rebuilt around them.
private final class Tape {
  /// The recording that this call is nested in, if any.
  let outer = Recorder.current
  let recorder: Recorder
  let start: Int
  let isKept: Bool
  var variables: [Node] = []

  init(isKept: Bool = false) {
    recorder = outer ?? Recorder()
    start = recorder.nodeCount
    self.isKept = isKept
  }

  func record<R>(_ body: () throws -> R) rethrows -> R { try Recorder.$current.withValue(recorder, operation: body) }

  /// The point with a fresh node for each parameter, linked to the outer recording by the identity.
  func variable<P: Parameterized>(_ point: P) -> P {
    var point = point
    point.forEachParameter { tensor in
      let link = outer == nil || tensor.node == nil ? [] : [Edge(tensor) { g in g }]
      let node = Node(recorder, link, result: nil)
      variables.append(node)
      tensor = tensor.with(node)
    }
    return point
  }

  /// Follows the nodes from the latest to the earliest and adds up what reaches each variable.
  ///
  /// The rules run in the outer recording: they are recorded only if somebody outside differentiates this derivative.
  func pullBack<P: Parameterized>(_ seed: Tensor, from value: Tensor, to point: P) -> P {
    let cotangents = Recorder.$current.withValue(outer) { accumulate(seed, from: value) }
    var (gradient, position) = (point, 0)
    gradient.forEachParameter { tensor in
      tensor = cotangents[position] ?? Tensor.zeros(tensor.shape, scalarType: tensor.scalarType)
      position += 1
    }
    return gradient
  }

  private func accumulate(_ seed: Tensor, from value: Tensor) -> [Tensor?] {
    let nodes = nodesOnTheWay(from: value)
    var cotangents = [Tensor?](repeating: nil, count: nodes.count)
    if let last = value.node, isOurs(last), nodes[last.number - start] != nil { cotangents[last.number - start] = seed }
    let isVariable = Set(variables.map(\.number))
    for place in nodes.indices.reversed() {
      guard let node = nodes[place], let g = cotangents[place], !isVariable.contains(node.number) else { continue }
      for edge in node.edges {
        guard let input = edge.input, isOurs(input), nodes[input.number - start] != nil else { continue }
        let addend = edge.rule(g, node)
        let target = input.number - start
        cotangents[target] = cotangents[target].map { $0 + addend } ?? addend
      }
      cotangents[place] = nil
      if outer == nil && !isKept { node.edges = [] }
    }
    return variables.map { cotangents.isEmpty ? nil : cotangents[$0.number - start] }
  }

  /// The nodes between the variables and the value, each at its number counted from the start of this call.
  private func nodesOnTheWay(from value: Tensor) -> [Node?] {
    var nodes = [Node?](repeating: nil, count: recorder.nodeCount - start)
    var waiting = [value.node].compactMap { $0 }
    while let node = waiting.popLast() {
      guard isOurs(node), nodes[node.number - start] == nil else { continue }
      nodes[node.number - start] = node
      waiting.append(contentsOf: node.edges.compactMap(\.input))
    }
    var reachesVariable = [Bool](repeating: false, count: nodes.count)
    for variable in variables { reachesVariable[variable.number - start] = true }
    for (place, node) in nodes.enumerated() {
      guard let node, !reachesVariable[place] else { continue }
      reachesVariable[place] = node.edges.contains { edge in
        edge.input.map { isOurs($0) && reachesVariable[$0.number - start] } ?? false
      }
      if !reachesVariable[place] { nodes[place] = nil }
    }
    return nodes
  }

  /// Whether a node was recorded since this call began: an earlier one cannot depend on its variables.
  private func isOurs(_ node: Node) -> Bool {
    node.recorder === recorder && node.number >= start
  }
}

extension Edge.Rule {
  fileprivate func callAsFunction(_ g: Tensor, _ node: Node) -> Tensor {
    switch self {
    case .cotangent(let rule): return rule(g)
    case .cotangentAndResult(let rule):
      guard let result = node.result else { fatalError("a rule asks for a result that its node does not keep") }
      return rule(g, Recorder.current == nil ? result : result.with(node))
    }
  }
}
