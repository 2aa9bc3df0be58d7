import CNN
import Checking
import DataSets
import Tensors
import Testing
import Training
import VAE

@Suite("Exercise 9.5 A VQ-VAE")
struct Exercise9_5Tests {
  private let random = RandomSource(seed: 5)

  @Test("Exercise 9.5.1: 512 codes of 64 numbers are 32,768 numbers, on a 7×7 grid of codes for 28×28 pixels")
  func sizes() {
    let model = VectorQuantizedAutoencoder(
      codebook: VectorQuantizer(codes: 512, width: 64, random: random), random: random)
    #expect(model.codebook.parameterCount == 32_768)
    let x = random.uniform([2, 1, 28, 28], in: 0..<1)
    #expect(model.encoded(x).shape == [2, 64, 7, 7])
    let codes = model.codes(of: x)
    #expect(codes.count == 2 && codes.allSatisfy { $0.count == 49 && $0.allSatisfy((0..<512).contains) })
    let x̂ = model.reconstructed(x)
    #expect(x̂.shape == x.shape)
    expectClose(model.decoded(codes: codes), x̂, tolerance: 1e-6, scale: 1)
    #expect(unlistedParameters(in: model).isEmpty)
  }

  @Test("Definition 9.8: one code for an image allows at most K reconstructions, 9 bits for K = 512; a grid 441 bits")
  func bits() {
    let small = random.normal([200, 1, 4, 4])
    var model = VectorQuantizedAutoencoder(
      width: 4, codebook: VectorQuantizer(codes: 8, width: 4, random: random), random: random)
    model.codebook.restart(CodeUsage(codes: 8), at: model.rows(model.encoded(small)), using: random)
    /// How many different images come out.
    func different(_ x: Tensor) -> Int {
      let x̂ = model.reconstructed(x).flattened(from: 1)
      return Set((0..<x.shape[0]).map { x̂[$0].scalars.map { ($0 * 1e4).rounded() } }).count
    }
    #expect(2...8 ~= different(small))  // a grid of one code
    #expect(different(random.normal([200, 1, 8, 8])) > 8)  // one of four
    #expect(abs(codeBits(512, places: 1) - 9) < 1e-12 && abs(codeBits(512, places: 49) - 441) < 1e-9)
  }

  @Test("Exercise 9.5.2: each place of the grid is quantized by itself, row by row")
  func places() {
    let model = VectorQuantizedAutoencoder(
      width: 4, codebook: VectorQuantizer(vectors: random.normal([8, 5])), random: random)
    let x = random.normal([2, 1, 12, 8])
    let (z, codes) = (model.encoded(x), model.codes(of: x))
    for n in 0..<2 {
      for (place, code) in codes[n].enumerated() {
        let column = z[n].sliced(place / 2..<place / 2 + 1, axis: 1).sliced(place % 2..<place % 2 + 1, axis: 2)
        #expect(model.codebook.nearest(to: column.reshaped([1, 5])) == [code])
      }
    }
  }

  @Test(
    "Exercise 9.5.3, Exercise 9.5.4: the reconstruction falls, the other terms too, and restarts keep the codes in use"
  )
  func learns() throws {
    let digits = try LabeledImages.opticalDigits().prefix(400).images
    func run(restarts: Bool) -> (history: History, model: VectorQuantizedAutoencoder<VectorQuantizer>) {
      let random = RandomSource(seed: 6)
      var model = VectorQuantizedAutoencoder(
        width: 8, codebook: VectorQuantizer(codes: 32, width: 8, random: random), random: random)
      let history = trainQuantized(
        &model, on: digits, learningRate: 3e-3, restartsDeadCodes: restarts,
        plan: TrainingPlan(epochs: 14, batchSize: 25), random: random)
      return (history, model)
    }
    let (with, without) = (run(restarts: true), run(restarts: false))
    for name in ["reconstruction", "codebook", "commitment"] {
      let course = with.history[name]
      let top = course.max() ?? 0
      #expect((course.last ?? 1) < 0.7 * top, "\(name): \(course)")
    }
    #expect((with.history["used"].last ?? 0) > (without.history["used"].last ?? 0))
    #expect((with.history["restarted"].first ?? 0) > 0 && without.history["restarted"].allSatisfy { $0 == 0 })
    #expect(zip(with.history["perplexity"], with.history["used"]).allSatisfy { $0 <= $1 + 1e-9 && $0 >= 1 })
    // The mean image has an error of its own, and so has every model that ignores the codes.
    let mean = digits.mean(axes: [0], keepsAxes: true)
    let baseline = (digits - mean).squared().sum(axes: [1, 2, 3]).mean().item
    #expect((with.history["reconstruction"].last ?? baseline) < 0.65 * baseline)
  }
}
