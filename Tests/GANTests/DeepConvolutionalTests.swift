import Backprop
import CNN
import Foundation
import GAN
import Synchronization
import Tensors
import Testing
import Training
import ch08

@Suite("§ 8.6 and § 8.7  The networks of Listing 8.7")
struct DeepConvolutionalTests {
  private let random = RandomSource(seed: 1)

  @Test("Listing 8.7: 837,504 and 431,872 parameters, 129,504 and 28,096 at a quarter of the width")
  func counts() {
    #expect(Generator(random: random).parameterCount == 837_504)
    #expect(Discriminator(random: random).parameterCount == 431_872)
    #expect(Generator(.quarter, random: random).parameterCount == 129_504)
    #expect(Discriminator(.quarter, random: random).parameterCount == 28_096)
    #expect(Generator(random: random).layers.map(\.parameters).reduce(0, +) == 837_504)
    #expect(Discriminator(random: random).layers.map(\.parameters).reduce(0, +) == 431_872)
  }

  @Test("Listing 8.7: all shapes that its comments name, for noise of both ranks")
  func shapes() {
    let (G, D) = (Generator(random: random), Discriminator(random: random))
    let z = random.normal([2, 100, 1, 1])
    #expect(G.maps(z).map(\.shape) == [[2, 256, 4, 4], [2, 128, 7, 7], [2, 64, 14, 14], [2, 1, 28, 28]])
    #expect(D.maps(G(z)).map(\.shape) == [[2, 64, 14, 14], [2, 128, 7, 7], [2, 256, 4, 4], [2, 1, 1, 1]])
    #expect(D(G(z)).shape == [2, 1])
    #expect((G(z) - G(z.reshaped([2, 100]))).abs().max().item == 0)
  }

  @Test("Listing 8.7, weights_init: convolutions N(0, 0.02²), factors N(1, 0.02²), offsets 0")
  func weights() {
    let (G, D) = (Generator(random: random), Discriminator(random: random))
    for w in G.convolutions.map(\.weight) + D.convolutions.map(\.weight) {
      let n = Double(w.count).squareRoot()
      #expect(abs(w.mean().item) < 4 * 0.02 / n && abs(w.squared().mean().item.squareRoot() / 0.02 - 1) < 3 / n)
    }
    for norm in G.norms + D.norms {
      let n = Double(norm.scale.count).squareRoot()
      #expect(abs(norm.scale.mean().item - 1) < 4 * 0.02 / n, "\(norm.scale.mean().item)")
      #expect(abs((norm.scale - 1).squared().mean().item.squareRoot() / 0.02 - 1) < 3 / n)
      #expect(norm.shift.abs().max().item == 0)
    }
  }

  @Test("Listing 8.7: pixels 0, ½ and 1 become −1, 0 and 1, the range of tanh, and return")
  func pixels() {
    let x = Tensor([0, 0.5, 1])
    #expect(signedPixels(x).scalars == [-1, 0, 1])
    #expect(unsignedPixels(signedPixels(x)).scalars == x.scalars)
    let images = Generator(.quarter, random: random)(random.normal([4, 100]))
    #expect(images.abs().max().item <= 1)
  }

  @Test(
    "Listing 8.7: in the table the loss on logits has the slope σ(a) − 1, BCELoss on σ loses its slope below −27")
  func squashed() {
    for row in cells(of: squashedTable()) {
      let numbers = row.map { Double($0) ?? .nan }
      let (a, slope) = (numbers[0], 1 / (1 + exp(-numbers[0])) - 1)
      #expect(abs(numbers[3] - log(1 + exp(-a))) < 1e-5 && abs(numbers[4] - slope) < 5e-3)
      let isLost = a == -90
      #expect(abs(numbers[1] - (isLost ? 100 : -a + (a == 0 ? log(2) : 0))) < 1e-3, "\(row)")
      #expect(abs(numbers[2] + min(-slope, exp(a) / 1e-12)) < 5e-3, "\(row)")
    }
  }

  @Test("Listing 8.7: the last short batch of an epoch is dropped, so that no step sees fewer examples")
  func batches() {
    var players = Adversaries(
      Generator(.quarter, random: random), against: Discriminator(.quarter, random: random),
      recipe: AdversarialRecipe())
    let steps = Mutex([Int]())
    var plan = TrainingPlan(epochs: 2, batchSize: 4)
    plan.report = { progress in steps.withLock { $0.append(progress.step) } }
    trainAgainst(&players, on: random.uniform([11, 1, 28, 28], in: -1..<1), noise: [100], plan: plan, random: random)
    #expect(steps.withLock { $0 } == [1, 2, 3, 4])  // 11 images: two batches of four in each of two epochs
  }

