import Synchronization

// How a tensor remembers its origin, so that derivatives can be computed: one node per recorded operation, one edge per
// input. Operations are recorded only inside a gradient call.

/// An input of an operation, with its rule: from the cotangent g of the result to the cotangent of this input.
///
/// Rules consist of tensor operations, which are themselves recorded when the derivative is differentiated.
struct Edge: Sendable {
  /// The node of the input; nil for a constant.
  let input: Node?
  let rule: Rule

  enum Rule: Sendable {
    case cotangent(@Sendable (_ g: Tensor) -> Tensor)
    case cotangentAndResult(@Sendable (_ g: Tensor, _ y: Tensor) -> Tensor)
    /// The node's `jointRule` computes it.
    case joint
    /// The result is a part of the input: the cotangent is added at the positions of the part.
    indirect case part(Part)
    /// The result differs from the input in a slice: the cotangent is zero there. This must be the last edge of its
    /// node, because it may overwrite the cotangent.
    indirect case erasing(Slice)
    /// No rule: the input is a constant.
    case none
    /// No rule: the constant is kept because the recording is being inspected.
    indirect case inspected(constant: Tensor)
  }

  /// Whether the rule needs the result of the operation.
  var asksForResult: Bool { if case .cotangentAndResult = rule { true } else { false } }

  /// The input, if it is a constant in an inspected recording.
  var constant: Tensor? { if case .inspected(let constant) = rule { constant } else { nil } }

  /// An edge to `input` whose rule needs only the cotangent.
  init(_ input: Tensor, _ rule: @escaping @Sendable (_ g: Tensor) -> Tensor) { self.init(input, .cotangent(rule)) }

  /// An edge to `input` whose rule also needs the operation's result y, as in d exp x = y dx.
  init(_ input: Tensor, _ rule: @escaping @Sendable (_ g: Tensor, _ y: Tensor) -> Tensor) {
    self.init(input, .cotangentAndResult(rule))
  }

  /// An edge to `input` whose rule is part of the node's `jointRule`.
  init(joint input: Tensor) { self.init(input, .joint) }

  /// An edge to `input`, where the result is a part of the input.
  init(_ input: Tensor, part: Part.Places) { self.init(input, .part(Part(shape: input.shape, places: part))) }

  /// An edge to `input`, where the result equals the input except in a slice. It must be the last edge of its node.
  init(_ input: Tensor, erasing slice: Slice) { self.init(input, .erasing(slice)) }

  /// Creates an edge. A rule that can never be used is released at once: it may hold large tensors.
  private init(_ input: Tensor, _ rule: Rule) {
    self.input = input.node
    self.rule =
      input.node != nil ? rule : Recording.current?.isInspected == true ? .inspected(constant: input) : .none
  }
}

/// One rule for all inputs of an operation: from the cotangent g of the result to the cotangents of the wanted inputs.
typealias JointRule = @Sendable (_ g: Tensor, _ isWanted: [Bool]) -> [Tensor?]

/// One recorded operation. A class because its identity links results to inputs.
final class Node: @unchecked Sendable {
  let recording: Recording
  let number: Int
  /// The function that recorded the operation.
  let operation: StaticString
  /// Emptied after use by the outermost gradient call, so that memory is freed as early as possible.
  var edges: [Edge]
  /// The rule shared by all edges, if there is one.
  var jointRule: JointRule?
  /// The result without its node, which would form a cycle. Kept only if a rule needs it or the recording is inspected.
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

  /// Releases a long chain in a loop; otherwise each node would release the one before it in a deeper stack frame.
  deinit {
    if edges.isEmpty { return }
    var waiting: [Node] = []
    release(into: &waiting)
    while var node = waiting.popLast() {
      if isKnownUniquelyReferenced(&node) { node.release(into: &waiting) }
    }
  }

  /// Releases inputs and rules.
  func forget() { (edges, jointRule) = ([], nil) }

  private func release(into waiting: inout [Node]) {
    for edge in edges { if let input = edge.input { waiting.append(input) } }
    forget()
  }
}

/// The shared record of gradient calls nested in one another. A class because its identity is shared, also by the tasks
/// within the calls, which count their nodes in it.
final class Recording: Sendable {
  /// The current recording; nil outside gradient calls, where nothing is recorded.
  @TaskLocal static var current: Recording?

  /// Whether every result and every constant is kept, so that they can be searched.
  let isInspected: Bool
  private let count = Atomic<Int>(0)
  /// The number of nodes so far.
  var nodeCount: Int { count.load(ordering: .relaxed) }
  func nextNumber() -> Int { count.wrappingAdd(1, ordering: .relaxed).oldValue }

  /// The last observations of running statistics, by the numbers of their nodes.
  let observations = Mutex<[Int: Tensor]>([:])

  init(isInspected: Bool = false) { self.isInspected = isInspected }
}

// The name of an operation is the name of the function that records it.
extension Tensor {
  /// The tensor as the result of an operation with these inputs.
  // So that outside gradient calls no edges are created.
  @inline(__always)
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

  /// The same numbers with a different history.
  func with(_ node: Node?) -> Tensor {
    Tensor(shape: shape, strides: strides, offset: offset, buffer: buffer, node: node)
  }

  /// The same numbers as a constant: no derivative passes through.
  public var stopGradient: Tensor { with(nil) }
}
