// § 12.10  Agents: replay memory

import Messages
import Tensors

/// The last moves of an agent, from which batches are drawn. § 12.10
///
/// Successive moves are alike, and an agent that learns from the newest only forgets the others; moves drawn from a
/// long memory are almost independent. Lin (1992), Mnih et al. (2015)
public struct ReplayMemory: Codable, Sendable {
  /// The largest number of moves.
  public let capacity: Int
  private let width: Int
  private var states: [Float] = [], following: [Float] = []
  private var actions: [Int] = []
  private var rewards: [Float] = []
  private var isLast: [Bool] = []
  private var oldest = 0

  /// An empty memory for states of `width` numbers.
  public init(capacity: Int, width: Int) {
    require(
      capacity >= 1 && width >= 1,
      "cannot remember \(capacity) states of \(width) numbers: at least 1 of each is needed")
    (self.capacity, self.width) = (capacity, width)
  }

  /// The number of moves in the memory.
  public var count: Int { actions.count }

  /// Moves: their states s [B×D], actions a, rewards r [B], next states s′ [B×D], and 1 where something follows s′, 0
  /// where s′ is terminal [B].
  public struct Batch: Sendable {
    /// s and s′. [B×D]
    public let states, following: Tensor
    /// a.
    public let actions: [Int]
    /// r, and 1 where the episode goes on. [B]
    public let rewards, continues: Tensor
  }

  /// Adds a move, in the place of the oldest one if the memory is full. `isLast` says that s′ is terminal; it is false
  /// for an episode that was only cut off, because its rewards would have gone on.
  public mutating func add(state s: [Float], action a: Int, reward r: Double, next: [Float], isLast end: Bool) {
    require(
      s.count == width && next.count == width,
      "cannot remember states of \(s.count) and \(next.count) numbers: this memory is for \(width)")
    if count < capacity {
      states += s
      following += next
      actions.append(a)
      rewards.append(Float(r))
      isLast.append(end)
    } else {
      let place = oldest * width
      states.replaceSubrange(place..<place + width, with: s)
      following.replaceSubrange(place..<place + width, with: next)
      (actions[oldest], rewards[oldest], isLast[oldest]) = (a, Float(r), end)
      oldest = (oldest + 1) % capacity
    }
  }

  /// B moves, each drawn from all moves in the memory.
  public func drawn(_ B: Int, using random: RandomSource) -> Batch {
    batch((0..<B).map { _ in random.integer(below: count) })
  }

  /// The newest B moves, or all if there are fewer.
  public func newest(_ B: Int) -> Batch {
    batch((0..<min(B, count)).map { (oldest + count - 1 - $0) % count })
  }

  private func batch(_ places: [Int]) -> Batch {
    func rows(_ numbers: [Float]) -> Tensor {
      Tensor(
        floats: places.flatMap { numbers[$0 * width..<($0 + 1) * width] }, shape: [places.count, width])
    }
    return Batch(
      states: rows(states), following: rows(following), actions: places.map { actions[$0] },
      rewards: Tensor(floats: places.map { rewards[$0] }),
      continues: Tensor(floats: places.map { isLast[$0] ? 0 : 1 }))
  }
}
