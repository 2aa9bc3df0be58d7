// § 8.11  The dynamics of two players, for Exercise 8.5

import Messages
import Tensors

/// A game of two players with the value V(θ, ψ): the generator's θ descends, the discriminator's ψ ascends. (8.1)
///
/// A state is a vector of numbers: first θ, then ψ.
public struct Game: Sendable {
  /// The name of the game.
  public private(set) var name: String
  /// The names of the variables in a state, those of θ first.
  public let variables: [String]
  /// How many of them are θ.
  public let generatorCount: Int
  /// The state with the data's distribution, at which neither player moves. A penalty around slope 1 moves them there.
  public let solution: [Double]
  /// V at a state.
  let value: @Sendable (Tensor) -> Tensor
  /// A penalty R that the discriminator alone subtracts from V, or nil.
  private(set) var penalty: (@Sendable (Tensor) -> Tensor)?

  /// A game without a penalty.
  public init(
    _ name: String, variables: [String], generatorCount: Int, solution: [Double],
    value: @escaping @Sendable (Tensor) -> Tensor
  ) {
    require(
      variables.count == solution.count && 1..<variables.count ~= generatorCount,
      "cannot play \(name) with \(generatorCount) of \(variables.count) variables and \(solution.count) numbers of a "
        + "solution: both players need variables, and the solution a number for each")
    (self.name, self.variables, self.generatorCount, self.solution) = (name, variables, generatorCount, solution)
    self.value = value
  }

  /// The game in which the discriminator also descends `factor` times a penalty; the same game for the factor 0.
  public func penalized(
    _ name: String, factor: Double, by penalty: @escaping @Sendable (Tensor) -> Tensor
  ) -> Game {
    if factor == 0 { return self }
    var game = self
    game.name += ", \(name)"
    game.penalty = { factor * penalty($0) }
    return game
  }

  /// How the players move.
  public enum Rule: Sendable {
    /// θ along −∂V/∂θ, ψ along +∂V/∂ψ.
    case descentAscent
    /// Both along minus their derivatives of V.
    case descent
  }

  /// The vector field v(s) = (−∂V/∂θ, +∂V/∂ψ − ∂R/∂ψ), or −∇V if both descend. [n] → [n]
  public func field(at s: Tensor, rule: Rule = .descentAscent) -> Tensor {
    let slope = gradient(at: s, of: value)
    guard rule == .descentAscent else { return -slope }
    let isDiscriminator = variables.indices.map { $0 < generatorCount ? 0.0 : 1 }
    let ψ = Tensor(isDiscriminator, scalarType: s.scalarType)
    let game = (2 * ψ - 1) * slope
    guard let penalty else { return game }
    return game - ψ * gradient(at: s, of: penalty)
  }

  /// The Jacobian of the field. [n] → [n×n]
  public func jacobian(at s: Tensor, rule: Rule = .descentAscent) -> Tensor {
    Tensors.jacobian(at: s) { field(at: $0, rule: rule) }
  }

  /// The eigenvalues of the Jacobian at the solution. The solution attracts nearby states in continuous time if all
  /// real parts are negative.
  public var eigenvaluesAtSolution: [ComplexNumber] {
    eigenvalues(jacobian(at: Tensor(solution, scalarType: .double)))
  }

  /// max |J − Jᵀ|: 0 everywhere for a conservative field, one that is the gradient of a function.
  public func asymmetry(at s: Tensor, rule: Rule = .descentAscent) -> Double {
    let J = jacobian(at: s, rule: rule)
    return (J - J.transposed).abs().max().item
  }

  /// ∮ v · ds along a circle in the plane of two variables: the work of the field on a closed path, 0 if it is
  /// conservative.
  public func circulation(
    around s: [Double], radius: Double, variables i: Int, _ j: Int, rule: Rule = .descentAscent, points: Int = 64
  ) -> Double {
    (0..<points).reduce(0) { sum, k in
      let angle = Tensor(2 * Double.pi * Double(k) / Double(points), scalarType: .double)
      let (c, d) = (angle.cos().item, angle.sin().item)
      var place = s
      place[i] += radius * c
      place[j] += radius * d
      let v = field(at: Tensor(place, scalarType: .double), rule: rule).scalars
      return sum + (v[j] * c - v[i] * d) * radius * 2 * Double.pi / Double(points)
    }
  }
}

// MARK: - Steps

extension Game {
  /// When the discriminator sees the generator's step.
  public enum Order: String, Sendable, CaseIterable {
    /// Both move from the same state: s ← s + η v(s).
    case simultaneous
    /// The discriminator first, then the generator against the new discriminator, as in Listing 8.7.
    case alternating
  }

  /// The states of a run: the first, and then every `every`-th one. The run ends early if the numbers overflow.
  public func path(
    from start: [Double], rate η: Double, steps: Int, order: Order = .simultaneous, every: Int = 1
  ) -> [[Double]] {
    let isGenerator = Tensor(variables.indices.map { $0 < generatorCount ? 1.0 : 0 }, scalarType: .double)
    var (s, path) = (Tensor(start, scalarType: .double), [start])
    for step in stride(from: 1, through: steps, by: 1) {
      switch order {
      case .simultaneous: s = s + η * field(at: s)
      case .alternating:
        s = s + η * (1 - isGenerator) * field(at: s)
        s = s + η * isGenerator * field(at: s)
      }
      guard s.scalars.allSatisfy(\.isFinite) else { break }
      if step % every == 0 { path.append(s.scalars) }
    }
    return path
  }

  /// The distances of states from the solution.
  public func distances(_ path: [[Double]]) -> [Double] {
    path.map { s in zip(s, solution).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot() }
  }
}
