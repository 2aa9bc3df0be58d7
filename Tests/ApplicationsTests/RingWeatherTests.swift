import Applications
import Checking
import Tensors
import Testing
import Training

@Suite("§ 12.3.2  Weather on a ring")
struct RingWeatherTests {
  private let ring = RingWeather()

  @Test("§ 12.3.2: a layer of messages from the left and the right is a circular convolution with a kernel of 3")
  func convolution3() {
    let random = RandomSource(seed: 1)
    let layer = DirectedGraphLayer(1, 1, senders: DirectedGraphLayer.ringSenders(9), random: random)
      .converted(to: .double)
    let u = random.normal([2, 9, 1], scalarType: .double)
    let kernel = Tensor.concatenated([layer.kinds[0].weight, layer.own.weight, layer.kinds[1].weight], axis: 1)
    let row = u.reshaped([2, 1, 1, 9])
    let framed = Tensor.concatenated([row[8..<9, axis: 3], row, row[0..<1, axis: 3]], axis: 3)
    let expected = convolution(framed, kernel.reshaped([1, 1, 1, 3]), bias: layer.own.bias)
    expectClose(layer(u).reshaped([2, 9]), expected.reshaped([2, 9]), tolerance: 1e-12, scale: 1)
  }

  @Test("§ 12.3.2: fields of a whole number of places per step are shifted exactly, with variance 1 on average")
  func exactShift() {
    let fields = RingWeather(places: 16, waves: 5, wind: 2).fields(2_000, steps: 3, random: RandomSource(seed: 2))
    let (now, later) = (fields.at(0, axis: 1), fields.at(3, axis: 1))
    expectClose(later, now.gathered((0..<16).map { ($0 + 10) % 16 }, axis: 1), tolerance: 1e-5, scale: 1)
    #expect(abs(now.squared().mean().item - 1) < 0.05)
  }

  @Test("§ 12.3.2: the best three weights leave no slope of the error, which is the measured one")
  func bestWeights() {
    let w = ring.bestWeights
    let least = ring.squaredError(ofWeights: w)
    for d in 0..<3 {
      for change in [-1e-4, 1e-4] {
        var other = w
        other[d] += change
        #expect(ring.squaredError(ofWeights: other) > least)
      }
    }
    let fields = ring.fields(4_000, steps: 1, random: RandomSource(seed: 3), scalarType: .double)
    let u = fields.at(0, axis: 1)
    let senders = DirectedGraphLayer.ringSenders(32)
    let forecast = w[0] * u.gathered(senders[0], axis: 1) + w[1] * u + w[2] * u.gathered(senders[1], axis: 1)
    let measured = (forecast - fields.at(1, axis: 1)).squared().mean().item
    #expect(abs(measured / least - 1) < 0.1)
  }

  @Test("§ 12.3.2: persistence errs as the closed form says")
  func persistence() {
    let fields = ring.fields(4_000, steps: 20, random: RandomSource(seed: 4), scalarType: .double)
    for steps in [1, 20] {
      let measured = (fields.at(steps, axis: 1) - fields.at(0, axis: 1)).squared().mean().item
      #expect(abs(measured / ring.persistenceError(steps: steps) - 1) < 0.06)
    }
  }

  @Test(
    "§ 12.3.2: trained on single steps, the forecaster errs 10 times less than persistence after 1 step, 6 after 20")
  func rollout() {
    let fields = ring.fields(500, steps: 1, random: RandomSource(seed: 5))
    var model = GraphForecaster(random: RandomSource(seed: 6))
    model.train(on: fields, plan: TrainingPlan(epochs: 40, batchSize: 16), random: RandomSource(seed: 7))
    let test = ring.fields(32, steps: 20, random: RandomSource(seed: 8))
    let forecasts = model.rolledOut(test.at(0, axis: 1), steps: 20)
    for (steps, factor) in [(1, 10.0), (20, 6)] {
      let error = (forecasts.at(steps - 1, axis: 1) - test.at(steps, axis: 1)).squared().mean().item.squareRoot()
      let persistence = ring.persistenceError(steps: steps).squareRoot()
      #expect(factor * error < persistence, "\(error) against \(persistence) after \(steps)")
    }
  }

  @Test("§ 12.3.2: messages commute with a turn of the ring, and do not depend on the order of the edges")
  func equivariance() {
    let random = RandomSource(seed: 9)
    let model = GraphForecaster(width: 6, rounds: 2, random: random).converted(to: .double)
    let u = random.normal([1, 10], scalarType: .double)
    let turn = (0..<10).map { ($0 + 3) % 10 }
    expectClose(model(u.gathered(turn, axis: 1)), model(u).gathered(turn, axis: 1), tolerance: 1e-12, scale: 1)
    let (edges, order) = (DirectedEdges.rings(10, copies: 1, scalarType: .double), random.permutation(20))
    let shuffled = DirectedEdges(
      senders: order.map { edges.senders[$0] }, receivers: order.map { edges.receivers[$0] },
      features: edges.features.gathered(order))
    let (h, round) = (random.normal([10, 6], scalarType: .double), model.rounds[0])
    expectClose(round(h, along: shuffled), round(h, along: edges), tolerance: 1e-12, scale: 1)
  }
}
