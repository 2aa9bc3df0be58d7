// § 12.3  A club that split in two

import Tensors

/// The karate club of Zachary (1977): 34 members, an edge where two of them met outside the club, and the side that
/// each took when the club split between its instructor (vertex 0) and its administrator (vertex 33). § 12.3
public enum KarateClub {
  /// Who knew whom.
  public static let graph = Graph(
    vertices: 34,
    edges: later.enumerated().flatMap { a, others in others.map { (a, $0) } })

  /// The members who stayed with the instructor.
  public static let instructorsSide = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 16, 17, 19, 21]

  /// 0 for the instructor's side, 1 for the administrator's. [34]
  public static let sides = (0..<34).map { instructorsSide.contains($0) ? 0 : 1 }

  /// For every member, the acquaintances with larger numbers.
  private static let later: [[Int]] = [
    [1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 17, 19, 21, 31], [2, 3, 7, 13, 17, 19, 21, 30],
    [3, 7, 8, 9, 13, 27, 28, 32], [7, 12, 13], [6, 10], [6, 10, 16], [16], [], [30, 32, 33], [33], [], [], [], [33],
    [32, 33], [32, 33], [], [], [32, 33], [33], [32, 33], [], [32, 33], [25, 27, 29, 32, 33], [25, 27, 31], [31],
    [29, 33], [33], [31, 33], [32, 33], [32, 33], [32, 33], [33], [],
  ]
}
