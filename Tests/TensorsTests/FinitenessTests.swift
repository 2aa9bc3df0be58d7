import Tensors
import Testing

/// A layer x W + b.
private struct Layer: Module {
  var weight, bias: Tensor
  static var parameters: [PartialKeyPath<Layer>] { [\.weight, \.bias] }
  func callAsFunction(_ x: Tensor) -> Tensor { matmul(x, weight, plus: bias) }
}

/// Three layers, the second divided by a running scale, with an optional step between them.
private struct Network: Module {
  var layers = (0..<3).map { _ in Layer(weight: Tensor([[0.5, 1], [1, -0.5]]), bias: Tensor([0, 0])) }
  var scale = Tensor([1, 1])
  var between: @Sendable (_ x: Tensor) -> Tensor = { $0 }
  static var parameters: [PartialKeyPath<Network>] { [\.layers] }
  static var statistics: [PartialKeyPath<Network>] { [\.scale] }
  func callAsFunction(_ x: Tensor) -> Tensor { layers[2](between(layers[1](layers[0](x)) / scale)) }
}

@Suite("Finiteness")
struct FinitenessTests {
  private let x = Tensor([[1, 2], [3, 4]])

  @Test("a tensor is finite unless an element is infinite or NaN", arguments: [ScalarType.float, .double])
  func elements(type: ScalarType) {
    for count in [1, 7, 64, 1003] {
      let zeros = Tensor.zeros([count], scalarType: type)
      #expect(zeros.isFinite)
      for bad in [Double.nan, .infinity, -.infinity] {
        for place in [0, count / 2, count - 1] {
          var x = zeros
          x[place] = Tensor(bad, scalarType: type)
          #expect(!x.isFinite)
        }
      }
    }
    #expect(!Tensor([.infinity, -.infinity], scalarType: type).isFinite)
    #expect(Tensor.zeros([0], scalarType: type).isFinite)
  }

  @Test("finite numbers are finite even if their sum is not")
  func large() { #expect(Tensor(repeating: 3e38, [100]).isFinite && !Tensor(repeating: 3e38, [100]).sum().isFinite) }

  @Test("a view is finite if its elements are")
  func views() {
    let x = Tensor([1, 2, .nan, 4, 5, 6], shape: [3, 2])
    #expect(x.sliced(0..<1, axis: 0).isFinite && !x.sliced(1..<2, axis: 0).isFinite && x[2].isFinite)
    #expect(x.transposed[1].isFinite && !x.transposed[0].isFinite && !x.transposed.isFinite)
    #expect(x[0].broadcast(to: [5, 2]).isFinite)
  }

  @Test("a value is finite if all parameters and running statistics are")
  func values() {
    var network = Network()
    #expect(network.isFinite)
    network.scale = Tensor([1, .infinity])
    #expect(!network.isFinite)
    network = Network()
    network.layers[2].bias = Tensor([.nan, 0])
    #expect(!network.isFinite)
  }

  private func origin(_ network: Network, _ x: Tensor, _ loss: (Tensor) -> Tensor) -> NonFiniteOrigin? {
    nonFiniteOrigin(at: network) { loss($0(x)) }
  }

  @Test("a result that is finite has no origin")
  func finite() { #expect(origin(Network(), x) { $0.sum() } == nil) }

  @Test("non-finite data are distinguished from results of the network, with the layer that they enter")
  func data() throws {
    let origin = try #require(origin(Network(), Tensor([[1, .nan], [3, 4]])) { $0.sum() })
    #expect(origin.kind == .constant && origin.operation == "matmul" && !origin.isAfterAllLayers)
    #expect(origin.parameters == ["layers.0.weight", "layers.0.bias"])
  }

  @Test("targets that are not finite enter after all layers")
  func targets() throws {
    let origin = try #require(origin(Network(), x) { ($0 - Tensor([[1, .infinity]])).squared().mean() })
    #expect(origin.kind == .constant && origin.operation == "-" && origin.isAfterAllLayers)
    #expect(origin.parameters == ["layers.2.weight", "layers.2.bias"])
  }

  @Test("data that do not affect the result are not reported")
  func otherData() throws {
    let useless = Tensor([Double.nan])
    let origin = try #require(
      origin(Network(), x) { y in
        _ = useless * 2
        return (1000 * y).exp().sum()
      })
    #expect(origin.kind == .operation && origin.operation == "exp")
  }

  @Test("parameters that were not finite before are the origin, whatever else follows")
  func parameters() throws {
    var network = Network()
    network.layers[1].weight = Tensor([[1, 1], [.nan, 1]])
    network.layers[2].bias = Tensor([.infinity, 1])
    let origin = try #require(origin(network, x) { $0.exp().sum() })
    #expect(origin.kind == .parameter && origin.operation == nil)
    #expect(origin.parameters == ["layers.1.weight", "layers.2.bias"])
  }

  @Test("non-finite running statistics count as parameters where they are used")
  func statistics() throws {
    var network = Network()
    network.scale = Tensor([1, .nan])
    let origin = try #require(origin(network, x) { $0.sum() })
    #expect(origin.kind == .parameter && origin.parameters == ["scale"])
  }

  @Test("an operation that overflows is named with the layer before it, and is not in the loss if layers follow")
  func overflow() throws {
    var network = Network()
    network.between = { (100 * $0).exp() }
    let origin = try #require(origin(network, x) { $0.sum() })
    #expect(origin.kind == .operation && origin.operation == "exp" && !origin.isAfterAllLayers)
    #expect(origin.parameters == ["scale"])
    network.layers[1].weight = 1e30 * network.layers[1].weight
    let earlier = try #require(
      nonFiniteOrigin(at: network) { $0.layers[2]($0.layers[1]($0.layers[0](1e30 * x))).sum() })
    #expect(earlier.kind == .operation && earlier.operation == "matmul")
    #expect(earlier.parameters == ["layers.1.weight", "layers.1.bias"])
  }

