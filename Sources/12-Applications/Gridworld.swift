// § 12.10  Agents: the gridworld

import Messages
import Tensors

/// A square of cells (i, j), i to the right and j upwards, in which every move costs 1 until the lower left or the
/// upper right corner is reached. § 12.10
///
/// A move against the border leaves the agent where it is. With the probability `slip` a move goes to one of the two
/// sides instead. Groudiev, class notes, 8.2.2, has the 5×5 cells, the moves and the reward −1; where an episode ends,
/// and that moves are certain, is our choice.
public struct Gridworld: Sendable {
  /// The four moves.
  public enum Move: Int, CaseIterable, Sendable {
    case left, right, up, down

    /// The sign of the move.
    public var arrow: String { ["←", "→", "↑", "↓"][rawValue] }
    /// The change of (i, j).
    public var step: (i: Int, j: Int) { [(-1, 0), (1, 0), (0, 1), (0, -1)][rawValue] }
    /// The two moves at right angles.
    var sides: [Move] { step.i == 0 ? [.left, .right] : [.up, .down] }
  }

  /// The cells along a side.
  public let side: Int
  /// The decision process: the state of the cell (i, j) is (i − 1) + (j − 1) side, an action is a move's raw value.
  public let process: MarkovDecisionProcess

  /// The world with side × side cells.
  public init(side n: Int = 5, slip: Double = 0, discount: Double = 1) {
    require(
      n >= 2 && (0...1).contains(slip),
      "cannot make a gridworld of \(n)×\(n) cells where a share \(slip) of moves slips: n ≥ 2 and a share are needed")
    side = n
    var P = [Double](repeating: 0, count: n * n * 4 * n * n)
    for s in 0..<n * n {
      for move in Move.allCases {
        let row = (s * 4 + move.rawValue) * n * n
        P[row + Self.place(after: move, from: s, side: n)] += 1 - slip
        for other in move.sides { P[row + Self.place(after: other, from: s, side: n)] += slip / 2 }
      }
    }
    process = MarkovDecisionProcess(
      transitions: Tensor(P, shape: [n * n, 4, n * n], scalarType: .double),
      rewards: Tensor(repeating: -1, [n * n, 4], scalarType: .double), discount: discount, terminals: [0, n * n - 1])
  }

  /// The state of the cell (i, j), with i and j from 1.
  public func state(_ i: Int, _ j: Int) -> Int { (i - 1) + (j - 1) * side }

  /// The cell (i, j) of a state.
  public func cell(_ s: Int) -> (i: Int, j: Int) { (s % side + 1, s / side + 1) }

  /// The least number of moves from a state to the nearer corner.
  public func distance(_ s: Int) -> Int {
    let (i, j) = cell(s)
    return min(i + j - 2, 2 * side - i - j)
  }

  /// Numbers by state as rows from the top of the square to its bottom. [S] → side rows
  public func rows(_ values: Tensor) -> [[Double]] {
    (0..<side).reversed().map { j in values[j * side..<(j + 1) * side].scalars }
  }

  private static func place(after move: Move, from s: Int, side n: Int) -> Int {
    let (i, j) = (s % n + move.step.i, s / n + move.step.j)
    return (0..<n).contains(i) && (0..<n).contains(j) ? j * n + i : s
  }
}
