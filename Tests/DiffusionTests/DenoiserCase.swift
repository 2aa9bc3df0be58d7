import Backprop
import Checking
import Diffusion
import Tensors
import Testing
import Training

/// The record of ten steps by the simple loss with given t and noise.
struct RecordedDenoiser: Decodable {
  /// What the data are made from, and the noise.
  let inputs: [TensorRecipe]
  let parameters: [TensorRecipe]
  /// t of the listing, from 0 on, for each step and each example.
  let integers: [[Int]]
  /// The class of each example at each step; −1 stands for none.
  let classes: [[Int]]?
  let first, gradients, losses, trained: [RecordedArray]
}

/// How a model predicts the noise in x_t, for a step and a recorded class of each example.
typealias Predicting<M> = @Sendable (_ model: M, _ x: Tensor, _ t: [Int], _ classes: [Int]) -> Tensor

/// A predictor of noise with the name of its record, and its optimizer.
struct DenoiserCase: Sendable {
  let name: String
  let compare: @Sendable (RecordedDenoiser, ScalarType) throws -> [(String, Double)]

  /// A predictor that gets the recorded numbers and is trained on the recorded data.
  init<M: Model & NoisePredictor>(
    _ name: String, _ optimizer: some Optimizer, _ make: @escaping @Sendable (RandomSource) -> M
  ) {
    self.init(name, optimizer, make) { model, x, t, _ in model.noise(in: x, at: t) }
  }

  /// A model that gets the recorded numbers and is trained on the recorded data. `predict` also gets the classes.
  init<M: Model>(
    _ name: String, _ optimizer: some Optimizer, _ make: @escaping @Sendable (RandomSource) -> M,
    predict: @escaping Predicting<M>
  ) {
    self.init(
      name, optimizer, from: { weights, x in (make(RandomSource(seed: 1)).filled(with: weights), x) }, predict: predict)
  }

  /// A model that is made, like its data, from the recorded numbers and inputs.
  init<M: Model, O: Optimizer>(
    _ name: String, _ optimizer: O,
    from make: @escaping @Sendable (_ weights: ArraySlice<Tensor>, _ input: Tensor) -> (model: M, data: Tensor),
    predict: @escaping Predicting<M>
  ) {
    self.name = name
    compare = { record, type in
      let noise = record.inputs[1].made(type)
      var (model, x0) = make(record.parameters.map { $0.made(type) }[...], record.inputs[0].made(type))
      var (optimizer, losses, found) = (optimizer, [Double](), [(String, Double)]())
      func compare(_ what: String, _ tensors: [Tensor], _ recorded: [RecordedArray]) {
        #expect(tensors.count == recorded.count)
        found += zip(tensors, recorded).map { (what, $1.deviation(of: $0)) }
      }
      let (schedule, N) = (NoiseSchedule.linear(), x0.shape[0])
      for (step, times) in record.integers.enumerated() {
        let t = times.map { $0 + 1 }
        let ε = noise.gathered((0..<N).map { n in (n + 10 * N - step) % N })  // torch.roll
        let x = schedule.noised(x0, at: t, noise: ε)
        var predicted = Tensor(0)
        let (loss, gradient) = valueWithGradient(at: model) { model in
          predicted = predict(model, x, t, record.classes?[step] ?? [])
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
}

/// Records an issue unless these trainings are those of a golden file, and each agrees with its record: to 10⁻¹⁰ in
/// `Double`, to 10⁻⁴ in `Float`.
func expectAgreement(_ file: String, _ cases: [DenoiserCase], _ type: ScalarType) throws {
  struct Records: Decodable { let denoisers: [String: RecordedDenoiser] }
  let records = try golden(file, as: Records.self).denoisers
  #expect(cases.map(\.name).sorted() == records.keys.sorted())
  for denoiser in cases {
    guard let record = records[denoiser.name] else { continue }
    for (what, deviation) in try denoiser.compare(record, type) {
      #expect(deviation <= (type == .double ? 1e-10 : 1e-4), "\(denoiser.name): \(what)")
    }
  }
}

extension Model {
  /// The model with these parameters, in order and all of them used.
  func filled(with parameters: ArraySlice<Tensor>) -> Self {
    var (copy, rest) = (self, parameters)
    copy.forEachParameter { if let next = rest.popFirst() { $0 = next } }
    #expect(rest.isEmpty && parameters.count == self.parameters.count)
    return copy
  }
}