  @Test("the last layer's own product is not in the loss")
  func lastLayer() throws {
    var network = Network()
    network.layers[2].weight = Tensor(repeating: 3e38, [2, 2])
    let origin = try #require(origin(network, x) { $0.sum() })
    #expect(origin.operation == "matmul" && !origin.isAfterAllLayers)
    #expect(origin.parameters == ["layers.2.weight", "layers.2.bias"])
  }

  @Test("the logarithm of 0 in a loss comes after all layers")
  func logarithm() throws {
    let origin = try #require(origin(Network(), x) { -(1000 * $0).softmax().log().mean() })
    #expect(origin.kind == .operation && origin.operation == "log" && origin.isAfterAllLayers)
    #expect(origin.parameters == ["layers.2.weight", "layers.2.bias"])
  }

  @Test("values that an operation has made finite again are not reported")
  func mask() throws {
    let mask = Tensor([[0, -.infinity]])
    let origin = try #require(origin(Network(), x) { (1000 * ($0 + mask).softmax()).exp().sum() })
    #expect(origin.operation == "exp")
    #expect(self.origin(Network(), x) { ($0 + mask).softmax().sum() } == nil)
  }

  @Test("of two operations the first one is named")
  func two() throws {
    var network = Network()
    network.between = { ($0 * 1e38 * 1e38).exp() }
    #expect(origin(network, x) { $0.sum() }?.operation == "*")
  }

  @Test("a failure before an inner gradient call is found through it, at its operation")
  func innerCall() throws {
    let origin = try #require(
      origin(Network(), x) { y in gradient(at: (1000 * y).exp().sum()) { $0.squared() } })
    #expect(origin.kind == .operation && origin.operation == "exp")
  }

  @Test("a constant is reported at the operation that it enters, in any order of the operands")
  func constantsOfOperations() throws {
    let useless = Tensor([Double.nan])
    for loss: @Sendable (Tensor) -> Tensor in [
      { y in select(Tensor([1, 1]), (1000 * y).exp(), useless * Tensor([1, 1])).sum() },
      { y in
        var rows = useless * Tensor([[1, 1], [1, 1]])
        rows[0] = (1000 * y[0]).exp()
        return rows[0].sum()
      },
    ] {
      let found = try #require(origin(Network(), x, loss))
      #expect(found.kind == .operation && found.operation == "exp")
    }
  }

  @Test("a result without parameters is a constant that was not finite from the start")
  func withoutParameters() throws {
    let origin = try #require(origin(Network(), x) { _ in Tensor(.nan) })
    #expect(origin.kind == .constant && origin.operation == nil && origin.parameters == [])
  }

  @Test("the search runs in training mode, and independently of an outer gradient")
  func modes() {
    #expect(nonFiniteOrigin(at: Network()) { $0.layers[0].bias.sum() / (Mode.current == .training ? 0 : 1) } != nil)
    let inner = gradient(at: Tensor(2)) { a in
      var network = Network()
      network.scale = Tensor([0, 1])
      let origin = nonFiniteOrigin(at: network) { $0(a * x).sum() }
      return origin?.operation == "/" ? 3 * a : a
    }
    #expect(inner.item == 3)
  }
}
