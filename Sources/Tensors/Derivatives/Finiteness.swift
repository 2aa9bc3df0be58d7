import Kernels

// Infinite numbers and NaN: whether there are any, and where in a computation they began.

extension Tensor {
  /// Whether all elements are finite.
  public var isFinite: Bool {
    // A sum is not finite if an element is not. A sum of finite numbers may also overflow, but rarely.
    let fillsBuffer = offset == 0 && buffer.count == count
    let (region, total) = (fillsBuffer ? Region(buffer) : elements, Buffer(scalarType, count: 1))
    reduce(.sum, region, outer: 1, length: count, inner: 1, into: total)
    return total[0].isFinite || scalars.allSatisfy(\.isFinite)
  }
}

extension Parameterized {
  /// Whether all elements of all parameters and running statistics are finite.
  public var isFinite: Bool { (parameters + statistics).allSatisfy(\.isFinite) }
}

/// The origin of a result that is not finite.
public struct NonFiniteOrigin: Codable, Equatable, Sendable {
  /// The kinds of origins.
  public enum Kind: String, Codable, Sendable {
    /// Parameters or running statistics that were not finite before.
    case parameter
    /// A value that the function does not vary, such as data.
    case constant
    /// An operation whose inputs were finite.
    case operation
  }

  /// The kind of origin.
  public let kind: Kind
  /// The function name of the operation with the first result that is not finite; nil if the origin is a parameter.
  public let operation: String?
  /// The names of the parameters that are not finite, or otherwise of those nearest before the operation.
  public let parameters: [String]
  /// Whether the operation comes after all layers: no parameter enters later, and each input depends on several.
  public let isAfterAllLayers: Bool
}

/// Finds where in `f` a result that is not finite begins; nil if it is finite. `f` runs as in `gradient(at:mode:of:)`.
///
/// The origin is the first of all results that are not finite and lead to that of `f` through such results alone.
/// Results that an operation has made finite again, as softmax does with the −∞ of a mask, are ignored.
public func nonFiniteOrigin<P: Parameterized>(
  at point: P, mode: Mode? = nil, of f: (P) throws -> Tensor
) rethrows -> NonFiniteOrigin? {
  try Recording.$current.withValue(nil) {
    let call = GradientCall(isInspected: true)
    let value = try call.value(of: f, at: point, mode)
    if value.isFinite { return nil }
    guard let last = value.node, last.recording === call.recording else {
      return NonFiniteOrigin(kind: .constant, operation: nil, parameters: [], isAfterAllLayers: false)
    }
    let leaves = zip(call.variables + call.places, point.namedTensors).map { ($0.number, $1) }
    return FinishedGraph(of: last, leaves: Dictionary(leaves) { first, _ in first }).origin
  }
}

private typealias NamedTensor = (name: String, tensor: Tensor)

/// The history of a result, in a recording that has kept all results and constants.
private struct FinishedGraph {
  private let last: Node
  private let leaves: [Int: NamedTensor]
  /// The numbers of the nodes whose results are not finite.
  private let broken: Set<Int>

  init(of last: Node, leaves: [Int: NamedTensor]) {
    (self.last, self.leaves) = (last, leaves)
    let broken = Self.nodes(from: [last]).filter { node in
      guard let result = leaves[node.number]?.tensor ?? node.result else { return false }
      return !result.isFinite
    }
    self.broken = Set(broken.map(\.number))
  }

  /// The origin of the last result that is not finite.
  var origin: NonFiniteOrigin {
    let blamed = Self.nodes(from: [last], where: isBroken)
    let parameters = blamed.filter(isLeaf)
    if !parameters.isEmpty {
      return NonFiniteOrigin(kind: .parameter, operation: nil, parameters: names(parameters), isAfterAllLayers: false)
    }
    let first = blamed.first { !$0.inputs.contains(where: isBroken) } ?? last
    return NonFiniteOrigin(
      kind: first.constants.allSatisfy(\.isFinite) ? .operation : .constant, operation: first.name,
      parameters: names(nearestLeaves(before: first)), isAfterAllLayers: isAfterAllLayers(first))
  }

  /// The nodes that lead to these through wanted nodes only, including themselves, in the order of recording.
  private static func nodes(from start: [Node], where isWanted: (Node) -> Bool = { _ in true }) -> [Node] {
    var (found, waiting) = ([Int: Node](), start)
    while let node = waiting.popLast() {
      if found.updateValue(node, forKey: node.number) == nil { waiting += node.inputs.filter(isWanted) }
    }
    return found.values.sorted { $0.number < $1.number }
  }

  private func isBroken(_ node: Node) -> Bool { broken.contains(node.number) }
  private func isLeaf(_ node: Node) -> Bool { leaves[node.number] != nil }
  private func names(_ nodes: [Node]) -> [String] { nodes.compactMap { leaves[$0.number]?.name } }
  private func leaves(before node: Node) -> Set<Int> { Set(Self.nodes(from: [node]).filter(isLeaf).map(\.number)) }

  /// The leaves separated by the fewest operations.
  private func nearestLeaves(before node: Node) -> [Node] {
    var (level, seen) = ([node], Set<Int>())
    while !level.isEmpty {
      level = level.flatMap(\.inputs).filter { seen.insert($0.number).inserted }
      let found = level.filter(isLeaf)
      if !found.isEmpty { return found.sorted { $0.number < $1.number } }
    }
    return []
  }

  private func isAfterAllLayers(_ node: Node) -> Bool {
    leaves(before: node) == leaves(before: last) && node.inputs.allSatisfy { leaves(before: $0).count > 1 }
  }
}

extension Node {
  /// The inputs of the operation that have a history in the same recording.
  fileprivate var inputs: [Node] { edges.compactMap(\.input).filter { $0.recording === recording } }
  /// Its other inputs.
  fileprivate var constants: [Tensor] { edges.compactMap(\.constant) }
  /// The name of its function, without arguments.
  fileprivate var name: String { String("\(operation)".prefix { $0 != "(" }) }
}
