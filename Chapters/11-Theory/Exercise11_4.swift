import Figures
import Foundations
import Messages
import Running
import Tensors
import Theory

/// Exercise 11.4: the tent as a network, the pieces of its iterates, and the width that they need.
public let exercise11_4 = Exercise("11.4", "Depth against width", stars: 3, seconds: 1, quick: 1) { run in
  let tent = Sawtooth(folds: 1)
  let network = tent.network(hiddenLayers: 1)
  run.say(
    "Exercise 11.4.1: ReLU(2x) − 2 ReLU(2x − 1), largest error "
      + decimals(PiecewiseLinear(of: network, on: 0...1).largestDistance(to: tent.function), 1))
  let folds = run.choose(quick: [1, 2, 5], standard: [1, 2, 3, 5, 10], full: [1, 2, 3, 5, 10, 14])
  run.show(
    Table(
      "Exercise 11.4.2: k hidden layers of width 2",
      columns: ["k", "pieces", "2ᵏ", "slopes"],
      rows: folds.map { k in
        let function = PiecewiseLinear(of: Sawtooth(folds: k).network(hiddenLayers: k), on: 0...1)
        return [
          .integer(k), .integer(function.pieces), .integer(1 << k),
          .text("±\(grouped(Int(function.slopes.map(\.magnitude).max() ?? 0)))"),
        ]
      }), as: "pieces")
  let near = (1...run.choose(quick: 3, standard: 4, full: 4)).map { NearSawtooth.best(Sawtooth(folds: $0)) }
  run.show(
    Table(
      "Exercise 11.4.3: one hidden layer, kinks in place, one neuron too few",
      columns: ["k", "neurons 2ᵏ − 1", "pieces", "least error", "1/(2(2ᵏ − 1))", "error with 2ᵏ neurons"],
      rows: near.map { near in
        let function = PiecewiseLinear(of: near.network, on: 0...1)
        let exact = PiecewiseLinear(of: near.target.network(hiddenLayers: 1), on: 0...1)
        return [
          .integer(near.target.folds), .integer(near.target.pieces - 1), .integer(function.pieces),
          .number(function.largestDistance(to: near.target.function), decimals: 6),
          .number(1 / Double(2 * (near.target.pieces - 1)), decimals: 6),
          .number(exact.largestDistance(to: near.target.function), decimals: 6),
        ]
      }), as: "near")
  run.show(nearFigure(Array(near.prefix(3))), as: "near")
  run.card("least error with 3 neurons, k = 2", near[1].error)
  run.card(
    "pieces of k = 10", PiecewiseLinear(of: Sawtooth(folds: 10).network(hiddenLayers: 10), on: 0...1).pieces.description
  )
}

private func nearFigure(_ near: [NearSawtooth]) -> Panels {
  Panels(
    "One hidden layer with one neuron too few",
    near.map { near in
      let (target, function) = (near.target.function, near.function)
      return LineChart(
        "\(near.target.pieces - 1) neuron\(near.target.pieces == 2 ? "" : "s")", x: Axis("x"),
        y: Axis("", range: -0.55...1.55),
        series: [
          Series("g∘ᵏ", x: target.nodes, target.values),
          Series("nearest network", x: function.nodes, function.values, style: .both),
        ])
    })
}
