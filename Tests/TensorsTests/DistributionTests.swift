import Foundation
import Tensors
import Testing

// Samples are compared with distribution functions by the Kolmogorov–Smirnov distance and by χ². The seeds are fixed; a
// correct source fails a test for one seed in a thousand.
@Suite("RandomSource: distributions")
struct DistributionTests {
  @Test("uniform numbers are uniform, and have mean ½ and variance 1/12 within four standard errors")
  func uniform() {
    let sample = draws(1) { $0.uniform() }
    expectDistribution(sample) { $0 }
    expectMoments(sample, mean: 0.5, variance: 1.0 / 12, fourthMoment: 1.0 / 80)
    expectDistribution(draws(2) { $0.uniform(in: -3..<5) }) { ($0 + 3) / 8 }
  }

  @Test("normal numbers are normal, and have the moments 0, 1, 0, 3 within four standard errors")
  func normal() {
    let sample = draws(3) { $0.normal() }
    expectDistribution(sample, normalDistribution)
    expectMoments(sample, mean: 0, variance: 1, fourthMoment: 3)
    let root = Double(sample.count).squareRoot()
    #expect(abs(mean(sample.map { $0 * $0 * $0 })) < 4 * 15.0.squareRoot() / root)
    #expect(abs(mean(sample.map { $0 * $0 * $0 * $0 }) - 3) < 4 * 96.0.squareRoot() / root)
    expectDistribution(draws(4) { $0.normal(mean: 2, standardDeviation: 3) }) { normalDistribution(($0 - 2) / 3) }
  }

  @Test("Φ of a normal quantile is the probability, to 10⁻¹³; quantiles are antisymmetric")
  func publicQuantile() {
    for p in [1e-12, 0.001, 0.025, 0.1, 0.3, 0.5, 0.8, 0.975, 0.999] {
      #expect(abs(normalDistribution(normalQuantile(p)) / p - 1) < 1e-13, "\(p)")
    }
    #expect(normalQuantile(0.5) == 0 && abs(normalQuantile(0.975) - 1.959963984540054) < 1e-14)
    #expect(normalQuantile(0.25) == -normalQuantile(0.75))
  }

  @Test("the quantiles of 0 and 1 do not exist, and a message says so")
  func noQuantile() async {
    await #expect(processExitsWith: .failure) { _ = normalQuantile(0) }
    await #expect(processExitsWith: .failure) { _ = normalQuantile(1) }
  }

  @Test("a normal number is the quantile of its 52 bits: Φ(z) = u to 10⁻¹³, in the far tails too")
  func quantile() {
    let bits = [0, 1, 77, 1 << 20, 1 << 33, 1 << 44].map { (k: UInt64) in k << 12 } + draws(5, 200) { $0.next() }
    for word in bits {
      let u = (Double(word >> 12) + 0.5) * 0x1p-52
      let low = source(yielding: word).normal()
      #expect(abs(normalDistribution(low) / u - 1) < 1e-13, "the quantile of \(u) came out as \(low)")
      #expect(source(yielding: ~word).normal() == -low)
    }
  }

  @Test("gamma numbers have the gamma distribution, for shapes below, at and above 1")
  func gamma() {
    expectDistribution(draws(6) { $0.gamma(shape: 0.5) }) { erf($0.squareRoot()) }
    expectDistribution(draws(7) { $0.gamma(shape: 1) }) { 1 - exp(-$0) }
    expectDistribution(draws(8) { $0.gamma(shape: 3) }) { 1 - exp(-$0) * (1 + $0 + $0 * $0 / 2) }
    // Mean k, variance k, fourth central moment 3k² + 6k.
    expectMoments(draws(9) { $0.gamma(shape: 50) }, mean: 50, variance: 50, fourthMoment: 7800)
  }

  @Test(
    "beta numbers have the beta distribution: Beta(½, ½), Beta(2, 3), Beta(1, 4), and Beta(0.001, 0.001) near a coin")
  func beta() {
    expectDistribution(draws(10) { $0.beta(0.5, 0.5) }) { 2 / .pi * asin($0.squareRoot()) }
    expectDistribution(draws(11) { $0.beta(2, 3) }) { x in x * x * (6 - 8 * x + 3 * x * x) }
    expectDistribution(draws(12) { $0.beta(1, 4) }) { 1 - pow(1 - $0, 4) }
    let coin = draws(13, 1000) { $0.beta(0.001, 0.001) }
    #expect(coin.allSatisfy { $0 >= 0 && $0 <= 1 })
    #expect(coin.count { $0 < 1e-6 || $0 > 1 - 1e-6 } > 950)
    #expect(abs(mean(coin) - 0.5) < 4 * 0.5 / 1000.0.squareRoot())
  }

  @Test("Bernoulli variables are 1 with frequency p, never for p = 0 and always for p = 1")
  func bernoulli() {
    let (p, n) = (0.3, 20_000)
    let sample = draws(14, n) { $0.bernoulli(p) ? 1.0 : 0 }
    #expect(abs(mean(sample) - p) < 4 * (p * (1 - p) / Double(n)).squareRoot())
    #expect(!source(yielding: 0).bernoulli(0))
    #expect(source(yielding: .max).bernoulli(1))
  }

  @Test("integers are equally likely: χ² for 7, and for 3·2⁶¹, where accepting every draw would be biased")
  func integers() {
    expectCounts(draws(16) { $0.integer(below: 7) }, [Double](repeating: 1, count: 7))
    // 2⁶⁴ = 8/3 · 3·2⁶¹: without rejecting draws, the remainders by 3 would have the frequencies 3 : 3 : 2.
    expectCounts(draws(17) { $0.integer(below: 3 << 61) % 3 }, [1, 1, 1])
    #expect(draws(18, 10) { $0.integer(below: 1) }.allSatisfy { $0 == 0 })
  }

