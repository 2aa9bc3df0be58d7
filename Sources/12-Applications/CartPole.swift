// § 12.10  Agents: the cart and the pole

import Messages
import Tensors

/// A pole that stands on a cart and falls unless the cart is pushed to the left and to the right. § 12.10
///
/// The state is (x, v, θ, ω): the cart's place in metres and its velocity, the pole's angle from the vertical in
/// radians and its angular velocity. Action 0 pushes to the left, action 1 to the right, for 0.02 s. Every push earns 1
/// until the pole leans by more than 12° or the cart is more than 2.4 m from the middle. Barto, Sutton and Anderson
/// (1983), without friction.
public struct CartPole: Sendable {
  /// The masses of the cart and of the pole, in kg.
  public var cartMass = 1.0, poleMass = 0.1
  /// Half the length of the pole, in m.
  public var halfLength = 0.5
  /// The force of a push, in N, and the acceleration of gravity, in m/s².
  public var force = 10.0, gravity = 9.8
  /// The time between two pushes, in s.
  public var interval = 0.02
  /// An episode ends beyond this place, in m, or this angle, in radians.
  public var largestPlace = 2.4, largestAngle = 12 * Double.pi / 180
  /// An episode is cut off after this number of pushes.
  public var limit = 500

  /// The cart and the pole of the paper.
  public init() {}

  /// The numbers of a state, and the number of actions.
  public static let (stateSize, actions) = (4, 2)

  /// The accelerations (v̇, ω̇) of states under horizontal forces. s: [N×4], F: [N] → [N] each
  ///
  /// With M the total mass, m the pole's mass and l half its length, they solve the equations of motion
  /// M v̇ + m l (ω̇ cos θ − ω² sin θ) = F and 4/3 l ω̇ + v̇ cos θ = g sin θ.
  public func accelerations(_ s: Tensor, force F: Tensor) -> (linear: Tensor, angular: Tensor) {
    let (θ, ω) = (s.sliced(2..<3, axis: 1).squeezed(axis: 1), s.sliced(3..<4, axis: 1).squeezed(axis: 1))
    let (sin, cos, M) = (θ.sin(), θ.cos(), cartMass + poleMass)
    let ml = poleMass * halfLength
    let pushed = (F + ml * ω.squared() * sin) / M
    let angular = (gravity * sin - cos * pushed) / (halfLength * (4.0 / 3 - poleMass / M * cos.squared()))
    return (pushed - ml / M * angular * cos, angular)
  }

  /// The states after one push each, by Euler's rule: s + τ ṡ with the old velocities. [N×4] → [N×4]
  public func pushed(_ s: Tensor, _ actions: [Int]) -> Tensor {
    let F = Tensor(actions.map { $0 == 1 ? force : -force }, scalarType: s.scalarType)
    let (a, α) = accelerations(s, force: F)
    let velocities = s.sliced(1..<4, axis: 1, by: 2)  // [N×2]
    let rates = Tensor.stacked(
      [velocities.sliced(0..<1, axis: 1).squeezed(axis: 1), a, velocities.sliced(1..<2, axis: 1).squeezed(axis: 1), α],
      axis: 1)
    return s + interval * rates
  }

  /// Whether the pole has fallen or the cart has left, for every state. [N×4]
  public func hasFailed(_ s: Tensor) -> [Bool] {
    let numbers = s.scalars
    return (0..<s.shape[0]).map {
      !(abs(numbers[$0 * 4]) <= largestPlace && abs(numbers[$0 * 4 + 2]) <= largestAngle)
    }
  }

  /// N states of a cart almost at rest, with the pole almost upright: numbers between −0.05 and 0.05. [N×4]
  public func starts(_ N: Int, using random: RandomSource) -> Tensor {
    random.uniform([N, 4], in: -0.05..<0.05, scalarType: .double)
  }

  /// The energy of states in J: ½ m_c v² + ½ m (velocity of the pole's middle)² + ½ (m l²/3) ω² + m g l cos θ. [N×4] →
  /// [N]
  public func energy(_ s: Tensor) -> Tensor {
    let columns = (0..<4).map { s.sliced($0..<$0 + 1, axis: 1).squeezed(axis: 1) }
    let (v, θ, ω, l) = (columns[1], columns[2], columns[3], halfLength)
    let middle = (v + l * ω * θ.cos()).squared() + (l * ω * θ.sin()).squared()
    return 0.5 * cartMass * v.squared() + 0.5 * poleMass * (middle + l * l / 3 * ω.squared())
      + poleMass * gravity * l * θ.cos()
  }

  /// Plays one episode from every start by a rule that maps states to actions. Returns the number of pushes of each.
  ///
  /// `rule` gets only the states of episodes that are not over, [n×4], and returns n actions.
  public func lengths(from starts: Tensor, rule: (Tensor) -> [Int]) -> [Int] {
    var (s, lengths) = (starts, [Int](repeating: 0, count: starts.shape[0]))
    var open = Array(0..<starts.shape[0])
    while !open.isEmpty {
      s = pushed(s, rule(s))
      let hasFailed = hasFailed(s)
      for place in open { lengths[place] += 1 }
      let rest = open.indices.filter { !hasFailed[$0] && lengths[open[$0]] < limit }
      if rest.count < open.count { (s, open) = (s.gathered(rest), rest.map { open[$0] }) }
    }
    return lengths
  }
}
