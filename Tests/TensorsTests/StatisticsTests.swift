import Checking
import Tensors
import Testing

/// A layer that divides by the running average of its inputs.
private struct Averaging: Module {
  var weight = Tensor(1)
  var average = Tensor(8)
  static var parameters: [PartialKeyPath<Averaging>] { [\.weight] }
  static var statistics: [PartialKeyPath<Averaging>] { [\.average] }
  func callAsFunction(_ x: Tensor) -> Tensor {
    if Mode.current == .training { average.observe { 0.5 * $0 + 0.5 * x.mean() } }
    return weight * x / average
  }
}

private struct Network: Module {
  var layers = [Averaging(), Averaging()]
  var last: Averaging? = Averaging()
  var count = Tensor([0])
  static var parameters: [PartialKeyPath<Network>] { [\.layers, \.last] }
  static var statistics: [PartialKeyPath<Network>] { [\.count] }
  func callAsFunction(_ x: Tensor) -> Tensor {
    count.observe { $0 + 1 }
    return layers.reduce(last?(x) ?? x) { $1($0) }
  }
}

private struct Misled: Module {
  var x = 1
  static var parameters: [PartialKeyPath<Misled>] { [] }
  static var statistics: [PartialKeyPath<Misled>] { [\.x] }
  func callAsFunction(_ x: Tensor) -> Tensor { x }
}

@Suite("Running statistics")
struct StatisticsTests {
  private let layer = Averaging()
  private let four = Tensor([2, 6])

  @Test("the gradient has the observed value in a statistic's place, and the derivative in a parameter's place")
  func observation() {
    let g = gradient(at: layer) { $0(four).sum() }
    #expect(g.average.item == 6 && g.weight.item == 1)
    #expect(gradient(at: layer) { $0.weight * 3 }.average.item == 8)
    #expect(gradient(at: layer, mode: .evaluation) { $0(four).sum() }.average.item == 8)
  }

  @Test("statistics are not parameters: not counted, not flattened, not moved by maps, but converted")
  func notParameters() {
    let network = Network()
    #expect(network.parameterCount == 3 && network.flattened == Tensor([1, 1, 1]))
    #expect(network.statistics == [Tensor([0]), Tensor(8), Tensor(8), Tensor(8)])
    #expect(network.mapParameters { 2 * $0 }.statistics == network.statistics)
    #expect(network.converted(to: .double).statistics.allSatisfy { $0.scalarType == .double })
    #expect(unlistedParameters(in: layer) == [] && unlistedParameters(in: network) == [])
    #expect(Tensor(1).statistics == [] && [Tensor(1)].statistics == [])
  }

  @Test("a model adopts the statistics of its gradient, and its copies keep theirs")
  func copies() {
    var network = Network()
    let copy = network
    let g = gradient(at: network) { $0(four).sum() }
    network.adoptStatistics(of: g)
    #expect(network.count == Tensor([1]) && network.last?.average.item == 6)
    #expect(network.layers[0].average.item == 4.25)
    #expect(copy.statistics == Network().statistics)
  }

  @Test("a later observation starts from the earlier one, in the same call and in a nested one")
  func severalTimes() {
    let zero = Tensor([0, 0])
    #expect(gradient(at: layer) { $0(four).sum() + $0(zero).sum() }.average.item == 3)
    let outer = gradient(at: layer) { layer in
      let inner = gradient(at: layer) { $0(four).sum() }
      #expect(inner.average.item == 6)
      return layer(zero).sum() + inner.weight
    }
    #expect(outer.average.item == 3)
  }

  @Test("a model adapted inside a gradient call passes its observations to that call")
  func adapted() {
    let outer = gradient(at: layer) { layer in
      let inner = gradient(at: layer) { $0(four).sum() }
      var adapted = layer.zipParameters(inner) { $0 - 0.1 * $1 }
      adapted.adoptStatistics(of: inner)
      return adapted(Tensor([0, 0])).sum()
    }
    #expect(outer.average.item == 3)
  }

  @Test(
    "the derivative with respect to an input leaves the model's statistics to the call that differentiates the model")
  func inputs() {
    let outer = gradient(at: layer) { layer in gradient(at: four) { x in Mode.training { layer(x).sum() } }.sum() }
    #expect(outer.average.item == 6)
    #expect(outer.weight.item == 0.25)
  }

  @Test("a statistic is a constant: no derivative passes through the observation")
  func constant() {
    let g = gradient(at: layer) { layer in
      layer.average.observe { _ in layer.weight * 5 } * layer.weight
    }
    #expect(g.average.item == 5 && g.weight.item == 5)
    expectGradient(at: layer, order: 2) { ($0(four.converted(to: .double)).squared()).sum() }
  }

  @Test("a pullback has the observations too")
  func pullback() {
    let (value, pullback) = valueWithPullback(at: layer) { $0(four) }
    #expect(pullback(value).average.item == 6)
  }

  @Test("every way to differentiate passes on the observations")
  func everyWay() {
    let loss = { (layer: Averaging) in layer(four).squared().sum() }
    #expect(valueWithGradient(at: layer, of: loss).gradient.average.item == 6)
    #expect(hessianVectorProduct(at: layer, along: layer, of: loss).average.item == 6)
    #expect(gradient(at: [layer, layer]) { loss($0[0]) + loss($0[1]) }.statistics == [Tensor(6), Tensor(6)])
    #expect(gradient(at: Optional(layer)) { $0.map(loss) ?? Tensor(0) }.statistics == [Tensor(6)])
  }

  @Test("the gradients of single examples pass the statistics on from one example to the next")
  func perExample() {
    let examples = [four, Tensor([0, 0]), Tensor([6, 6])]
    let each = perExampleGradients(at: layer, count: 3) { layer, example in layer(examples[example]).sum() }
    #expect(each.average.item == 4.5)  // 8 → 6 → 3 → 4.5
    #expect(each.weight == Tensor([1, 0, 4]))
    let evaluated = perExampleGradients(at: layer, count: 3, mode: .evaluation) { $0(examples[$1]).sum() }
    #expect(evaluated.average.item == 8 && evaluated.weight == Tensor([1, 0, 1.5]))
  }

  @Test("observing runs a model in training mode without differentiating it")
  func observing() {
    var network = Network()
    let output = network.observing { $0(four) }
    #expect(
      output == Tensor([2.0 / 512, 6.0 / 512]) && network.count == Tensor([1]) && network.last?.average.item == 6)
    network.observing(mode: .evaluation) { _ = $0(four) }
    #expect(network.count == Tensor([2]) && network.last?.average.item == 6)
    let before = network.statistics
    _ = Mode.training { network(four) }
    #expect(network.statistics == before)
    let g = gradient(at: layer) { layer in
      var part = layer
      part.observing { _ = $0(four) }
      return layer.weight * part.average
    }
    #expect(g.average.item == 6 && g.weight.item == 6)
  }
}

extension Mistake {
  static let statistics = [
    Mistake("cannot observe [2] for a running statistic of shape []: the shapes must be the same") {
      gradient(at: Averaging()) { $0.average.observe { _ in Tensor([1, 2]) }.sum() }
    },
    Mistake("cannot adopt statistics of shapes [[]] in place of []: both models must have the same structure") {
      var layers: [Averaging] = []
      layers.adoptStatistics(of: [Averaging()])
      return layers
    },
    Mistake("Misled lists \\Misled.x as a statistic, but it is neither a tensor nor a model nor an array of them") {
      Misled().statistics
    },
  ]
}
