import Figures
import Foundations
import Messages
import Running
import Tensors
import Theory
import Transformer

/// Exercise 11.7: a power law through four losses, its extrapolation, and what a floor changes.
public let exercise11_7 = Exercise("11.7", "Scaling laws from four models", stars: 1, seconds: 1) { run in
  let data = FourModels.standard
  run.show(slopeTable(data), as: "slopes")
  run.show(lawTable(data), as: "laws")
  run.show(leaveOneOutTable(data), as: "left-out")
  run.show(scalingFigure(data), as: "extrapolation")
  run.card("exponent", data.line.exponent)
  run.card("loss at N = 10¹¹", data.at(1e11, data.line))
  run.card("floor of the best law with a floor", data.withFloor.floor)
  run.card("loss at N = 10¹¹, with a floor", data.at(1e11, data.withFloor))
}

/// The four language models of Exercise 11.7.
public struct FourModels: Sendable {
  /// The numbers of parameters, and the losses.
  public let N, loss: Tensor

  /// 10⁶, 10⁷, 10⁸, 10⁹ parameters with the losses 3.2, 2.8, 2.5, 2.3.
  public static let standard = FourModels(
    N: Tensor([1e6, 1e7, 1e8, 1e9], scalarType: .double), loss: Tensor([3.2, 2.8, 2.5, 2.3], scalarType: .double))

  /// The line of ln L against ln N. Exercise 11.7.2
  public var line: PowerLaw { PowerLaw(fitting: N, loss) }
  /// The best law with a floor. Exercise 11.7.4
  public var withFloor: PowerLaw { PowerLaw(fittingFloorOf: N, loss) }
  /// The law through the last two models alone.
  public var lastTwo: PowerLaw { PowerLaw(fitting: N[2..<4], loss[2..<4]) }
  /// The exponents between neighbours. Exercise 11.7.1
  public var slopes: [Double] { (0..<3).map { PowerLaw(fitting: N[$0..<$0 + 2], loss[$0..<$0 + 2]).exponent } }

  /// The loss that a law gives for a size.
  public func at(_ n: Double, _ law: PowerLaw) -> Double { law(Tensor(n, scalarType: .double)).item }

  /// The root of the mean squared error of a law, in nats.
  public func error(_ law: PowerLaw) -> Double { law.errors(N, loss).squared().mean().squareRoot().item }
}

private func slopeTable(_ data: FourModels) -> Table {
  Table(
    "Exercise 11.7.1 and 11.7.2: exponents between neighbours, and of all four", columns: ["from", "to", "exponent"],
    rows: data.slopes.enumerated().map { i, α in
      [.scientific(data.N[i].item, digits: 1), .scientific(data.N[i + 1].item, digits: 1), .number(α, decimals: 5)]
    } + [["all four", "", .number(data.line.exponent, decimals: 5)]])
}

private func lawTable(_ data: FourModels) -> Table {
  let laws = [
    ("one power law", data.line), ("the last two models", data.lastTwo), ("with a floor", data.withFloor),
    ("exponent 0.076, (7.16)", PowerLaw(exponent: 0.076, loss: 2.3, at: 1e9)),
  ]
  return Table(
    "Exercise 11.7.3 and 11.7.4: extrapolation to N = 10¹¹",
    columns: ["law", "exponent", "floor", "error, nats", "loss at 10¹¹"],
    rows: laws.map { name, law in
      [
        .text(name), .number(law.exponent, decimals: 5), .number(law.floor, decimals: 3),
        .number(data.error(law), decimals: 4), .number(data.at(1e11, law), decimals: 4),
      ]
    })
}

/// The largest model is predicted from the three others.
private func leaveOneOutTable(_ data: FourModels) -> Table {
  let (N, loss) = (data.N[0..<3], data.loss[0..<3])
  let laws = [
    ("one power law", PowerLaw(fitting: N, loss)), ("with a floor", PowerLaw(fittingFloorOf: N, loss)),
  ]
  return Table(
    "The largest model, predicted from the three others: L(10⁹) = 2.3",
    columns: ["law", "prediction", "error"],
    rows: laws.map { name, law in
      [.text(name), .number(data.at(1e9, law), decimals: 4), .number(data.at(1e9, law) - 2.3, decimals: 4)]
    })
}

private func scalingFigure(_ data: FourModels) -> LineChart {
  let x = (Tensor.linear(from: 6, to: 12, count: 61, scalarType: .double) * Tensor(10, scalarType: .double).log()).exp()
  return LineChart(
    "Four losses, and three extrapolations", x: Axis("parameters N", .logarithmic), y: Axis("loss L", .logarithmic),
    series: [
      Series("four models", x: data.N.scalars, data.loss.scalars, style: .points),
      Series("one power law", x: x.scalars, data.line(x).scalars),
      Series("the last two models", x: x.scalars, data.lastTwo(x).scalars),
      Series("with the floor \(decimals(data.withFloor.floor, 3))", x: x.scalars, data.withFloor(x).scalars),
    ])
}
