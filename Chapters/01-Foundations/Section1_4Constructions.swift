import Figures
import Foundation
import Foundations
import Running
import Tensors

/// The two constructions of § 1.4 with n pieces, for f(x) = sin 2πx: their errors, and what bounds them.
public struct ConstructionErrors: Sendable {
  /// The number of pieces n.
  public let pieces: Int
  /// The largest error of the interpolating ReLU network, and its bound M / 8n² with M = 4π².
  public let interpolating, bound: Double
  /// The largest error of the network of n steep sigmoids.
  public let steps: Double
}

/// Builds both networks for each number of pieces; nothing is fitted.
public func constructionErrors(pieces: [Int], points: Int) -> [ConstructionErrors] {
  let x = unitCubeGrid(dimensions: 1, perAxis: points)
  let f = { (x: Tensor) in ((2 * Double.pi) * x).sin().squeezed(axis: 1) }
  return pieces.map { n in
    ConstructionErrors(
      pieces: n, interpolating: ShallowNetwork.interpolating(sineOfTurns, pieces: n).largestError(from: f, at: x),
      bound: 4 * Double.pi * Double.pi / (8 * Double(n * n)),
      steps: ShallowNetwork.steps(sineOfTurns, count: n).largestError(from: f, at: x))
  }
}

private func sineOfTurns(_ t: Double) -> Double { sin(2 * Double.pi * t) }

func showConstructions(_ run: Run) {
  let pieces = run.choose(quick: [4, 16], standard: [4, 8, 16, 32, 64, 128], full: [4, 8, 16, 32, 64, 128, 256])
  let errors = constructionErrors(pieces: pieces, points: run.choose(quick: 501, standard: 4001, full: 20_001))
  run.show(
    Table(
      "Networks written down, not trained: sin 2πx with n pieces",
      columns: ["n", "ReLU, interpolating", "bound M / 8n²", "error / bound", "sigmoid, steps"],
      rows: errors.map {
        [
          .integer($0.pieces), .scientific($0.interpolating), .scientific($0.bound),
          .number($0.interpolating / $0.bound, decimals: 4), .scientific($0.steps),
        ]
      }), as: "constructions")
  let x = unitCubeGrid(dimensions: 1, perAxis: 401)
  run.show(
    LineChart(
      "Two constructions for sin 2πx, with 8 pieces", x: Axis("x"),
      series: [
        Series("sin 2πx", x: x.scalars, x.scalars.map(sineOfTurns)),
        Series("ReLU, interpolating", x: x.scalars, ShallowNetwork.interpolating(sineOfTurns, pieces: 8)(x).scalars),
        Series("sigmoid, steps", x: x.scalars, ShallowNetwork.steps(sineOfTurns, count: 8)(x).scalars),
      ]), as: "constructions")
  if let last = errors.last { run.card("error / bound, n = \(last.pieces)", last.interpolating / last.bound) }
}

// MARK: - Depth

/// The tent map applied several times: how many linear pieces it has, and how many neurons make them.
public struct TentPieces: Sendable {
  /// The number of applications of the map: the number of hidden layers.
  public let times: Int
  /// The linear pieces, counted by the changes of slope on a grid that holds all bends.
  public let pieces: Int
  /// The neurons of the deep network: two for every layer.
  public var deepNeurons: Int { 2 * times }
  /// The neurons that one hidden layer needs at least: one for every bend.
  public var shallowNeurons: Int { pieces - 1 }
}

/// Counts the pieces of the iterated tent map.
public func countTentPieces(times: [Int]) -> [TentPieces] {
  times.map { times in
    let x = unitCubeGrid(dimensions: 1, perAxis: (1 << (times + 1)) + 1).squeezed(axis: 1)
    let y = iteratedTentMap(x, times: times)
    let rises = y[1..<y.count] - y[0..<y.count - 1]
    let bends = ((rises[1..<rises.count] - rises[0..<rises.count - 1]).abs() .> 1e-9).sum().item
    return TentPieces(times: times, pieces: Int(bends) + 1)
  }
}

func showDepth(_ run: Run) {
  let counts = countTentPieces(times: Array(1...run.choose(quick: 4, standard: 10, full: 14)))
  run.show(
    Table(
      "The tent map, applied again and again",
      columns: ["hidden layers", "linear pieces", "neurons, deep", "neurons, one hidden layer"],
      rows: counts.map {
        [.integer($0.times), .integer($0.pieces), .integer($0.deepNeurons), .integer($0.shallowNeurons)]
      }), as: "depth")
  let x = unitCubeGrid(dimensions: 1, perAxis: 513).squeezed(axis: 1)
  run.show(
    Panels(
      "The tent map after 1, 3 and 5 layers of two neurons",
      [1, 3, 5].map { times in
        LineChart(
          "\(1 << times) pieces", x: Axis("x"),
          series: [Series("", x: x.scalars, iteratedTentMap(x, times: times).scalars)])
      }), as: "depth")
}
