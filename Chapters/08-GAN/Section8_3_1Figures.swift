import DataSets
import Figures
import Foundations
import GAN
import Running
import Tensors

/// The figures of § 8.3.1: the last points over the modes, the course of the modes, and the training as animations.
func showFigures(_ games: [PlayedGame], _ run: Run) {
  run.show(
    Panels(
      "Points of each generator, and the real modes at three deviations", columns: 2,
      games.map { played in
        let points = played.players.snapshots.frames.suffix(1).map { cloud("", $0) }
        return pointsOverModes(played.kind.rawValue, points, played.kind.game.mixture)
      }),
    as: "points")
  run.show(
    LineChart(
      "Modes recovered during the training", x: Axis("round"), y: Axis("modes", range: -0.3...8.4),
      series: games.filter { $0.kind != .grid }.map { played in
        let recovered = played.history["recovered"]
        let rounds = recovered.indices.map { Double(($0 + 1) * played.kind.rounds.picture) }
        return Series(played.kind.rawValue, x: rounds, recovered, style: .both)
      }), as: "course")
  for played in games where played.kind == .equal || played.kind == .five {
    let film = trainingFilm(
      played.kind.rawValue, of: played.players.snapshots, over: played.kind.game.mixture,
      every: played.kind.rounds.picture)
    let name = played.kind == .equal ? "training" : "collapse"
    run.show(film, as: name)
    run.show(Panels(played.kind.rawValue, columns: 1, [strip(of: film)]), as: "\(name)-strip")
  }
}

/// The points of a training as an animation, one picture for each number of rounds.
public func trainingFilm(
  _ title: String, of snapshots: Snapshots, over mixture: GaussianMixture, every rounds: Int
) -> Animation {
  Animation(
    title, frames: snapshots.frames.map { pointPicture($0, mixture) },
    captions: snapshots.frames.indices.map { "round \(($0 + 1) * rounds)" }, milliseconds: 150)
}

/// Points over circles of three deviations around the modes of a mixture.
func pointsOverModes(_ title: String, _ points: [Series], _ mixture: GaussianMixture) -> ContourPlot {
  let reach = mixture.components.flatMap(\.mean).map(abs).max() ?? 1
  let (wide, high) = (1.45 * (reach + 1), reach + 1)  // circles look round in panels
  return ContourPlot(
    title, x: Axis("x₁", range: -wide...wide), y: Axis("x₂", range: -high...high), levels: [3], paths: points,
    fineness: 240
  ) { x, y in
    mixture.components.map { c in
      (((x - c.mean[0]) * (x - c.mean[0]) + (y - c.mean[1]) * (y - c.mean[1])).squareRoot()) / c.factor[0][0]
    }.min() ?? 0
  }
}

/// Points as dark dots over the modes of a mixture, whose three deviations are pale. points: [N×2]
public func pointPicture(_ points: Tensor, _ mixture: GaussianMixture, side: Int = 150) -> Pixels {
  let reach = (mixture.components.flatMap(\.mean).map(abs).max() ?? 1) + 1
  func place(_ x: Double) -> Double { (x + reach) / (2 * reach) * Double(side) }
  func position(_ pixel: Int) -> Double { (Double(pixel) + 0.5) / Double(side) * 2 * reach - reach }
  var values = (0..<side * side).map { pixel -> Double in
    let (x, y) = (position(pixel % side), -position(pixel / side))
    let isNear = mixture.components.contains { c in
      let (a, b, r) = (x - c.mean[0], y - c.mean[1], 3 * c.factor[0][0])
      return a * a + b * b <= r * r
    }
    return isNear ? 0.75 : 1
  }
  let numbers = points.scalars
  for i in 0..<points.shape[0] {
    let (column, row) = (place(numbers[2 * i]), place(-numbers[2 * i + 1]))
    guard 0..<Double(side) ~= column && 0..<Double(side) ~= row else { continue }
    values[Int(row) * side + Int(column)] = 0
  }
  return Pixels(width: side, height: side, values: values)
}

/// The points of a matrix [N×2], for a chart.
func cloud(_ name: String, _ points: Tensor) -> Series {
  func column(_ k: Int) -> [Double] { points.sliced(k..<k + 1, axis: 1).scalars }
  return Series(name, x: column(0), column(1), style: .points)
}
