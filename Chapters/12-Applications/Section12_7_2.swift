import Applications
import DataSets
import Figures
import Foundations
import Messages
import Running
import Tensors

/// § 12.7.2: what averaging computes, where local steps lead, and what an update gives away.
public let section12_7_2 = Exercise(.section, "12.7.2", "Federated averaging", seconds: 1) { run in
  run.show(driftTable(), as: "drift")
  let digits = try LabeledImages.opticalDigits()
  let rows = revealedDigits(digits, [1, 2, 4, 5, 6, 7, 8, 9], noises: [0.001, 0.01, 0.1], random: run.random.split())
  let grid = ImageGrid(
    "", rows: rows, rowTitles: ["the client's digit", "read from ∇L", "noise 0.001", "noise 0.01", "noise 0.1"])
  run.show(Panels("Digits read from the gradient of one example", columns: 1, [grid]), as: "revealed")
  let world = QuadraticClients.example
  run.card("minimum of the global loss", world.optimum)
  run.card("end of rounds with 50 local steps", world.fixedPoint(localSteps: 50, learningRate: 0.1))
  run.card("largest error of a digit read from its gradient", largestGap(rows[0], rows[1]))
}

extension QuadraticClients {
  /// Three clients of equal size, one of them with a sharp loss.
  public static var example: QuadraticClients {
    QuadraticClients(curvatures: [0.1, 1, 4], optima: [-1, 0, 3], counts: [1, 1, 1])
  }
}

private func driftTable() -> Table {
  let world = QuadraticClients.example
  return Table(
    "§ 12.7.2: three clients with losses ½h(θ − c)², h = 0.1, 1, 4 and c = −1, 0, 3; η = 0.1",
    columns: ["local steps", "rounds end at", "minimum", "mean of the clients' minima"],
    rows: [1, 2, 5, 10, 50, 500].map { E in
      [
        .integer(E), .number(world.fixedPoint(localSteps: E, learningRate: 0.1), decimals: 4),
        .number(world.optimum, decimals: 4), .number(2.0 / 3, decimals: 4),
      ]
    })
}

/// Rows of pictures: the digits, and what the gradients of each give away without noise and with these deviations.
///
/// The gradients are clipped to the norm 1, as DP-SGD does; the noise is added to each of their numbers.
public func revealedDigits(
  _ digits: LabeledImages, _ places: [Int], noises: [Double], random: RandomSource
) -> [[Pixels]] {
  let model = MLP([64, 32, 10], random: random)
  let gradients = places.map { i in
    let g = gradient(at: model) { $0(digits.flattened.gathered([i])).crossEntropy(labels: [digits.labels[i]]) }
    return PrivateDescent(clip: 1, noise: 0, share: 1).clippedSum(g.mapParameters { $0.expanded(axis: 0) })
  }
  func read(_ σ: Double) -> [Pixels] {
    gradients.map { g in
      let noisy = g.layers[0].parameters.map { $0 + σ * random.normal($0.shape) }  // ∂L/∂W, ∂L/∂b
      return Pixels(square: revealedInput(weightGradient: noisy[0], biasGradient: noisy[1]).scalars)
    }
  }
  return [places.map { Pixels(square: digits.flattened[$0].scalars) }, read(0)] + noises.map(read)
}

private func largestGap(_ a: [Pixels], _ b: [Pixels]) -> Double {
  zip(a, b).flatMap { zip($0.values, $1.values).map { abs($0 - $1) } }.max() ?? 0
}