  @Test("categories have the frequencies of their weights, and never occur with weight 0")
  func categories() {
    let weights = [0, 1, 0, 2.5, 5, 0]
    let sample = draws(19) { $0.categorical(weights) }
    #expect(Set(sample) == [1, 3, 4])
    expectCounts(sample.map { [1: 0, 3: 1, 4: 2][$0] ?? 0 }, [1, 2.5, 5])
  }

  @Test("permutations are equally likely: χ² over the 24 orders of four")
  func permutations() {
    let sample = draws(20, 12_000) { $0.permutation(4) }
    let codes = sample.map { p in p.reduce(0) { 4 * $0 + $1 } }
    let places = Dictionary(uniqueKeysWithValues: Set(codes).sorted().enumerated().map { ($1, $0) })
    #expect(places.count == 24)
    expectCounts(codes.map { places[$0] ?? 0 }, [Double](repeating: 1, count: 24))
  }

  @Test("a permutation of n holds each number once, and shuffling keeps the elements")
  func shuffling() {
    let source = RandomSource(seed: 21)
    for n in [0, 1, 2, 100] { #expect(source.permutation(n).sorted() == Array(0..<n)) }
    #expect(source.shuffled(["a", "b", "b", "c"]).sorted() == ["a", "b", "b", "c"])
  }

  @Test("arguments outside their range stop with a message that names them")
  func mistakes() async {
    let probability = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = RandomSource(seed: 1).bernoulli(1.5)
    }
    #expect(
      errorOutput(probability).contains("cannot draw a Bernoulli variable with probability 1.5: it must be in 0...1"))
    let interval = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = RandomSource(seed: 1).uniform(in: 2..<2)
    }
    #expect(errorOutput(interval).contains("cannot draw a number from 2.0..<2.0"))
    let bound = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = RandomSource(seed: 1).integer(below: 0)
    }
    #expect(errorOutput(bound).contains("cannot draw an integer below 0"))
    let weights = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = RandomSource(seed: 1).categorical([1, -1, 2])
    }
    #expect(errorOutput(weights).contains("cannot draw a category with the weights [1.0, -1.0, 2.0]"))
  }

  @Test("invalid parameters of distributions stop with a message that names them")
  func wrongParameters() async {
    let deviation = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = RandomSource(seed: 1).normal(mean: 0, standardDeviation: -1)
    }
    #expect(errorOutput(deviation).contains("standard deviation -1.0: both must be finite, and the deviation not"))
    let infinite = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = RandomSource(seed: 1).normal([2], standardDeviation: .infinity)
    }
    #expect(errorOutput(infinite).contains("standard deviation inf: both must be finite"))
    let gamma = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = RandomSource(seed: 1).gamma(shape: 0)
    }
    #expect(errorOutput(gamma).contains("cannot draw from a gamma distribution of shape 0.0"))
    let beta = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = RandomSource(seed: 1).beta(1, 0)
    }
    #expect(errorOutput(beta).contains("cannot draw from Beta(1.0, 0.0)"))
    let permutation = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = RandomSource(seed: 1).permutation(-1)
    }
    #expect(errorOutput(permutation).contains("cannot permute -1 numbers: the number must not be negative"))
  }
}

private func draws<T>(_ seed: UInt64, _ n: Int = 20_000, _ draw: (RandomSource) -> T) -> [T] {
  let source = RandomSource(seed: seed)
  return (0..<n).map { _ in draw(source) }
}

private func mean(_ sample: [Double]) -> Double { sample.reduce(0, +) / Double(sample.count) }

private func normalDistribution(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }

/// √n supₓ |Fₙ(x) − F(x)| exceeds 1.95 with probability 0.001.
private func expectDistribution(
  _ sample: [Double], _ distribution: (Double) -> Double, sourceLocation: SourceLocation = #_sourceLocation
) {
  let n = Double(sample.count)
  let distance = sample.sorted().enumerated().reduce(0.0) { largest, point in
    let (p, i) = (distribution(point.element), Double(point.offset))
    return max(largest, p - i / n, (i + 1) / n - p)
  }
  #expect(distance * n.squareRoot() < 1.95, sourceLocation: sourceLocation)
}

/// The standard error of the mean is σ/√n, that of the variance √((μ₄ − σ⁴)/n).
private func expectMoments(
  _ sample: [Double], mean expected: Double, variance: Double, fourthMoment: Double,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let n = Double(sample.count)
  #expect(abs(mean(sample) - expected) < 4 * (variance / n).squareRoot(), sourceLocation: sourceLocation)
  let found = mean(sample.map { ($0 - expected) * ($0 - expected) })
  let error = ((fourthMoment - variance * variance) / n).squareRoot()
  #expect(abs(found - variance) < 4 * error, sourceLocation: sourceLocation)
}

/// χ² with d degrees of freedom exceeds d (1 − 2/9d + 3.09 √(2/9d))³ with probability 0.001.
///
/// Wilson and Hilferty (1931).
private func expectCounts(_ sample: [Int], _ weights: [Double], sourceLocation: SourceLocation = #_sourceLocation) {
  var counts = [Double](repeating: 0, count: weights.count)
  for value in sample { counts[value] += 1 }
  let scale = Double(sample.count) / weights.reduce(0, +)
  let statistic = zip(counts, weights).reduce(0.0) { sum, pair in
    let expected = pair.1 * scale
    return sum + (pair.0 - expected) * (pair.0 - expected) / expected
  }
  let d = Double(weights.count - 1)
  #expect(statistic < d * pow(1 - 2 / (9 * d) + 3.09 * (2 / (9 * d)).squareRoot(), 3), sourceLocation: sourceLocation)
}
