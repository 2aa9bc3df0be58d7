import Foundation
import Tensors
import Testing

private struct Affine: Module {
  var weight = Tensor([[1, 2], [3, 4]])
  var bias: Tensor? = Tensor([5, 6])
  static var parameters: [PartialKeyPath<Self>] { [\.weight, \.bias] }
  func callAsFunction(_ x: Tensor) -> Tensor { matmul(x, weight) + (bias ?? Tensor(0)) }
}

private struct Norm: Module {
  var runningMean = Tensor([0, 0])
  var scale = Tensor([1, 1])
  static var parameters: [PartialKeyPath<Self>] { [\.scale] }
  static var statistics: [PartialKeyPath<Self>] { [\.runningMean] }
  func callAsFunction(_ x: Tensor) -> Tensor { (x - runningMean) * scale }
}

private struct Network: Module {
  var factor = Tensor(2)
  var layers = [Affine(), Affine()]
  var norm: Norm? = Norm()
  var branches = [[Norm()], []]
  static var parameters: [PartialKeyPath<Self>] { [\.layers, \.norm, \.branches, \.factor] }
  func callAsFunction(_ x: Tensor) -> Tensor { layers.reduce(x) { $1($0) } * factor }
}

private struct Pair: Parameterized {
  var (first, second) = (Tensor(1), Tensor(2))
  mutating func forEachParameter(_ visit: (inout Tensor) throws -> Void) rethrows {
    try visit(&first)
    try visit(&second)
  }
  mutating func forEachStatistic(_ visit: (inout Tensor) throws -> Void) rethrows {}
}

/// A module that lists a computed property.
private struct Computed: Module {
  var weight = Tensor(1)
  var doubled: Tensor {
    get { 2 * weight }
    set { weight = newValue / 2 }
  }
  static var parameters: [PartialKeyPath<Self>] { [\.doubled] }
  func callAsFunction(_ x: Tensor) -> Tensor { x * weight }
}

@Suite("Names of parameters and statistics")
struct NamingTests {
  @Test("names are the properties that lead to a tensor, through arrays and optionals, parameters first")
  func names() {
    let names = [
      "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias", "norm.scale", "branches.0.0.scale",
      "factor",
      "norm.runningMean", "branches.0.0.runningMean",
    ]
    let tensors = Network().namedTensors
    #expect(tensors.map(\.name) == names)
    #expect(tensors.map(\.tensor) == Network().parameters + Network().statistics)
  }

  @Test("missing values have no name")
  func absent() {
    var network = Network()
    (network.layers[0].bias, network.norm, network.branches) = (nil, nil, [])
    #expect(network.parameterNames == ["layers.0.weight", "layers.1.weight", "layers.1.bias", "factor"])
    #expect(network.statisticNames.isEmpty)
  }

  @Test(
    "an array of tensors has numbers, one tensor the empty name, and a value without names numbers in order of visits"
  )
  func others() {
    #expect([Tensor(1), Tensor(2)].parameterNames == ["0", "1"])
    #expect(Tensor(1).namedTensors.map(\.name) == [""])
    #expect([Pair(), Pair()].parameterNames == ["0.0", "0.1", "1.0", "1.1"])
  }

  @Test("a visit with names stores its changes to a tensor")
  func storing() {
    var network = Network()
    network.forEachNamedTensor { name, tensor in if name.hasSuffix("runningMean") { tensor = tensor + 7 } }
    #expect(network.statistics == [Tensor([7, 7]), Tensor([7, 7])])
    #expect(network.parameters == Network().parameters)
  }
}

/// A value that gives one name to both of its tensors.
private struct Twins: Parameterized {
  var tensors = [Tensor(1), Tensor(2)]
  var parameterNames: [String] { ["a", "a"] }
  mutating func forEachParameter(_ visit: (inout Tensor) throws -> Void) rethrows {
    try tensors.forEachParameter(visit)
  }
  mutating func forEachStatistic(_ visit: (inout Tensor) throws -> Void) rethrows {}
}

