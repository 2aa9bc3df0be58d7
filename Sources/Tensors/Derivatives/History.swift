import Synchronization

// How a tensor remembers where it came from, so that derivatives can be computed: one node per recorded operation, one edge per
// input. Only what runs inside a gradient call is recorded.

/// An input of an operation, with its rule: from the cotangent g of the result to the cotangent of this input.
///
/// Rules are written in tensor operations, which are recorded in their turn when somebody differentiates the derivative.
struct Edge: Sendable {
  let input: Node?
  let rule: Rule

  enum Rule: Sendable {
    case cotangent(@Sendable (_ g: Tensor) -> Tensor)
    case cotangentAndResult(@Sendable (_ g: Tensor, _ y: Tensor) -> Tensor)
    /// The node's `jointRule` has it.
    case joint
  }

  /// Whether the operation's result must be kept for the rule.
  var asksForResult: Bool { if case .cotangentAndResult = rule { true } else { false } }

  /// An edge to `input` whose rule needs the cotangent alone.
  init(_ input: Tensor, _ rule: @escaping @Sendable (_ g: Tensor) -> Tensor) {
    self.input = input.inspectedNode
    self.rule = .cotangent(rule)
  }

  /// An edge to `input` whose rule also needs the operation's result y, as d exp x = y dx does.
  init(_ input: Tensor, _ rule: @escaping @Sendable (_ g: Tensor, _ y: Tensor) -> Tensor) {
    self.input = input.inspectedNode
    self.rule = .cotangentAndResult(rule)
  }

  /// An edge to `input` whose rule is part of the node's `jointRule`.
  init(joint input: Tensor) {
    self.input = input.inspectedNode
    self.rule = .joint
  }
}

/// One rule for all inputs of an operation: from the cotangent g of the result to the cotangents of those inputs that are wanted.
typealias JointRule = @Sendable (_ g: Tensor, _ isWanted: [Bool]) -> [Tensor?]

/// One recorded operation. A class because its identity is what links results to inputs.
final class Node: @unchecked Sendable {
  let recorder: Recorder
  let number: Int
  /// Emptied when the outermost gradient call has used them, so that memory is free as early as possible.
  var edges: [Edge]
  /// The rule that serves all edges together, if there is one.
  var jointRule: JointRule?
  /// The result, kept only if a rule asks for it, and without its node: that would be a cycle.
  let result: Tensor?

  init(_ recorder: Recorder, _ edges: [Edge], jointRule: JointRule? = nil, result: Tensor? = nil) {
    self.recorder = recorder
    self.number = recorder.nextNumber()
    self.edges = edges
    self.jointRule = jointRule
    self.result = result
  }

  /// Lets go of a long chain in a loop: each node would otherwise release the one before it, one stack frame deeper.
  deinit {
    if edges.isEmpty { return }
    var waiting: [Node] = []
    release(into: &waiting)
    while var node = waiting.popLast() {
      if isKnownUniquelyReferenced(&node) { node.release(into: &waiting) }
    }
  }

  /// Lets go of inputs and rules.
  func forget() { (edges, jointRule) = ([], nil) }

  private func release(into waiting: inout [Node]) {
    for edge in edges { if let input = edge.input { waiting.append(input) } }
    forget()
  }
}

/// The recording of one outermost gradient call. A class because nested calls and tasks count their nodes in the same recording.
final class Recorder: Sendable {
  /// The recording under way; nil outside gradient calls, where nothing is recorded.
  @TaskLocal static var current: Recorder?

  /// Who looks at every result, if somebody searches for one that is not finite.
  let inspection: Inspection?
  private let count = Atomic<Int>(0)
  /// The number of nodes so far.
  var nodeCount: Int { count.load(ordering: .relaxed) }
  func nextNumber() -> Int { count.wrappingAdd(1, ordering: .relaxed).oldValue }

  /// What was last observed for running statistics, by the number of their node.
  let observations = Mutex<[Int: Tensor]>([:])

  /// A recording whose results this inspection looks at, if any.
  init(inspection: Inspection? = nil) { self.inspection = inspection }
}

// An operation is known by the name of the function that records it.
extension Tensor {
  /// The tensor as the result of an operation with this input.
  func recorded(_ edge: @autoclosure () -> Edge, operation: String = #function) -> Tensor {
    guard let recorder = Recorder.current else { return self }
    let edge = edge()
    if edge.input == nil { return recorder.inspected(self, operation) }
    return recorded(by: recorder, [edge], keepsResult: edge.asksForResult, operation)
  }

  /// The tensor as the result of an operation with these inputs.
  func recorded(
    _ first: @autoclosure () -> Edge, _ second: @autoclosure () -> Edge, operation: String = #function
  ) -> Tensor {
    guard let recorder = Recorder.current else { return self }
    let (first, second) = (first(), second())
    if second.input == nil { return recorded(first, operation: operation) }
    if first.input == nil { return recorded(second, operation: operation) }
    let keepsResult = first.asksForResult || second.asksForResult
    return recorded(by: recorder, [first, second], keepsResult: keepsResult, operation)
  }

  /// The tensor as the result of an operation with any number of inputs.
  func recorded(each edges: @autoclosure () -> [Edge], operation: String = #function) -> Tensor {
    guard let recorder = Recorder.current else { return self }
    let edges = edges().filter { $0.input != nil }
    if edges.isEmpty { return recorder.inspected(self, operation) }
    return recorded(by: recorder, edges, keepsResult: edges.contains { $0.asksForResult }, operation)
  }

  /// The tensor as the result of an operation with these inputs and one rule for all of them.
  func recorded(jointly inputs: [Tensor], operation: String = #function, _ rule: @escaping JointRule) -> Tensor {
    guard let recorder = Recorder.current, inputs.contains(where: { $0.node != nil }) else { return self }
    return recorder.inspected(with(Node(recorder, inputs.map { Edge(joint: $0) }, jointRule: rule)), operation)
  }

  private func recorded(by recorder: Recorder, _ edges: [Edge], keepsResult: Bool, _ operation: String) -> Tensor {
    recorder.inspected(with(Node(recorder, edges, result: keepsResult ? with(nil) : nil)), operation)
  }

  /// The same numbers with another history.
  func with(_ node: Node?) -> Tensor {
    Tensor(shape: shape, strides: strides, offset: offset, buffer: buffer, node: node)
  }

  /// The same numbers as a constant: no derivative passes through.
  public var stopGradient: Tensor { with(nil) }
}
