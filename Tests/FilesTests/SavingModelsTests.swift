import Checking
import Files
import Foundation
import Tensors
import Testing
import Training

private struct Layer: Module {
  var weight: Tensor
  var bias: Tensor?
  var runningMean = Tensor.zeros([2], scalarType: .double)
  static var parameters: [PartialKeyPath<Self>] { [\.weight, \.bias] }
  static var statistics: [PartialKeyPath<Self>] { [\.runningMean] }

  init(_ inputs: Int, _ outputs: Int, bias: Bool = true, random: RandomSource) {
    weight = random.normal([inputs, outputs])
    self.bias = bias ? random.normal([outputs]) : nil
  }

  func callAsFunction(_ x: Tensor) -> Tensor { matmul(x, weight) + (bias ?? Tensor(0)) }
}

private struct Network: Module {
  var layers: [Layer]
  static var parameters: [PartialKeyPath<Self>] { [\.layers] }

  init(_ widths: [Int], bias: Bool = true, seed: UInt64 = 1) {
    let random = RandomSource(seed: seed)
    layers = zip(widths, widths.dropFirst()).map { Layer($0, $1, bias: bias, random: random) }
  }

  func callAsFunction(_ x: Tensor) -> Tensor { layers.reduce(x) { $1($0).tanh() } }
}

/// Whether two models have the same tensors under the same names, bit for bit.
private func isSame<M: Parameterized>(_ a: M, _ b: M) -> Bool {
  let (a, b) = (a.namedTensors, b.namedTensors)
  return a.map(\.name) == b.map(\.name)
    && zip(a, b).allSatisfy {
      $0.tensor.littleEndianBytes == $1.tensor.littleEndianBytes && $0.tensor.shape == $1.tensor.shape
    }
}

@Suite("Saving: models, optimizers, random sources")
struct SavingModelsTests {
  private let start = Network([4, 3, 2])

  @Test("a model comes back with its parameters and statistics")
  func model() throws {
    try TemporaryFolder.temporary { folder in
      var saved = start
      saved.layers[1].runningMean = Tensor([0.1, .nan], scalarType: .double)
      let path = folder.path + "/model.safetensors"
      try save(saved, metadata: ["widths": "4 3 2"], to: path)
      var loaded = Network([4, 3, 2], seed: 2)
      try load(into: &loaded, from: path)
      #expect(isSame(loaded, saved) && !isSame(loaded, start))
      let file = try SafetensorsFile(path: path)
      #expect(file.metadata["widths"] == "4 3 2" && file.metadata["saved as"] == "Deep Learning in Swift, version 1")
      #expect(file.names.contains("layers.0.weight") && file.names.contains("layers.1.runningMean"))
    }
  }

  @Test(
    "training resumes from a file as if never interrupted: model, optimizer and random source return bit for bit")
  func training() throws {
    let x = RandomSource(seed: 3).normal([20, 4])
    func steps(_ model: inout Network, _ adam: inout Adam, _ random: RandomSource) {
      for _ in 0..<5 {
        let noise = random.normal([20, 2])
        adam.update(&model, along: gradient(at: model) { ($0(x) - noise).squared().mean() })
      }
    }
    try TemporaryFolder.temporary { folder in
      let path = folder.path + "/training.safetensors"
      var (model, adam, random) = (start, Adam(learningRate: 0.1 / 3, weightDecay: 1e-300), RandomSource(seed: 9))
      steps(&model, &adam, random)
      try save(model, with: ["optimizer": adam, "random": random], to: path)
      steps(&model, &adam, random)

      var loaded = Network([4, 3, 2], seed: 4)
      try load(into: &loaded, from: path)
      var again = try load(Adam.self, named: "optimizer", from: path)
      random = try load(RandomSource.self, named: "random", from: path)
      #expect(again.learningRate == 0.1 / 3 && again.weightDecay == 1e-300)
      steps(&loaded, &again, random)
      #expect(isSame(loaded, model))
      #expect(try SafetensorsFile(path: path).names.contains("optimizer/m.0"))
    }
  }

  @Test("numbers come back bit for bit, NaN too")
  func numbers() throws {
    let random = RandomSource(seed: 5)
    let bits = (0..<2_000).map { _ in Double(bitPattern: random.next()) }.map { $0.isNaN ? .nan : $0 }
    let values =
      bits + [.infinity, -.infinity, .nan, -0.0, 0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 0.1, 1e22, 1e-7]
    try TemporaryFolder.temporary { folder in
      let path = folder.path + "/numbers"
      try save(start, with: ["numbers": values, "whole": [UInt64.max, 0, 1 << 53 + 1]], to: path)
      let read = try load([Double].self, named: "numbers", from: path)
      #expect(read.map(\.bitPattern) == values.map(\.bitPattern))
      #expect(try load([UInt64].self, named: "whole", from: path) == [UInt64.max, 0, 1 << 53 + 1])
    }
  }

