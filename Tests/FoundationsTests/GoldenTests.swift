import Checking
import Foundations
import Tensors
import Testing
import Training

@Suite("Chapter 1 computes what PyTorch computes")
struct GoldenTests {
  private let reference: Reference

  init() throws { reference = try golden("foundations") }

  @Test("the network of Definition 1.1 has PyTorch's logits, loss and gradient in every parameter")
  func network() {
    let r = reference.mlp
    let network = MLP(r.widths, random: RandomSource(seed: 1)).withParameters(from: vector(r.parameters))
    expectClose(network(r.x).flattened(from: 0), vector(r.logits), tolerance: 1e-10)
    let (loss, g) = valueWithGradient(at: network) { crossEntropy(logits: $0(r.x), labels: r.labels) }
    expectClose(loss, number(r.losses[0]), tolerance: 1e-10)
    expectClose(g.flattened, vector(r.gradients), tolerance: 1e-10, scale: 1e-6)
  }

  @Test("ten steps of Adam take the network where PyTorch's take it, by the same losses")
  func training() {
    let r = reference.mlp
    var network = MLP(r.widths, random: RandomSource(seed: 1)).withParameters(from: vector(r.parameters))
    var (losses, trained): ([Double], [Tensor]) = ([], [])
    var optimizer = Adam(learningRate: 1e-3)
    for _ in 0..<10 {
      let (loss, g) = valueWithGradient(at: network) { crossEntropy(logits: $0(r.x), labels: r.labels) }
      optimizer.update(&network, along: g)
      losses.append(loss.item)
      trained.append(network.flattened)
    }
    expectClose(trained[0], vector(r.trained[0]), tolerance: 1e-10, "step 1")
    expectClose(trained[9], vector(r.trained[1]), tolerance: 1e-10, "step 10")
    expectClose(vector(losses), vector(r.losses), tolerance: 1e-10)
  }

  @Test("§ 1.1.2: the activation functions have PyTorch's values and derivatives")
  func activations() {
    let r = reference.activations
    let functions: [String: (Tensor) -> Tensor] = [
      "softmax": { softmax($0) }, "log-softmax": { logSoftmax($0) }, "sigmoid": sigmoid, "tanh": tanh, "ReLU": relu,
      "Leaky ReLU": { leakyReLU($0) }, "GELU": gelu, "GELU (tanh form)": geluByTanh,
    ]
    #expect(Set(functions.keys) == Set(r.functions.keys))
    for (name, f) in functions {
      guard let expected = r.functions[name] else { continue }
      expectClose(f(vector(r.grid)), vector(expected.values), tolerance: 1e-10, scale: 1e-5, name)
      let slopes = gradient(at: vector(r.grid)) { (f($0) * vector(r.weights)).sum() }
      expectClose(slopes, vector(expected.slopes), tolerance: 1e-10, scale: 1e-5, "\(name)′")
    }
  }

  @Test("§ 1.3: the loss functions have PyTorch's values and gradients")
  func losses() {
    let r = reference.losses
    let z = vector(r.predictions).reshaped([5, 4])
    let losses: [String: (Tensor) -> Tensor] = [
      "mean squared error": { meanSquaredError($0, vector(r.targets).reshaped([5, 4])) },
      "cross-entropy": { crossEntropy(logits: $0, labels: r.labels) },
      "binary cross-entropy": {
        binaryCrossEntropy(logits: $0.sliced(0..<1, axis: 1).reshaped([5]), targets: vector(r.bits))
      },
    ]
    #expect(Set(losses.keys) == Set(r.cases.keys))
    for (name, f) in losses {
      guard let expected = r.cases[name] else { continue }
      let (value, slope) = valueWithGradient(at: z, of: f)
      expectClose(value, number(expected.value), tolerance: 1e-10, name)
      expectClose(slope.flattened(from: 0), vector(expected.gradient), tolerance: 1e-10, name)
    }
  }

  @Test("§ 1.8: a Mixer layer and a whole Mixer have PyTorch's outputs and gradients")
  func mixer() {
    let r = reference.mixer
    let network = MLPMixer(MixerTests.tiny, random: RandomSource(seed: 1)).withParameters(from: vector(r.parameters))
    let layer = network.layers[0](vector(r.tokens).reshaped([2, 4, 6]))
    expectClose(layer.flattened(from: 0), vector(r.layer), tolerance: 1e-10)
    let images = vector(r.images).reshaped([2, 2, 4, 4])
    expectClose(network(images).flattened(from: 0), vector(r.logits), tolerance: 1e-10)
    let (loss, g) = valueWithGradient(at: network) { crossEntropy(logits: $0(images), labels: r.labels) }
    expectClose(loss, number(r.loss), tolerance: 1e-10)
    expectClose(g.flattened, vector(r.gradients), tolerance: 1e-10, scale: 1e-4)
    let pixels = gradient(at: images) { crossEntropy(logits: network($0), labels: r.labels) }
    expectClose(pixels.flattened(from: 0), vector(r.imageGradients), tolerance: 1e-10, scale: 1e-4)
  }
}

private func vector(_ scalars: [Double]) -> Tensor { Tensor(scalars, scalarType: .double) }
private func number(_ scalar: Double) -> Tensor { Tensor(scalar, scalarType: .double) }

/// What Golden/foundations.py writes.
private struct Reference: Decodable {
  struct Network: Decodable {
    let widths, labels: [Int]
    let parameters, inputs, logits, losses, gradients: [Double]
    let trained: [[Double]]
    var x: Tensor { vector(inputs).reshaped([labels.count, widths[0]]) }
  }
  struct Function: Decodable { let values, slopes: [Double] }
  struct Activations: Decodable {
    let grid, weights: [Double]
    let functions: [String: Function]
  }
  struct Loss: Decodable {
    let value: Double
    let gradient: [Double]
  }
  struct Losses: Decodable {
    let predictions, targets, bits: [Double]
    let labels: [Int]
    let cases: [String: Loss]
  }
  struct Mixer: Decodable {
    let labels: [Int]
    let parameters, images, tokens, layer, logits, gradients, imageGradients: [Double]
    let loss: Double
  }
  let mlp: Network
  let activations: Activations
  let losses: Losses
  let mixer: Mixer
}
