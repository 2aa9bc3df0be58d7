import CNN
import Checking
import Tensors
import Testing
import Training
import VAE

@Suite("§ 9.7 Vector quantization")
struct VectorQuantizerTests {
  private let random = RandomSource(seed: 9)
  private var book: VectorQuantizer { VectorQuantizer(vectors: spread([7, 3])) }
  private var z: Tensor { spread([20, 3], offset: 50) }

  @Test("(9.24): the code of a vector is the nearest of all, by every distance one after the other")
  func nearest() {
    let (e, rows) = (book.vectors, z)
    let expected = (0..<20).map { n in
      let distances = (0..<7).map { (rows[n] - e[$0]).norm().item }
      return distances.indices.min { distances[$0] < distances[$1] }
    }
    #expect(book.nearest(to: rows).map(Optional.some) == expected)
    // Of two equal vectors the first is taken.
    let twice = VectorQuantizer(vectors: Tensor([[1, 0], [0, 1], [1, 0]], scalarType: .double))
    #expect(twice.nearest(to: Tensor([[1, 0], [0.9, 0.1]], scalarType: .double)) == [0, 0])
  }

  @Test("Definition 9.8: the output is a row of the codebook to the last bit, in Float too, and on every grid")
  func rows() {
    let book = VectorQuantizer(vectors: random.normal([7, 3]))
    let z = random.normal([4, 5, 3])
    let y = book(z).reshaped([20, 3])
    #expect(y == book.vectors.gathered(book.nearest(to: z.reshaped([20, 3]))))
    // The hint of Exercise 9.5 has the same gradient, and the value up to rounding.
    let hint = z.reshaped([20, 3]) + (y - z.reshaped([20, 3])).stopGradient
    expectClose(hint, y, tolerance: 1e-6, scale: 1)
  }

  @Test("Remark 9.9: the gradient of z_e is that of z_q, and none reaches the codebook through the output")
  func straight() {
    struct Both: Model {
      var book: VectorQuantizer
      var z: Tensor
      static var parameters: [PartialKeyPath<Both>] { [\.book, \.z] }
    }
    let weights = spread([20, 3], offset: 90)
    let slope = gradient(at: Both(book: book, z: z)) { ((weights * $0.book($0.z)).squared()).sum() }
    let z_q = book(z)
    let expected = gradient(at: z_q) { ((weights * $0).squared()).sum() }
    #expect(slope.z == expected)
    #expect(slope.book.vectors.abs().max().item == 0)
  }

  @Test(
    "(9.25): the reconstruction reaches encoder and decoder, the codebook term the codebook, commitment the encoder")
  func sides() {
    let model = VectorQuantizedAutoencoder(
      width: 3, codebook: VectorQuantizer(vectors: spread([6, 4]).converted(to: .float)), random: random
    ).converted(to: .double)
    let x = spread([2, 1, 8, 8])
    func reached(_ term: (QuantizationTerms) -> Tensor) -> [Bool] {
      let slope = gradient(at: model) { term($0.terms(of: x)).sum() }
      let parts: [[Tensor]] = [
        slope.encoder.parameters, slope.codebook.parameters, slope.widening.parameters + slope.decoder.parameters,
      ]
      return parts.map { $0.contains { $0.abs().max().item > 0 } }
    }
    #expect(reached(\.reconstruction) == [true, false, true])
    #expect(reached(\.codebook) == [false, true, false])
    #expect(reached(\.commitment) == [true, false, false])
  }

  @Test("(9.25): the gradient of the codebook term is 2 Σ (e_k − z_e) over the vectors of code k")
  func codebookGradient() {
    let (codes, z) = (book.nearest(to: z), z)
    let slope = gradient(at: book) { $0.quantized(z).codebookTerm.sum() }
    let expected = 2 * (book.vectors.gathered(codes) - z).scatterAdded(codes, length: 7)
    expectClose(slope.vectors, expected, tolerance: 1e-13, scale: 1)
    expectGradient(at: book) { $0.quantized(z).codebookTerm.sum() }
  }