  @Test("names that differ by a common prefix are refused with the argument that makes them fit")
  func prefixes() throws {
    try TemporaryFolder.temporary { folder in
      let path = folder.path + "/model"
      let parallel = start.namedTensors.map { (name: "module." + $0.name, tensor: $0.tensor) }
      try SafetensorsFile.write(parallel, to: path)
      var loaded = Network([4, 3, 2], seed: 4)
      let error = dataError { try load(into: &loaded, from: path) }
      #expect(
        error.contains(
          "all names begin with \"module.\" in the file, but not in the model. "
            + "Add an argument to load, name: { \"module.\" + $0 }"), "\(error)")
      try load(into: &loaded, from: path, name: { "module." + $0 })
      #expect(isSame(loaded, start))
    }
  }

  @Test("a file that does not fit is refused with its name, the tensor's, and what was expected; the model stays")
  func misfits() throws {
    try TemporaryFolder.temporary { folder in
      let path = folder.path + "/model"
      try save(start, to: path)
      func message(_ model: Network) -> String {
        var loaded = model
        let text = dataError { try load(into: &loaded, from: path) }
        #expect(isSame(loaded, model) && text.contains(path))
        return text
      }
      #expect(
        message(Network([4, 5, 2])).contains(
          "cannot load \"layers.0.weight\" from \(path): expected float [4×5], found float [4×3]"))
      #expect(message(start.converted(to: .double)).contains("expected double [4×3], found float [4×3]"))
      #expect(
        message(Network([4, 3, 2, 2])).contains(
          "cannot take tensor \"layers.2.weight\" from \(path): there is no tensor with this name"))
      #expect(
        message(Network([4, 3])).contains("has 3 tensors that the model does not have, such as \"layers.1.bias\""))
      #expect(message(Network([4, 3, 2], bias: false)).contains("the file has 2 tensors that the model does not have"))
    }
  }

  @Test("a file made elsewhere is loaded by its own names, and the rest is ignored")
  func otherNames() throws {
    try TemporaryFolder.temporary { folder in
      let path = folder.path + "/other"
      let renamed = start.namedTensors.map {
        (name: "net." + $0.name.replacing("layers.", with: "fc"), tensor: $0.tensor)
      }
      try SafetensorsFile.write(renamed + [("net.batches", Tensor(7))], to: path)
      var loaded = Network([4, 3, 2], seed: 2)
      let name = { (own: String) in "net." + own.replacing("layers.", with: "fc") }
      #expect(dataError { try load(into: &loaded, from: path, name: name) }.contains("such as \"net.batches\""))
      try load(into: &loaded, from: path, name: name, ignoring: { $0 == "net.batches" })
      #expect(isSame(loaded, start))
    }
  }

  @Test("a value of another type, or a missing one, is refused")
  func values() throws {
    try TemporaryFolder.temporary { folder in
      let path = folder.path + "/values"
      try save(start, with: ["optimizer": GradientDescent(learningRate: 1)], to: path)
      #expect(
        dataError { try load(Adam.self, named: "optimizer", from: path) }.contains(
          "cannot load Adam 'optimizer' from \(path)"))
      #expect(dataError { try load(Adam.self, named: "adam", from: path) }.contains("it has no value named 'adam'"))
      #expect(dataError { try load(Adam.self, named: "model", from: path) }.contains("cannot load Adam 'model'"))
    }
  }

  @Test("a disk that becomes full while saving leaves the old file and no other")
  func fullDisk() async {
    await #expect(processExitsWith: .success) {
      try TemporaryFolder.temporary { folder in
        let path = folder.path + "/model"
        try save(Network([4, 3, 2]), to: path)
        let old = try Data(contentsOf: URL(filePath: path))
        signal(SIGXFSZ, SIG_IGN)
        limitFileSize(8_192)
        do {
          try save(Network([200, 100]), to: path)
          exit(2)
        } catch let error as DataError {
          guard error.description.hasPrefix("cannot write \(path): File too large. ") else { exit(3) }
        }
        guard try Data(contentsOf: URL(filePath: path)) == old else { exit(4) }
        guard try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["model"] else { exit(5) }
      }
    }
  }

  @Test("a missing folder is reported, and a link is followed")
  func places() throws {
    try TemporaryFolder.temporary { folder in
      let nowhere = folder.path + "/no/model"
      #expect(
        dataError { try save(start, to: nowhere) }.contains("cannot write \(nowhere): No such file or directory."))
      let (path, link) = (folder.path + "/model", folder.path + "/link")
      try save(start, to: path)
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "model")
      let other = Network([4, 3, 2], seed: 8)
      try save(other, to: link)
      var loaded = start
      try load(into: &loaded, from: path)
      #expect(isSame(loaded, other))
    }
  }
}
