import Backprop
import DataSets
import Figures
import Foundations
import Running
import Tensors
import Training

/// The µP part of § 2.9: how far three steps of Adam move the layers of networks of growing width, in both
/// parametrizations.
public func showCoordinateCheck(_ run: Run) throws {
  let digits = try LabeledImages.opticalDigits().prefix(64)
  let checks = checkCoordinates(
    of: digits,
    widths: run.choose(
      quick: [32, 128, 512], standard: [32, 64, 128, 256, 512, 1024], full: [32, 64, 128, 256, 512, 1024, 2048]),
    random: RandomSource(seed: run.options.seed))
  run.show(coordinateTable(checks), as: "coordinate-check")
  run.show(coordinateFigure(checks), as: "coordinate-check")
}

/// The coordinate check of one parametrization.
public struct ParametrizationCheck: Sendable {
  /// The parametrization.
  public let parametrization: Parametrization
  /// How far its layers move at every width.
  public let check: CoordinateCheck
}

/// Networks 64-n-n-10 for digits, with base width 32, three steps of Adam with η = 0.01.
public func checkCoordinates(of digits: LabeledImages, widths: [Int], random: RandomSource) -> [ParametrizationCheck] {
  let x = digits.flattened - digits.flattened.mean(axes: [0])
  let seed = random.next()
  return Parametrization.allCases.map { parametrization in
    let family = NetworkFamily(
      inputs: 64, hiddenLayers: 2, outputs: 10, baseWidth: 32, parametrization: parametrization)
    return ParametrizationCheck(
      parametrization: parametrization,
      check: CoordinateCheck(
        of: family, widths: widths, steps: 3, learningRate: 0.01, inputs: x, labels: digits.labels,
        random: RandomSource(seed: seed)))
  }
}

private let layerNames = ["first hidden layer", "second hidden layer", "outputs"]

/// The change of every layer after three steps, and the power of the width with which it grows.
public func coordinateTable(_ checks: [ParametrizationCheck]) -> Table {
  let widths = checks[0].check.widths.map { "\($0)" }
  let rows = checks.flatMap { study in
    (1...3).map { layer in
      let names: [Table.Cell] = [.text(study.parametrization.rawValue), .text(layerNames[layer - 1])]
      let changes: [Table.Cell] = study.check.change.map { .number($0[2][layer - 1], decimals: 3) }
      return names + changes + [.number(study.check.exponent(layer: layer, step: 3), decimals: 2)]
    }
  }
  return Table(
    "How far three steps of Adam move the layers, by width",
    columns: ["parametrization", "layer"] + widths + ["∝ width^p, p"], rows: rows)
}

/// The same, as a panel for each parametrization.
public func coordinateFigure(_ checks: [ParametrizationCheck]) -> Panels {
  Panels(
    "Change of the activations in three steps of Adam",
    checks.map { study in
      LineChart(
        study.parametrization.rawValue, x: Axis("width", .logarithmic),
        y: Axis("root mean square change", .logarithmic, range: 0.05...50),
        series: (1...3).map { layer in
          Series(
            layerNames[layer - 1], x: study.check.widths.map(Double.init), study.check.change.map { $0[2][layer - 1] },
            style: .both)
        })
    })
}
