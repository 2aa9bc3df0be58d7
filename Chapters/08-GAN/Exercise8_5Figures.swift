import Figures
import GAN
import Messages
import Tensors

// Exercise 8.5: the figures

/// Four fields of a generator that is a point, with paths.
func pointFields() -> Panels {
  let plain = Game.dirac()
  func field(_ title: String, _ game: Game, _ paths: [(String, Game.Order, Double, Int)]) -> VectorField {
    VectorField(
      title, x: Axis("θ, the generator", range: -2...2), y: Axis("ψ, the discriminator", range: -2...2), count: 15,
      paths: paths.map { name, order, η, steps in
        let path = game.path(from: [0.8, 0.4], rate: η, steps: steps, order: order)
        return Series(name, x: path.map { $0[0] }, path.map { $0[1] })
      }
    ) { θ, ψ in
      let v = game.field(at: Tensor([θ, ψ], scalarType: .double)).scalars
      return (v[0], v[1])
    }
  }
  return Panels(
    "A point against a logistic discriminator, data at 0", columns: 2,
    [
      field("Both at once, η = 0.5", plain, [("path", .simultaneous, 0.5, 30)]),
      field("One after the other, η = 0.5", plain, [("path", .alternating, 0.5, 40)]),
      field("With R1, γ = 0.5", .dirac(realPenalty: 0.5), [("path", .simultaneous, 0.5, 60)]),
      field(
        "Critic with (8.16), λ = 0.25", .diracCritic(gradientPenalty: 0.25), [("path", .simultaneous, 0.02, 1_200)]),
    ])
}

/// A played game.
struct Play {
  let game: Game
  /// The states after every unit of time, the first included.
  let path: [[Double]]
}

/// The games of Exercise 8.5.2 from μ = 0.5, σ = 0.7, by simultaneous steps of 0.02.
func gaussianPlays(_ time: Int) -> [Play] {
  [.gaussian(), .gaussian(isLinear: true), .gaussianCritic(), .gaussianCritic(realPenalty: 0.5)].map { (game: Game) in
    let start = [0.5, 0.7] + [Double](repeating: 0, count: game.variables.count - 2)
    return Play(game: game, path: game.path(from: start, rate: 0.02, steps: 50 * time, every: 10))
  }
}

func distanceFigure(_ plays: [Play]) -> LineChart {
  LineChart(
    "Distance from the solution, simultaneous steps of 0.02", x: Axis("time: steps × 0.02"),
    y: Axis("distance", .logarithmic),
    series: plays.map { play in
      let distances = play.game.distances(play.path)
      return Series(play.game.name, x: distances.indices.map { Double($0) / 5 }, distances)
    })
}

/// The generators' paths over contour lines of JSD(N(0, 1) ‖ N(μ, σ²)).
func pathFigure(_ plays: [Play], fineness: Int) -> ContourPlot {
  let (rule, data) = (Quadrature(over: -9...9, panels: 20), LineNormal(0, 1))
  return ContourPlot(
    "The generators up to time 15, over lines of equal JSD", x: Axis("μ", range: -1...1),
    y: Axis("σ", range: 0.3...1.7),
    levels: [0.002, 0.01, 0.03, 0.06, 0.1, 0.15, 0.2],
    paths: plays.map { play in
      let path = play.path.prefix(76)
      return Series(play.game.name, x: path.map { $0[0] }, path.map { $0[1] })
    }, fineness: fineness
  ) { μ, σ in
    DistanceComparison.ln2 - jensenShannonGap(data.logDensity, LineNormal(μ, σ).logDensity, by: rule).item
  }
}
