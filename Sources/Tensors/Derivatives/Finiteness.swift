import Kernels
import Synchronization

// Numbers that are infinite or NaN: whether there are any, and where in a computation they began.

extension Tensor {
  /// Whether no element is infinite or NaN.
  public var isFinite: Bool {
    // One number that is not finite makes the sum so; a sum of finite numbers may be too large to be finite, which is rare.
    let fillsBuffer = offset == 0 && buffer.count == count
    let (region, total) = (fillsBuffer ? Region(buffer) : elements, Buffer(scalarType, count: 1))
    reduce(.sum, region, outer: 1, length: count, inner: 1, into: total)
    return total[0].isFinite || scalars.allSatisfy(\.isFinite)
  }
}

extension Parameterized {
  /// Whether no parameter and no running statistic has an element that is infinite or NaN.
  public var isFinite: Bool { (parameters + statistics).allSatisfy(\.isFinite) }
}

/// Where a result that is not finite began.
public struct NonFiniteOrigin: Codable, Equatable, Sendable {
  /// What it began with.
  public enum Kind: String, Codable, Sendable {
    /// Parameters or running statistics that were not finite before.
    case parameter
    /// Something that the function does not vary, such as data.
    case constant
    /// An operation that made it of finite numbers.
    case operation
  }

  /// What it began with.
  public let kind: Kind
  /// The operation whose result is the first that is not finite: the name of its function; nil if that is a parameter.
  public let operation: String?
  /// The parameters that are not finite, or else those that are nearest before the operation, by name.
  public let parameters: [String]
  /// Whether the operation comes after all layers: no parameter is met later, and none alone enters it.
  public let isAfterAllLayers: Bool
}

/// Where in `f` a result that is not finite begins; nil if the result is finite. `f` runs as `gradient(at:mode:of:)` runs it.
///
/// Of all results that are not finite and lead to that of `f` through such results alone, it is the first. What an operation has made
/// finite again, as softmax does with the −∞ of a mask, is not looked at.
public func nonFiniteOrigin<P: Parameterized>(
  at point: P, mode: Mode? = nil, of f: (P) throws -> Tensor
) rethrows -> NonFiniteOrigin? {
  try Recorder.$current.withValue(nil) {
    let inspection = Inspection()
    let tape = Tape(inspection: inspection)
    let value = try tape.value(of: f, at: point, mode)
    if value.isFinite { return nil }
    guard let last = value.node else {
      return NonFiniteOrigin(kind: .constant, operation: nil, parameters: [], isAfterAllLayers: false)
    }
    let leaves = zip(tape.variables + tape.places, point.namedTensors).map { node, named in
      Finding(node: node.number, name: named.name, isFinite: named.tensor.isFinite)
    }
    return RecordedGraph(of: last, leaves: leaves, findings: inspection.findings).origin
  }
}

// MARK: - Looking at results

/// What an inspection found out about a node.
struct Finding: Sendable {
  let node: Int
  /// The name of the operation or of the parameter.
  let name: String
  let isFinite: Bool
  /// Whether the inputs without history were finite.
  var constantsAreFinite = true
}

/// One look at every result of a recording. A class because its identity is that recording, whose operations all tell it what they made.
final class Inspection: Sendable {
  private let state = Mutex((findings: [Finding](), constantsAreFinite: true))

  /// What was found, in the order of the operations.
  var findings: [Finding] { state.withLock { $0.findings } }

  /// Looks at an input of the next operation that has no history.
  fileprivate func look(atConstant input: Tensor) {
    let isFinite = input.isFinite
    state.withLock { $0.constantsAreFinite = $0.constantsAreFinite && isFinite }
  }

  /// Looks at what an operation has made.
  fileprivate func look(at result: Tensor, of operation: String) {
    let isFinite = result.isFinite
    state.withLock { state in
      if let node = result.node {
        let name = String(operation.prefix { $0 != "(" })
        state.findings.append(
          Finding(
            node: node.number, name: name, isFinite: isFinite, constantsAreFinite: state.constantsAreFinite))
      }
      state.constantsAreFinite = true
    }
  }
}

extension Recorder {
  /// The result of an operation, after a look at it if somebody inspects this recording.
  func inspected(_ result: Tensor, _ operation: String) -> Tensor {
    inspection?.look(at: result, of: operation)
    return result
  }
}

extension Tensor {
  /// The node of an input; one that has none is shown to whoever inspects the recording.
  var inspectedNode: Node? {
    if node == nil { Recorder.current?.inspection?.look(atConstant: self) }
    return node
  }
}

// MARK: - Following them back

/// What led to a result.
private struct RecordedGraph {
  private let last: Node
  private let findings: [Int: Finding]
  private let leaves: Set<Int>

  init(of last: Node, leaves: [Finding], findings: [Finding]) {
    self.last = last
    self.leaves = Set(leaves.map(\.node))
    self.findings = Dictionary((leaves + findings).map { ($0.node, $0) }) { $1 }
  }

  /// Where the last result stopped being finite.
  var origin: NonFiniteOrigin {
    let blamed = nodes(from: [last]) { !isFinite($0) }
    let parameters = blamed.filter { leaves.contains($0.number) }
    if !parameters.isEmpty {
      return NonFiniteOrigin(kind: .parameter, operation: nil, parameters: names(parameters), isAfterAllLayers: false)
    }
    let first = blamed.first { $0.inputs.allSatisfy(isFinite) } ?? last
    let finding = findings[first.number]
    return NonFiniteOrigin(
      kind: finding?.constantsAreFinite == false ? .constant : .operation, operation: finding?.name,
      parameters: names(nearestLeaves(before: first)), isAfterAllLayers: isAfterAllLayers(first))
  }

  /// The nodes that lead to these through such as are wanted, themselves included, in the order in which they were made.
  private func nodes(from start: [Node], where isWanted: (Node) -> Bool = { _ in true }) -> [Node] {
    var (found, waiting) = ([Int: Node](), start)
    while let node = waiting.popLast() {
      if found.updateValue(node, forKey: node.number) == nil { waiting += node.inputs.filter(isWanted) }
    }
    return found.values.sorted { $0.number < $1.number }
  }

  private func isFinite(_ node: Node) -> Bool { findings[node.number]?.isFinite ?? true }
  private func names(_ nodes: [Node]) -> [String] { nodes.compactMap { findings[$0.number]?.name } }
  private func leaves(before nodes: [Node]) -> Set<Int> {
    Set(self.nodes(from: nodes).map(\.number)).intersection(leaves)
  }

  /// The leaves that the fewest operations lie between.
  private func nearestLeaves(before node: Node) -> [Node] {
    var (level, seen) = ([node], Set<Int>())
    while !level.isEmpty {
      level = level.flatMap(\.inputs).filter { seen.insert($0.number).inserted }
      let found = level.filter { leaves.contains($0.number) }
      if !found.isEmpty { return found.sorted { $0.number < $1.number } }
    }
    return []
  }

  private func isAfterAllLayers(_ node: Node) -> Bool {
    leaves(before: [node]) == leaves(before: [last]) && node.inputs.allSatisfy { leaves(before: [$0]).count > 1 }
  }
}

extension Node {
  /// What the operation was applied to, as far as it has a history in the same recording.
  fileprivate var inputs: [Node] { edges.compactMap(\.input).filter { $0.recorder === recorder } }
}