extension Mistake {
  static let naming = [
    Mistake("cannot name the 2 parameters and 0 statistics of Twins [\"a\", \"a\"]: ") { Twins().namedTensors.count },
    Mistake("cannot name a Tensor that Computed lists: it is not a stored property") {
      Computed().parameterNames
    },
    Mistake("cannot fill [2] of float with 4 bytes: it holds 8") {
      Tensor(littleEndianBytes: [1, 2, 3, 4], shape: [2], scalarType: .float)
    },
  ]
}

@Suite("Tensors as bytes and within encoded values")
struct SavingTests {
  @Test("bytes are those of the elements in row-major order, the lowest first")
  func bytes() {
    #expect(Tensor([1, -2]).littleEndianBytes == [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0])
    #expect(Tensor(1, scalarType: .double).littleEndianBytes == [0, 0, 0, 0, 0, 0, 0xF0, 0x3F])
    #expect(Tensor([[1, 2], [3, 4]]).transposed.littleEndianBytes == Tensor([1, 3, 2, 4]).littleEndianBytes)
    #expect(Tensor.zeros([0, 3]).littleEndianBytes.isEmpty)
  }

  @Test(
    "every bit comes back: of views, of NaN, of the smallest numbers", arguments: [ScalarType.float, .double])
  func roundTrip(type: ScalarType) {
    let x = Tensor(
      [0.1, -0.0, .infinity, -.infinity, .nan, Double.leastNonzeroMagnitude, 1e-45, 3.4e38], shape: [2, 4],
      scalarType: type)
    for view in [x, x.transposed, x[1], x[0..<1], x.sliced(1..<3, axis: 1), x.reshaped([2, 2, 2])] {
      let bytes = view.littleEndianBytes
      let back = Tensor(littleEndianBytes: ([9] + bytes).dropFirst(), shape: view.shape, scalarType: type)
      #expect(back.littleEndianBytes == bytes && back.shape == view.shape && back.scalarType == type)
    }
  }

  @Test("a coder with a store gets the names of tensors and the store the tensors; without one it gets the numbers")
  func coding() throws {
    let value = ["m": [Tensor([1, 2]), Tensor(3, scalarType: .double)]]
    let store = TensorStore(prefix: "adam/")
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    encoder.userInfo = store.userInfo
    let json = try encoder.encode(value)
    #expect(String(decoding: json, as: UTF8.self) == #"{"m":["adam/m.0","adam/m.1"]}"#)
    #expect(store.tensors == ["adam/m.0": Tensor([1, 2]), "adam/m.1": Tensor(3, scalarType: .double)])

    let decoder = JSONDecoder()
    decoder.userInfo = TensorStore(store.tensors).userInfo
    #expect(try decoder.decode([String: [Tensor]].self, from: json) == value)
    decoder.userInfo = TensorStore().userInfo
    #expect(throws: DecodingError.self) { try decoder.decode([String: [Tensor]].self, from: json) }

    let plain = try JSONDecoder().decode([String: [Tensor]].self, from: JSONEncoder().encode(value))
    #expect(plain == value && plain["m"]?[1].scalarType == .double)
  }

  @Test(
    "a wrongly encoded tensor is refused",
    arguments: [
      #"{"shape":[2],"scalarType":"float","scalars":[1]}"#, #"{"shape":[-1],"scalarType":"float","scalars":[]}"#,
      #"{"shape":[1],"scalarType":"half","scalars":[1]}"#,
      #"{"shape":[4294967296,4294967296],"scalarType":"float","scalars":[]}"#,
    ])
  func wrong(json: String) {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(Tensor.self, from: Data(json.utf8)) }
  }

  @Test("a random source continues where it was, and four zeros are refused")
  func randomSource() throws {
    let source = RandomSource(seed: 7)
    _ = source.uniform([100])
    let copy = try JSONDecoder().decode(RandomSource.self, from: JSONEncoder().encode(source))
    #expect(copy.state == source.state && copy.next() == source.next())
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(RandomSource.self, from: Data("[0,0,0,0]".utf8)) }
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(RandomSource.self, from: Data("[1,2,3]".utf8)) }
  }
}