  @Test("§ 9.7: an averaged codebook is m/N with decayed sums and counts, in training alone, and has no gradient")
  func averaged() {
    let start = AveragedQuantizer(vectors: book.vectors, decay: 0.9)
    let (codes, z) = (start.nearest(to: z), z)
    var moved = start
    _ = moved.observing(mode: .evaluation) { $0(z) }
    #expect(moved.vectors == start.vectors)
    _ = moved.observing { $0(z) }
    for k in 0..<7 {
      let members = codes.indices.filter { codes[$0] == k }
      let N = 0.9 + 0.1 * Double(members.count)
      let m = 0.9 * start.vectors[k] + 0.1 * members.map { z[$0] }.reduce(Tensor.zeros([3], scalarType: .double), +)
      expectClose(moved.vectors[k], m / N, tolerance: 1e-13, scale: 1)
    }
    var adopted = start
    let slope = gradient(at: adopted) { $0.quantized(z).commitmentTerm.sum() }
    adopted.adoptStatistics(of: slope)
    #expect(adopted.vectors == moved.vectors && start.parameterCount == 0)
  }

  @Test(
    "§ 9.7: the vector of an averaged code that is never used stays through any number of steps, and can move again")
  func unused() {
    for γ in [0, 0.5, 0.99] {
      for type in [ScalarType.float, .double] {
        let start = Tensor([[0, 0], [100, -3]], scalarType: type)
        var book = AveragedQuantizer(vectors: start, decay: γ)
        let near = Tensor([[0.5, 0], [-0.5, 0]], scalarType: type)
        for _ in 0..<(γ == 0.99 ? 9_000 : 300) { _ = book.observing { $0(near) } }
        expectClose(book.vectors[1], start[1], tolerance: type == .double ? 1e-10 : 1e-3, scale: 1)
        let far = Tensor([[104, 1]], scalarType: type)
        _ = book.observing { $0(far) }
        expectClose(book.vectors[1], far[0], tolerance: type == .double ? 1e-10 : 1e-3, scale: 1)
      }
    }
  }

  @Test("§ 9.7: a code that is never nearest stays where it is until it is restarted at one of the vectors")
  func restarts() {
    var far = VectorQuantizer(vectors: Tensor([[0, 0], [100, 100]], scalarType: .double))
    let points = random.normal([64, 2], scalarType: .double)
    var descent = GradientDescent(learningRate: 0.005)
    for _ in 0..<50 { descent.update(&far, along: gradient(at: far) { $0.quantized(points).codebookTerm.sum() }) }
    #expect(far.vectors[1].scalars == [100, 100])
    let usage = CodeUsage(far.nearest(to: points), of: 2)
    #expect(usage.used == 1 && usage.dead == [1] && usage.perplexity == 1)
    #expect(far.restart(usage, at: points, using: random) == [1])
    #expect((0..<64).contains { points[$0] == far.vectors[1] })
    for _ in 0..<50 { descent.update(&far, along: gradient(at: far) { $0.quantized(points).codebookTerm.sum() }) }
    #expect(CodeUsage(far.nearest(to: points), of: 2).used == 2)
    var averaged = AveragedQuantizer(vectors: Tensor([[0, 0], [100, 100]], scalarType: .double))
    averaged.restart(usage, at: points, using: random)
    #expect((0..<64).contains { points[$0] == averaged.vectors[1] })
  }

  @Test("Exercise 9.5.4: perplexity is K for equal shares, 1 for a single code, and e^H between them")
  func usage() {
    #expect(abs(CodeUsage([0, 1, 2, 3], of: 4).perplexity - 4) < 1e-12)
    #expect(CodeUsage([2, 2, 2], of: 4).perplexity == 1 && CodeUsage(codes: 3).perplexity == 1)
    // H(¾, ¼) = 0.562335 nats.
    #expect(abs(CodeUsage([0, 0, 0, 3], of: 4).perplexity - 1.754765) < 1e-6)
    var sum = CodeUsage([0], of: 2)
    sum.add([1, 1])
    #expect(sum.counts == [1, 2] && sum.total == 3)
  }

