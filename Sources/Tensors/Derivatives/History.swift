import Synchronization

// How a tensor remembers where it came from, so that derivatives can be computed: one node per recorded operation, one edge per
// input. Only what runs inside a gradient call is recorded.

/// An input of an operation, with its rule: from the cotangent g of the result to the cotangent of this input.
///
/// Rules are written in tensor operations, which are recorded in their turn when somebody differentiates the derivative.
struct Edge: Sendable {
  /// Where the input came from; nil for a constant.
  let input: Node?
  let rule: Rule

  enum Rule: Sendable {
    case cotangent(@Sendable (_ g: Tensor) -> Tensor)
    case cotangentAndResult(@Sendable (_ g: Tensor, _ y: Tensor) -> Tensor)
    /// The node's `jointRule` has it.
    case joint
    /// The result is a part of the input: the cotangent is added to the places of the part.
    indirect case part(Part)
    /// The result has something else at the places of a slice: the cotangent is zero there. The last edge of its node, because it may
    /// write over the cotangent.
    indirect case erasing(Slice)
    /// None: the input is a constant.
    case none
    /// None either: the constant is kept because somebody inspects the recording.
    indirect case inspected(constant: Tensor)
  }

  /// Whether the operation's result must be kept for the rule.
  var asksForResult: Bool { if case .cotangentAndResult = rule { true } else { false } }

  /// The input, if it is a constant of an inspected recording.
  var constant: Tensor? { if case .inspected(let constant) = rule { constant } else { nil } }

  /// An edge to `input` whose rule needs the cotangent alone.
  init(_ input: Tensor, _ rule: @escaping @Sendable (_ g: Tensor) -> Tensor) { self.init(input, .cotangent(rule)) }

  /// An edge to `input` whose rule also needs the operation's result y, as d exp x = y dx does.
  init(_ input: Tensor, _ rule: @escaping @Sendable (_ g: Tensor, _ y: Tensor) -> Tensor) {
    self.init(input, .cotangentAndResult(rule))
  }

  /// An edge to `input` whose rule is part of the node's `jointRule`.
  init(joint input: Tensor) { self.init(input, .joint) }

  /// An edge to `input`, of which the result is a part.
  init(_ input: Tensor, part: Part.Places) { self.init(input, .part(Part(shape: input.shape, places: part))) }

  /// An edge to `input`, which the result has everywhere but in a slice. It must be the last of its node.
  init(_ input: Tensor, erasing slice: Slice) { self.init(input, .erasing(slice)) }

  /// An edge whose rule is let go at once if nobody can ask for it: it may hold large tensors.
  private init(_ input: Tensor, _ rule: Rule) {
    self.input = input.node
    self.rule =
      input.node != nil ? rule : Recording.current?.isInspected == true ? .inspected(constant: input) : .none
  }
}

/// One rule for all inputs of an operation: from the cotangent g of the result to the cotangents of those inputs that are wanted.
typealias JointRule = @Sendable (_ g: Tensor, _ isWanted: [Bool]) -> [Tensor?]

/// One recorded operation. A class because its identity is what links results to inputs.
final class Node: @unchecked Sendable {
  let recording: Recording
  let number: Int
  /// The function that recorded the operation.
  let operation: StaticString
  /// Emptied when the outermost gradient call has used them, so that memory is free as early as possible.
  var edges: [Edge]
  /// The rule that serves all edges together, if there is one.
  var jointRule: JointRule?
  /// The result without its node, which would be a cycle. Kept only if a rule asks for it or somebody inspects the recording.
  let result: Tensor?

  init(
    _ recording: Recording, _ edges: [Edge], jointRule: JointRule? = nil, operation: StaticString = "",
    result: Tensor? = nil
  ) {
    self.recording = recording
    self.number = recording.nextNumber()
    self.operation = operation
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

/// What all gradient calls that are nested in one another record together. A class because it is that place, where also the tasks
/// within them count their nodes.
final class Recording: Sendable {
  /// The recording under way; nil outside gradient calls, where nothing is recorded.
  @TaskLocal static var current: Recording?

  /// Whether every result and every constant is kept, for a search among them.
  let isInspected: Bool
  private let count = Atomic<Int>(0)
  /// The number of nodes so far.
  var nodeCount: Int { count.load(ordering: .relaxed) }
  func nextNumber() -> Int { count.wrappingAdd(1, ordering: .relaxed).oldValue }

  /// What was last observed for running statistics, by the number of their node.
  let observations = Mutex<[Int: Tensor]>([:])

  init(isInspected: Bool = false) { self.isInspected = isInspected }
}

// An operation is known by the name of the function that records it.
extension Tensor {
  /// The tensor as the result of an operation with these inputs.
  @inline(__always)  // so that outside gradient calls nothing is made of the edges
  func recorded(_ edges: @autoclosure () -> [Edge], operation: StaticString = #function) -> Tensor {
    guard let recording = Recording.current else { return self }
    return recorded(in: recording, edges(), operation)
  }

  private func recorded(in recording: Recording, _ edges: [Edge], _ operation: StaticString) -> Tensor {
    var (isConstant, keepsResult) = (true, recording.isInspected)
    for edge in edges {
      isConstant = isConstant && edge.input == nil
      keepsResult = keepsResult || edge.asksForResult
    }
    if isConstant { return self }
    return with(Node(recording, edges, operation: operation, result: keepsResult ? with(nil) : nil))
  }

  /// The tensor as the result of an operation with these inputs and one rule for all of them.
  func recorded(jointly inputs: [Tensor], operation: StaticString = #function, _ rule: @escaping JointRule) -> Tensor {
    guard let recording = Recording.current, inputs.contains(where: { $0.node != nil }) else { return self }
    let edges = inputs.map { Edge(joint: $0) }
    return with(
      Node(recording, edges, jointRule: rule, operation: operation, result: recording.isInspected ? with(nil) : nil))
  }

  /// The same numbers with another history.
  func with(_ node: Node?) -> Tensor {
    Tensor(shape: shape, strides: strides, offset: offset, buffer: buffer, node: node)
  }

  /// The same numbers as a constant: no derivative passes through.
  public var stopGradient: Tensor { with(nil) }
}