  @Test("§ 8.6, rule 1: no pooling; steps of the windows change the size, 4 → 7 → 14 → 28 and back")
  func strides() {
    let (G, D) = (Generator(random: random).layers, Discriminator(random: random).layers)
    #expect(G.allSatisfy { $0.operation == "transposed convolution" } && G.map(\.stride) == [1, 2, 2, 2])
    #expect(D.allSatisfy { $0.operation == "convolution" } && D.map(\.stride) == [2, 2, 2, 1])
    #expect(G.map { $0.output[1] } == [4, 7, 14, 28] && D.map { $0.input[1] } == [28, 14, 7, 4])
    for l in G { #expect(l.output[1] == (l.input[1] - 1) * l.stride - 2 * l.padding + l.kernel) }
    for l in D { #expect(l.output[1] == (l.input[1] + 2 * l.padding - l.kernel) / l.stride + 1) }
    // No pooling: nothing but convolution, normalization and activation is between one map and the next.
    let (g, d) = (Generator(.quarter, random: random), Discriminator(.quarter, random: random))
    let z = random.normal([2, 100, 1, 1])
    let (up, down) = ([z] + g.maps(z), [g(z)] + d.maps(g(z)))
    for i in 0..<4 {
      let (h, y) = (g.convolutions[i](up[i]), d.convolutions[i](down[i]))
      let n = i < 3 ? g.norms[i](h) : h
      let m = (1...2) ~= i ? d.norms[i - 1](y) : y
      #expect((n.activated(by: Generator.activations[i]) - up[i + 1]).abs().max().item < 1e-5)
      #expect((m.activated(by: Discriminator.activations[i]) - down[i + 1]).abs().max().item < 1e-5)
    }
  }

  @Test("§ 8.6, rule 2: every layer has batch normalization but G's last, and D's first and last")
  func normalizations() {
    let (G, D) = (Generator(random: random), Discriminator(random: random))
    #expect(G.layers.map(\.isNormalized) == [true, true, true, false])
    #expect(D.layers.map(\.isNormalized) == [false, true, true, false])
    let critic = Discriminator(isNormalized: false, random: random)
    #expect(critic.layers.allSatisfy { !$0.isNormalized })
    #expect(critic.parameterCount == 431_872 - 2 * (128 + 256))
    // In training a factor of 10 on the input vanishes in the first normalization; without one it remains.
    let (z, x) = (random.normal([4, 100]), random.uniform([4, 1, 28, 28], in: -1..<1))
    func change(_ f: (Tensor) -> Tensor, _ x: Tensor) -> Double {
      Mode.training { ((f(10 * x) - f(x)).abs().max() / f(x).abs().max()).item }
    }
    #expect(change({ G($0) }, z) < 0.01 && change({ D($0) }, x) < 0.01, "\(change({ G($0) }, z))")
    #expect(change({ critic($0) }, x) > 5)
  }

  @Test("§ 8.6, rule 3 (erratum): G's first layer is a 100 → 4,096 matrix product, D's last a scalar product")
  func dense() {
    let (G, D) = (Generator(random: random), Discriminator(random: random))
    let z = random.normal([3, 100])
    let W = G.convolutions[0].weight.flattened(from: 1)  // [100×4,096]
    #expect(W.shape == [100, 4_096])
    let maps = G.convolutions[0](z.reshaped([3, 100, 1, 1]))
    #expect((matmul(z, W).reshaped(maps.shape) - maps).abs().max().item < 1e-6)
    let h = random.normal([3, 256, 4, 4])
    let w = D.convolutions[3].weight.flattened(from: 1)  // [1×4,096]
    #expect(
      (matmul(h.flattened(from: 1), w.transposed) - D.convolutions[3](h).flattened(from: 1)).abs().max().item < 1e-6)
    #expect(G.layers.map(\.isDense) == [true, false, false, false])
    #expect(D.layers.map(\.isDense) == [false, false, false, true])
  }

  @Test("§ 8.6, rule 4: ReLU in G and tanh at its end; leaky ReLU of slope 0.2 in D and a logit at its end")
  func activations() {
    #expect(Generator.activations == [.relu, .relu, .relu, .tanh])
    #expect(
      Discriminator.activations == [.leakyReLU(slope: 0.2), .leakyReLU(slope: 0.2), .leakyReLU(slope: 0.2), .identity])
    let (G, D) = (Generator(random: random), Discriminator(random: random))
    let maps = G.maps(random.normal([4, 100]))
    #expect(maps.dropLast().allSatisfy { $0.min().item == 0 } && maps[3].min().item < 0)
    let x = random.uniform([4, 1, 28, 28], in: -1..<1)
    let (h, y) = (D.convolutions[0](x), D.maps(x)[0])
    #expect((y - 0.6 * h - 0.4 * h.abs()).abs().max().item < 1e-7 && y.min().item < 0)
  }
}
