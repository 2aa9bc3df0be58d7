import Backprop
import Checking
import Diffusion
import Foundations
import Tensors
import Testing
import Training

@Suite("§ 10.5, Listing 10.8a and b  Networks beside PyTorch")
struct NetworkReferenceTests {
  @Test(
    "§ 10.5, § 10.5.1, (10.19), Listing 10.8a: both time embeddings, the blocks and the attention are PyTorch's",
    arguments: [ScalarType.double, .float])
  func passes(type: ScalarType) throws {
    try expectAgreement(
      "diffusion_models",
      [
        PassCase("timeEmbedding") { inputs, t in
          matmul(
            inputs[0],
            timeEmbedding(t[0].map(Double.init), dimension: 16, scalarType: inputs[0].scalarType))
        },
        PassCase("interleavedTimeEmbedding") { inputs, t in
          matmul(inputs[0], interleavedTimeEmbedding(t[0], dimension: 16, scalarType: inputs[0].scalarType))
        },
        block("TimeBlock", 8, 16), block("TimeBlock, one channel", 1, 8), block("TimeBlock, same channels", 16, 16),
        .layer { MapAttention(channels: 8, random: $0) },
      ], type)
  }

  @Test(
    "Listing 10.8a and b, (10.8), (10.16): ten steps with given t and noise are PyTorch's to 10⁻¹⁰",
    arguments: [ScalarType.double, .float])
  func trainings(type: ScalarType) throws {
    let records = try golden("diffusion_models", as: DenoiserRecords.self).denoisers
    #expect(cases.map(\.name).sorted() == records.keys.sorted())
    for (name, compare) in cases {
      guard let record = records[name] else { continue }
      for (what, deviation) in try compare(record, type) {
        #expect(deviation <= (type == .double ? 1e-10 : 1e-4), "\(name): \(what)")
      }
    }
  }
}

/// A block as a function of x, t and its parameters.
private func block(_ name: String, _ inputs: Int, _ outputs: Int) -> PassCase {
  PassCase(name) { tensors, _ in
    var block = TimeBlock(inputs, outputs, time: 6, random: RandomSource(seed: 1))
    var rest = tensors[2...]
    block.forEachParameter { if let next = rest.popFirst() { $0 = next } }
    return block(tensors[0], time: tensors[1])
  }
}

/// The recorded trainings by the simple loss.
private struct DenoiserRecords: Decodable {
  let denoisers: [String: Record]
  struct Record: Decodable {
    let inputs, parameters: [TensorRecipe]
    /// t of the listing, from 0 on, for each step and each image.
    let integers: [[Int]]
    let first, gradients, losses, trained: [RecordedArray]
  }
}

private typealias Comparer = @Sendable (DenoiserRecords.Record, ScalarType) throws -> [(String, Double)]

private let cases: [(name: String, compare: Comparer)] = [
  ("UNet, Listing 10.8", trained({ $0.hasStem = false }, Momentum(learningRate: 1e-4, momentum: 0.9))),
  ("UNet, with a stem", trained({ ($0.width, $0.time) = (8, 16) }, Adam(learningRate: 2e-4, epsilon: 1e-3))),
  (
    "UNet, with attention, three channels",
    trained(
      { ($0.channels, $0.width, $0.time, $0.hasAttention) = (3, 8, 16, true) },
      Momentum(learningRate: 1e-4, momentum: 0.9))
  ),
]

/// Ten steps of a U-Net that gets the recorded numbers, compared with the record.
private func trained<O: Optimizer>(
  _ change: @escaping @Sendable (inout UNetSizes) -> Void, _ optimizer: O
) -> Comparer {
  { record, type in
    var (sizes, optimizer) = (UNetSizes(), optimizer)
    change(&sizes)
    var model = UNet(sizes, random: RandomSource(seed: 1)).converted(to: type)
    var rest = record.parameters.map { $0.made(type) }[...]
    model.forEachParameter { if let next = rest.popFirst() { $0 = next } }
    #expect(rest.isEmpty)
    let (x0, noise) = (record.inputs[0].made(type), record.inputs[1].made(type))
    let (schedule, N) = (NoiseSchedule.linear(), x0.shape[0])
    var (losses, found) = ([Double](), [(String, Double)]())
    func compare(_ what: String, _ tensors: [Tensor], _ recorded: [RecordedArray]) {
      #expect(tensors.count == recorded.count)
      found += zip(tensors, recorded).map { (what, $1.deviation(of: $0)) }
    }
    for (step, times) in record.integers.enumerated() {
      let t = times.map { $0 + 1 }
      let ε = noise.gathered((0..<N).map { n in (n + 10 * N - step) % N })  // torch.roll
      let x = schedule.noised(x0, at: t, noise: ε)
      var predicted = Tensor(0)
      let (loss, gradient) = valueWithGradient(at: model) { model in
        predicted = model.noise(in: x, at: t)
        return (ε - predicted).squared().mean()
      }
      losses.append(loss.item)
      if step == 0 {
        compare("prediction", [predicted], record.first)
        compare("gradient", gradient.parameters, record.gradients)
      }
      optimizer.update(&model, along: gradient)
    }
    compare("losses", [Tensor(losses, scalarType: .double)], record.losses)
    compare("trained parameter", model.parameters, record.trained)
    return found
  }
}