  @Test("vectors of another width stop with a message")
  func mismatch() async {
    await expectMessage(
      #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = VectorQuantizer(codes: 2, width: 3, random: RandomSource(seed: 1)).nearest(to: Tensor.zeros([4, 2]))
      }, "cannot find the codes of vectors [4×2]: the codebook has vectors of 3 numbers, as rows")
  }
}

@Suite("§ 9.7 Codebooks of known laws")
struct ScalarQuantizerTests {
  /// The numbers Φ⁻¹((i + ½)/n): N(0, 1) without the noise of draws. [n×1]
  private var normalNumbers: Tensor {
    Tensor((0..<4096).map { normalQuantile((Double($0) + 0.5) / 4096) }, shape: [4096, 1], scalarType: .double)
  }

  /// The levels of a codebook, ascending, and its distortion on numbers.
  private func found<Book: Codebook>(_ book: Book, _ x: Tensor) -> (levels: [Double], distortion: Double) {
    (book.vectors.scalars.sorted(), book.quantized(x).commitmentTerm.mean().item)
  }

  /// A codebook that has seen all numbers this many times.
  private func trained<Book: Codebook>(_ book: Book, on x: Tensor, steps: Int = 200) -> Book {
    var (book, descent) = (book, GradientDescent(learningRate: 0.5))
    for _ in 0..<steps {
      descent.update(&book, along: gradient(at: book) { $0.quantized(x).codebookTerm.mean() })
    }
    return book
  }

  @Test("§ 9.7: the Lloyd–Max levels of N(0, 1) are ±0.7979, ±0.4528, ±1.5104; distortions 0.3634, 0.1175, 0.0345")
  func known() {
    let (two, four, eight) = (
      ScalarQuantizer.normal(levels: 2), ScalarQuantizer.normal(levels: 4), ScalarQuantizer.normal(levels: 8)
    )
    #expect(abs(two.levels[1] - (2 / Double.pi).squareRoot()) < 1e-12 && abs(two.distortion - 1 + 2 / .pi) < 1e-12)
    #expect(abs(four.levels[2] - 0.4528) < 1e-4 && abs(four.levels[3] - 1.5104) < 1e-4)
    #expect(abs(four.distortion - 0.11748) < 1e-5 && abs(eight.distortion - 0.03455) < 1e-5)
    let uniform = ScalarQuantizer.uniform(levels: 4)
    #expect(uniform.levels == [0.125, 0.375, 0.625, 0.875] && uniform.distortion == 1 / 192)
  }

  @Test("§ 9.7: with an identity encoder both codebooks converge to Lloyd–Max within 1 %", arguments: [2, 4])
  func converge(K: Int) {
    let (x, best) = (normalNumbers, ScalarQuantizer.normal(levels: K))
    let start = 0.1 * spread([K, 1])
    for (levels, distortion) in [
      found(trained(VectorQuantizer(vectors: start), on: x), x),
      found(trained(AveragedQuantizer(vectors: start, decay: 0.9), on: x), x),
    ] {
      for (a, b) in zip(levels, best.levels) { #expect(abs(a - b) < 0.01 * abs(b), "\(a) against \(b)") }
      #expect(abs(distortion - best.distortion) < 0.01 * best.distortion, "\(distortion)")
    }
  }

  @Test("§ 9.7: on [0, 1] the codebook converges to (2k − 1)/2K with distortion 1/12K²")
  func uniform() {
    let x = Tensor.linear(from: 0.5 / 4096, to: 1 - 0.5 / 4096, count: 4096, scalarType: .double).reshaped([4096, 1])
    let (levels, distortion) = found(
      trained(VectorQuantizer(vectors: 0.5 + 0.1 * spread([4, 1])), on: x), x)
    let best = ScalarQuantizer.uniform(levels: 4)
    for (a, b) in zip(levels, best.levels) { #expect(abs(a - b) < 0.01 * b, "\(a) against \(b)") }
    #expect(abs(distortion - best.distortion) < 0.01 * best.distortion, "\(distortion)")
  }
}
