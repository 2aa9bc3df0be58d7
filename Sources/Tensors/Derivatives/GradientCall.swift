import Messages

/// One gradient call: the variables it introduced and the nodes recorded since.
///
/// A class because the variables are collected while the point is rebuilt around them.
final class GradientCall {
  /// The recording in which this call is nested, if any.
  let outer = Recording.current
  let recording: Recording
  private let start: Int
  private let isKept: Bool
  private(set) var variables: [Node] = []
  /// The nodes at which the point's running statistics are observed.
  private(set) var places: [Node] = []

  init(isKept: Bool = false, isInspected: Bool = false) {
    recording = outer ?? Recording(isInspected: isInspected)
    start = recording.nodeCount
    self.isKept = isKept
  }

  /// The value of `f` at the point, recorded in the given mode, or else in that of `Mode.differentiating`.
  func value<P: Parameterized>(of f: (P) throws -> Tensor, at point: P, _ mode: Mode?) rethrows -> Tensor {
    let mode = mode ?? .differentiating(P.self)
    return try record { try mode { try f(variable(point)) } }
  }

  func record<R>(_ body: () throws -> R) rethrows -> R { try Recording.$current.withValue(recording, operation: body) }

  /// The point with a fresh node for each parameter, linked to the outer recording by the identity.
  func variable<P: Parameterized>(_ point: P) -> P {
    var point = point
    point.forEachParameter { tensor in
      let link = outer == nil || tensor.node == nil ? [] : [Edge(tensor) { g in g }]
      let node = Node(recording, link, result: recording.isInspected ? tensor.with(nil) : nil)
      variables.append(node)
      tensor = tensor.with(node)
    }
    places = point.openStatistics(in: recording)
    return point
  }

  /// Goes through the nodes from the last to the first and sums the cotangents that reach each variable.
  ///
  /// The rules run in the caller's recording: they are recorded only if this derivative is differentiated outside.
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
    var cotangents = [Cotangent](repeating: Cotangent(), count: nodes.count)
    if let last = place(of: value.node) { cotangents[last].add(seed) }
    for current in nodes.indices.reversed() {
      guard let node = nodes[current] else { continue }
      let targets = node.edges.map { place(of: $0.input).flatMap { nodes[$0] == nil ? nil : $0 } }
      if targets.allSatisfy({ $0 == nil }) { continue }  // a variable, unless it depends on an earlier one
      guard var g = cotangents[current].take() else { continue }
      let addends = node.pullBack(&g, isWanted: targets.map { $0 != nil })
      for (edge, (target, addend)) in zip(node.edges, zip(targets, addends)) {
        guard let target, let addend else { continue }
        if case .part(let part) = edge.rule {
          cotangents[target].add(addend, at: part)
        } else {
          cotangents[target].add(addend)
        }
      }
      if outer == nil && !isKept { node.forget() }
    }
    return variables.map { cotangents[$0.number - start].take() }
  }

  /// The nodes between the variables and the value, at their positions.
  private func nodesOnTheWay(from value: Tensor) -> [Node?] {
    var nodes = [Node?](repeating: nil, count: recording.nodeCount - start)
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

  /// A node's number, counted from the start of this call; nil if it was recorded earlier, independent of the
  /// variables.
  private func place(of node: Node?) -> Int? {
    guard let node, node.recording === recording, node.number >= start else { return nil }
    return node.number - start
  }
}

extension Node {
  /// The cotangents of the wanted inputs, edge by edge; for a part, the cotangent of the part. May overwrite `g`.
  fileprivate func pullBack(_ g: inout Tensor, isWanted: [Bool]) -> [Tensor?] {
    if let jointRule { return jointRule(g, isWanted) }
    var addends: [Tensor?] = []
    addends.reserveCapacity(edges.count)
    for (edge, isWanted) in zip(edges, isWanted) { addends.append(isWanted ? pullBack(&g, along: edge) : nil) }
    return addends
  }

  private func pullBack(_ g: inout Tensor, along edge: Edge) -> Tensor {
    switch edge.rule {
    case .cotangent(let rule): return rule(g)
    case .cotangentAndResult(let rule):
      guard let result else { fatalError("a rule asks for a result that its node does not keep") }
      return rule(g, Recording.current == nil ? result : result.with(self))
    case .part: return g
    case .erasing(let slice):
      g.erase(slice)
      return g
    case .joint, .none, .inspected: fatalError("an edge without a rule was asked for a cotangent")
    }
  }
}
