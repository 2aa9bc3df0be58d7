import Backprop
import Checking
import Foundations
import Tensors
import Testing

@Suite("§ 2.7 Backpropagation by hand")
struct HandWrittenNetworkTests {
  private let reference: Reference

  init() throws { reference = try golden("backprop_listing") }

  @Test("Listing 2.7: the words of MT19937 are NumPy's for four seeds, across the first block of 624")
  func words() throws {
    #expect(reference.streams.count == 4)
    for (seed, stream) in reference.streams {
      var random = LegacyNumPyRandom(seed: try #require(UInt32(seed)))
      let words = (0..<700).map { _ in random.word() }
      #expect([0, 1, 2, 623, 624, 699].map { words[$0] } == stream.words, "seed \(seed)")
    }
  }

  @Test(
    "Listing 2.7: uniform numbers are NumPy's to the last bit, normal ones to the last digit, including the kept one")
  func numbers() throws {
    for (seed, stream) in reference.streams {
      var random = LegacyNumPyRandom(seed: try #require(UInt32(seed)))
      #expect((0..<5).map { _ in random.uniform() } == stream.uniform, "seed \(seed)")
      var mixed = [random.normal(), random.uniform(), random.uniform()]
      mixed += random.normal([4]).scalars
      mixed.append(random.uniform())
      expectClose(vector(mixed), vector(stream.mixed), tolerance: 4e-16, "seed \(seed)")
    }
  }

  @Test("integers and permutations are NumPy's, for bounds up to 2³² and for 0, 1, 2 and 20 numbers")
  func integers() throws {
    for (seed, stream) in reference.streams {
      var random = LegacyNumPyRandom(seed: try #require(UInt32(seed)))
      let bounds = [1, 2, 3, 1_000, 1_024, (1 << 31) + 1, 1 << 32, 7]
      #expect(bounds.map { random.integer(below: $0) } == stream.integers, "seed \(seed)")
      #expect([0, 1, 2, 20].map { random.permutation($0) } == stream.permutations, "seed \(seed)")
    }
  }

  @Test("a copy of the stream continues from the same place")
  func copies() {
    var random = LegacyNumPyRandom(seed: 7)
    _ = random.normal()
    var copy = random
    #expect(random.normal([5]) == copy.normal([5]))
  }

  @Test("Output 2.7: the losses are 1.0696, 0.3643, 0.2769, 0.2310 and 0.1998, and not the ones printed")
  func output() {
    let lines = runHandWrittenListing().lines
    #expect(lines.map(\.epoch) == [0, 20, 40, 60, 80])
    for (line, loss) in zip(lines, [1.0696, 0.3643, 0.2769, 0.2310, 0.1998]) {
      #expect(abs(line.loss - loss) <= 5e-5)
    }
    #expect(lines.map(\.accuracy) == [0.482, 0.855, 0.898, 0.919, 0.931])
    for (line, printed) in zip(lines, [0.7234, 0.2156, 0.1052, 0.0614, 0.0402]) {
      #expect(abs(line.loss - printed) > 0.1)
    }
  }

  @Test("Listing 2.7: data, weights, losses, gradient and trained weights are NumPy's to ten digits")
  func numpy() {
    var random = LegacyNumPyRandom(seed: 42)
    let data = ListingData(random: &random)
    let network = HandWrittenNetwork(20, 64, 2, random: &random)
    #expect(data.labels.reduce(0, +) == reference.listing.ones)
    func sample(_ network: HandWrittenNetwork) -> Tensor { network.flattened.sliced(0..<1474, axis: 0, by: 97) }
    expectClose(sample(network), vector(reference.listing.firstParameters), tolerance: 1e-14)
    let gradient = network.backward(network.forward(data.X), data.X, oneHot: data.oneHot)
    expectClose(sample(gradient), vector(reference.listing.firstGradient), tolerance: 1e-10)
    let (lines, trained) = runHandWrittenListing()
    expectClose(vector(lines.map(\.loss)), vector(reference.listing.losses), tolerance: 1e-10)
    #expect(lines.map(\.accuracy) == reference.listing.accuracies)
    expectClose(sample(trained), vector(reference.listing.lastParameters), tolerance: 1e-10, scale: 1e-4)
  }

  @Test(
    "§ 2.7: the backward pass is the gradient of the cross-entropy, by differences and by automatic differentiation")
  func gradients() {
    var random = LegacyNumPyRandom(seed: 5)
    let data = ListingData(count: 12, dimension: 4, random: &random)
    let network = HandWrittenNetwork(4, 6, 2, random: &random)
    let byHand = network.backward(network.forward(data.X), data.X, oneHot: data.oneHot)
    let loss = { (network: HandWrittenNetwork) in crossEntropy(logits: network(data.X), labels: data.labels) }
    expectClose(byHand.flattened, gradient(at: network, of: loss).flattened, tolerance: 1e-12, scale: 1e-6)
    #expect(relativeDistance(byHand, numericGradient(at: network, of: loss)) < 1e-8)
  }

  @Test("§ 2.7: the backward pass is the δ recursion of § 2.2.1 for two layers of ReLU")
  func recursion() {
    var random = LegacyNumPyRandom(seed: 5)
    let data = ListingData(count: 12, dimension: 4, random: &random)
    let network = HandWrittenNetwork(4, 6, 2, random: &random)
    var general = MLP([4, 6, 2], random: RandomSource(seed: 1))
    general.layers = [network.hidden, network.output]
    let found = lossWithBackpropagation(general, at: data.X, .crossEntropy(labels: data.labels)).gradient
    let byHand = network.backward(network.forward(data.X), data.X, oneHot: data.oneHot)
    expectClose(found.flattened, byHand.flattened, tolerance: 1e-13, scale: 1e-6)
  }
}

@Suite("§ 2.2.1 A tanh network, three ways")
struct TanhNetworkTests {
  private static let network = TanhNetwork(random: RandomSource(seed: 2)).converted(to: .double)
  private static let (x, labels) = (2 * spread([9, 2]), [0, 1, 1, 0, 1, 0, 0, 1, 1])

  @Test("§ 2.2.1: widths 2-4-2 by indices: every gradient of one example agrees with differences")
  func elementwise() {
    for i in 0..<9 {
      let found = Self.network.elementwiseGradient(at: Self.x[i], label: Self.labels[i])
      let truth = numericGradient(at: Self.network) {
        crossEntropy(logits: $0(Self.x[i]).expanded(axis: 0), labels: [Self.labels[i]])
      }
      #expect(relativeDistance(found, truth) < 1e-8)
    }
  }

  @Test("§ 2.2.1: as matrices over a batch: the sum of the examples' gradients, biases summed too")
  func batched() {
    let found = Self.network.batchedGradient(at: Self.x, labels: Self.labels)
    let mean = Self.network.elementwiseGradient(at: Self.x, labels: Self.labels)
    expectClose(found.flattened / 9, mean.flattened, tolerance: 1e-12, scale: 1e-6)
    #expect(found.output.bias?.shape == [2] && found.hidden.bias?.shape == [4])
    let δ = softmax(Self.network(Self.x)) - Tensor.oneHot(Self.labels, classes: 2, scalarType: .double)
    #expect(δ.transposed.shape == [2, 9])  // printed in the slides as the gradient of two biases
  }

  @Test("Sun, batched: ŷ − y, there called the gradient at ŷ, is that at the logits; at ŷ itself it is −y/ŷ")
  func output() {
    let z = Self.network(Self.x)
    let (p, y) = (softmax(z), Tensor.oneHot(Self.labels, classes: 2, scalarType: .double))
    expectClose(gradient(at: z) { -(y * softmax($0).log()).sum() }, p - y, tolerance: 1e-13, scale: 1)
    expectClose(gradient(at: p) { -(y * $0.log()).sum() }, -y / p, tolerance: 1e-13, scale: 1)
  }

  @Test("§ 2.2.1: gradient descent has the same losses by loops, by matrices and automatically")
  func automation() {
    let losses = Automation.allCases.map {
      vector($0.losses(from: Self.network, at: Self.x, labels: Self.labels, steps: 20, learningRate: 0.5))
    }
    #expect(losses[0][19].item < losses[0][0].item)
    for other in losses.dropFirst() { expectClose(other, losses[0], tolerance: 1e-12) }
  }
}

private func vector(_ scalars: [Double]) -> Tensor { Tensor(scalars, scalarType: .double) }

/// What Golden/backprop_listing.py writes.
private struct Reference: Decodable {
  struct Stream: Decodable {
    let words: [UInt32]
    let uniform, mixed: [Double]
    let integers: [Int]
    let permutations: [[Int]]
  }
  struct Listing: Decodable {
    let ones: Int
    let losses, accuracies, firstParameters, firstGradient, lastParameters: [Double]
  }
  let streams: [String: Stream]
  let listing: Listing
}
