import Applications
import Figures
import Messages
import Running
import Tensors
import Training

/// § 12.3.2: a graph network learns how a wind carries a field round a ring, and forecasts step by step.
public let section12_3_2 = Exercise(.section, "12.3.2", "Weather by messages", seconds: 3, quick: 1, full: 40) { run in
  let (ring, steps) = (RingWeather(), 40)
  run.say("\(ring.places) places on a ring, a wind of \(ring.wind) places per step, fields of \(ring.waves) waves")
  let count = run.choose(quick: 200, standard: 1_000, full: 4_000)
  let fields = ring.fields(count, steps: 1, random: run.random.split())
  var model = GraphForecaster(random: run.random.split())
  run.parameters = model.parameterCount
  let plan = run.plan(quick: 10, standard: 30, full: 100, batchSize: 20)
  model.train(on: fields, plan: plan, random: run.random.split())

  let test = ring.fields(50, steps: steps, random: run.random.split())
  let forecasts = model.rolledOut(test.at(0, axis: 1), steps: steps)
  let best = threePlaceForecasts(ring.bestWeights, test.at(0, axis: 1), steps: steps)
  func errors(_ forecast: (Int) -> Tensor) -> [Double] {
    (1...steps).map { (forecast($0) - test.at($0, axis: 1)).squared().mean().item.squareRoot() }
  }
  let network = errors { forecasts.at($0 - 1, axis: 1) }
  let linear = errors { best[$0 - 1] }
  let persistence = errors { _ in test.at(0, axis: 1) }
  run.show(
    Table(
      "§ 12.3.2: root mean square error of forecasts on 50 new fields",
      columns: ["steps", "persistence", "best 3 weights", "graph network"],
      rows: [1, 5, 20, 40].map {
        [
          .integer($0), .number(persistence[$0 - 1], decimals: 3), .number(linear[$0 - 1], decimals: 3),
          .number(network[$0 - 1], decimals: 3),
        ]
      }), as: "errors")
  run.show(forecastFigure(test[0], forecasts[0], persistence, linear, network), as: "forecast")
  run.card("error after 1 step, persistence", persistence[0])
  run.card("error after 1 step, network", network[0])
  run.card("error after 20 steps, persistence", persistence[19])
  run.card("error after 20 steps, network", network[19])
}

/// Forecasts by fixed weights of three neighbouring places.
private func threePlaceForecasts(_ w: [Double], _ start: Tensor, steps: Int) -> [Tensor] {
  let senders = DirectedGraphLayer.ringSenders(start.shape[1])
  var (u, all) = (start, [Tensor]())
  for _ in 0..<steps {
    u = w[0] * u.gathered(senders[0], axis: 1) + w[1] * u + w[2] * u.gathered(senders[1], axis: 1)
    all.append(u)
  }
  return all
}

private func forecastFigure(
  _ truth: Tensor, _ forecast: Tensor, _ persistence: [Double], _ linear: [Double], _ network: [Double]
) -> Panels {
  let errors = LineChart(
    "Error by the number of steps", x: Axis("steps"), y: Axis("root mean square", .logarithmic),
    series: [
      Series("persistence", persistence), Series("best 3 weights", linear), Series("graph network", network),
    ])
  let places = (0..<truth.shape[1]).map(Double.init)
  let field = LineChart(
    "One field after 20 steps", x: Axis("place on the ring"), y: Axis("field"),
    series: [
      Series("at the start", x: places, truth[0].scalars), Series("truth", x: places, truth[20].scalars),
      Series("forecast", x: places, forecast[19].scalars, style: .points),
    ])
  return Panels("§ 12.3.2: messages along a ring learn the wind", [field, errors])
}
