import Figures
import GAN
import Messages
import Running
import Tensors

/// Exercise 8.5: the vector field of two players, its Jacobian, and where simultaneous steps lead.
public let exercise8_5 = Exercise("8.5", "The dynamics of two players", stars: 3, seconds: 4, quick: 2) { run in
  run.say("Six small games are solved and played: some seconds.")
  run.show(fieldTable(), as: "field")
  run.show(eigenvalueTable(), as: "eigenvalues")
  let steps = run.choose(quick: 400, standard: 8_000, full: 8_000)
  run.show(arrivalTable(steps), as: "arrivals")
  run.show(radiusTable(), as: "radius")
  run.show(pointFields(), as: "fields")
  let plays = gaussianPlays(run.choose(quick: 10, standard: 100, full: 100))
  run.show(distanceFigure(plays), as: "distances")
  run.show(pathFigure(plays, fineness: run.choose(quick: 16, standard: 40, full: 40)), as: "paths")

  let gaussian = Game.gaussian()
  run.card("largest real part, Gaussian GAN", gaussian.eigenvaluesAtSolution.map(\.real).max() ?? 0)
  run.card("largest real part, Gaussian WGAN", Game.gaussianCritic().eigenvaluesAtSolution.map(\.real).max() ?? 0)
  run.card("asymmetry of the Jacobian, descent and ascent", gaussian.asymmetry(at: state(gaussian.solution)))
  run.card("the same if both descend", gaussian.asymmetry(at: state(gaussian.solution), rule: .descent))
}

private func state(_ s: [Double]) -> Tensor { Tensor(s, scalarType: .double) }

// MARK: - Exercise 8.5.1

private func fieldTable() -> Table {
  let games = [Game.dirac(), .gaussian(), .gaussianCritic()]
  return Table(
    "Is the field conservative? Work ∮ v · ds on a circle of radius 0.1 in the plane of the first of each player",
    columns: ["game", "max |J − Jᵀ|", "work", "max |J − Jᵀ|, both descend", "work, both descend"],
    rows: games.map { game in
      func cells(_ rule: Game.Rule) -> [Table.Cell] {
        let ψ = game.variables.count == 2 ? 1 : 3
        let work = game.circulation(around: game.solution, radius: 0.1, variables: 0, ψ, rule: rule)
        return [
          .number(game.asymmetry(at: state(game.solution), rule: rule), decimals: 6), .number(work + 0, decimals: 6),
        ]
      }
      return [.text(game.name)] + cells(.descentAscent) + cells(.descent)
    })
}

// MARK: - Exercise 8.5.2

private let games: [Game] = [
  .gaussian(), .gaussian(isLinear: true), .gaussianCritic(), .dirac(), .dirac(realPenalty: 0.5),
  .gaussianCritic(realPenalty: 0.5),
]

private func eigenvalueTable() -> Table {
  Table(
    "Eigenvalues of the Jacobian at the solution, and what they say in continuous time",
    columns: ["game", "eigenvalues", "solution"],
    rows: games.map { game in
      let values = game.eigenvaluesAtSolution
      let moving = values.filter { $0.magnitude > 1e-9 }
      let largest = moving.map(\.real).max() ?? 0
      return [
        .text(game.name), .text(pairs(values)),
        .text(largest > -1e-9 ? "is circled" : moving.count < values.count ? "a line attracts" : "attracts"),
      ]
    })
}

/// Eigenvalues as text, conjugate pairs as a ± bi.
private func pairs(_ values: [ComplexNumber]) -> String {
  func number(_ x: Double) -> String { abs(x) < 1e-9 ? "0" : decimals(x, 3).replacing("-", with: "−") }
  return values.filter { $0.imaginary > -1e-9 }.map { z in
    if abs(z.imaginary) < 1e-9 { return number(z.real) }
    return (abs(z.real) < 1e-9 ? "" : number(z.real) + " ") + "± \(number(z.imaginary))i"
  }.joined(separator: ", ")
}

private func arrivalTable(_ steps: Int) -> Table {
  let rows: [(Game, [Double])] = [
    (.gaussian(), [0.5, 0.1, 0.02]), (.gaussian(isLinear: true), [0.1]), (.gaussianCritic(), [0.1, 0.02]),
    (.gaussianCritic(realPenalty: 0.5), [0.1]),
  ]
  return Table(
    "Simultaneous steps from μ = 0.5, σ = 0.7, \(grouped(steps)) at most",
    columns: ["game", "step η", "steps", "μ", "σ", "distance from the solution"],
    rows: rows.flatMap { game, rates in
      rates.map { η in
        let start = [0.5, 0.7] + [Double](repeating: 0, count: game.variables.count - 2)
        let count = min(steps, Int(160 / η))
        return [.text(game.name), .number(η, decimals: 2), .integer(count)]
          + arrival(of: game, from: start, rate: η, steps: count)
      }
    })
}

/// Where simultaneous steps end: μ, σ and the distance from the solution, or that the numbers overflow.
public func arrival(of game: Game, from start: [Double], rate η: Double, steps: Int) -> [Table.Cell] {
  let path = game.path(from: start, rate: η, steps: steps, every: steps)
  guard path.count == 2 else { return ["overflows", "–", "–"] }
  let end = path[1]
  return [
    .number(end[0] + 0, decimals: 4), .number(end[1], decimals: 4), .scientific(game.distances([end])[0], digits: 2),
  ]
}

private func radiusTable() -> Table {
  Table(
    "Dirac-GAN near its solution: the radius after a step over that before",
    columns: ["step η", "simultaneous", "√(1 + η²/4)", "alternating, mean of 400"],
    rows: [0.1, 0.2, 0.5, 1].map { η in
      let game = Game.dirac()
      let radii = game.distances(game.path(from: [1e-4, 0], rate: η, steps: 1))
      let circle = game.distances(game.path(from: [1e-4, 0], rate: η, steps: 400, order: .alternating))
      let mean = 1 + ((circle.last ?? 0) / circle[0] - 1) / 400
      return [
        .number(η, decimals: 1), .number(radii[1] / radii[0], decimals: 6),
        .number((1 + η * η / 4).squareRoot(), decimals: 6), .number(mean, decimals: 6),
      ]
    })
}
