// § 4.8  How much better the best of several epochs looks than it is

import Messages
import Tensors

/// How much better than its true accuracy the best of n equally good epochs looks, by luck on N test images. § 4.8
///
/// The mean of the largest of n draws from N(0, p (1 − p) / N), for an accuracy p: 0 for one epoch, σ/√π for two, 2.04
/// σ for 30. This assumes that the epochs' hits on an image are independent. The epochs of one training run err on the
/// same images: if the hits of any two correlate by ρ, they share part of their luck, and √(1 − ρ) of the optimism is
/// left.
public func optimismByLuck(
  epochs n: Int, testImages N: Int, accuracy p: Double, correlation ρ: Double = 0, draws: Int = 10_000,
  random: RandomSource
) -> Double {
  require(
    n >= 1 && N >= 1 && 0...1 ~= p && 0...1 ~= ρ,
    "cannot draw the luck of \(n) epochs on \(N) test images with accuracy \(p) and correlation \(ρ)")
  let largest = random.normal([draws, n]).max(axes: [1]).mean().item
  return n == 1 ? 0 : largest * ((1 - ρ) * p * (1 - p) / Double(N)).squareRoot()
}

/// Which test images each epoch of a training classifies correctly. § 4.8
public struct EpochHits: Codable, Sendable {
  /// A row for each epoch: whether each image is classified correctly.
  public private(set) var epochs: [[Bool]] = []

  /// No epochs yet.
  public init() {}

  /// Adds an epoch.
  public mutating func append(_ hits: [Bool]) {
    require(
      !hits.isEmpty && hits.count == (epochs.first ?? hits).count,
      "cannot add hits on \(hits.count) images to those on \(epochs.first?.count ?? 0): the same images are needed")
    epochs.append(hits)
  }

  /// The accuracy of every epoch.
  public var accuracies: [Double] { epochs.map { hits in Double(hits.count { $0 }) / Double(hits.count) } }

  /// The mean accuracy of all epochs.
  public var accuracy: Double { accuracies.reduce(0, +) / Double(epochs.count) }

  /// The correlation of the hits of two epochs on an image, on average over all pairs of epochs; 0 for one epoch, and
  /// for epochs without misses.
  public var correlation: Double {
    let x = hits - hits.mean(axes: [1], keepsAxes: true)
    let σ = x.squared().mean(axes: [1], keepsAxes: true).squareRoot()
    let z = x / maximum(1e-12, σ)
    let n = epochs.count
    let all = matmul(z, z.transposed).sum().item / Double(hits.shape[1])
    return n > 1 ? (all - z.squared().mean(axes: [1]).sum().item) / Double(n * (n - 1)) : 0
  }

  /// How much better the epoch that is best on half of the images looks there than on the other half, on average over
  /// random halves: the optimism of a choice by N/2 test images, measured.
  public func measuredOptimism(halves: Int = 400, random: RandomSource) -> Double {
    let N = hits.shape[1]
    let half = N / 2
    require(half >= 1, "cannot measure the optimism on \(N) test image: at least 2 are needed")
    let differences = (0..<halves).map { _ -> Double in
      let order = random.permutation(N)
      func accuracies(_ places: ArraySlice<Int>) -> [Double] {
        hits.transposed.gathered(Array(places)).mean(axes: [0]).scalars
      }
      let (judging, fresh) = (accuracies(order[..<half]), accuracies(order[half..<2 * half]))
      let best = judging.indices.max { judging[$0] < judging[$1] } ?? 0
      return judging[best] - fresh[best]
    }
    return differences.reduce(0, +) / Double(halves)
  }

  /// The optimism of a choice by N/2 test images by `optimismByLuck`, for epochs of the mean accuracy whose hits
  /// correlate by ρ.
  public func expectedOptimism(correlation ρ: Double, random: RandomSource) -> Double {
    optimismByLuck(
      epochs: epochs.count, testImages: hits.shape[1] / 2, accuracy: accuracy, correlation: ρ, random: random)
  }

  /// 1 for every hit and 0 for every miss. [epochs×N]
  private var hits: Tensor {
    require(!epochs.isEmpty, "cannot compare the hits of no epochs")
    return Tensor(
      epochs.flatMap { $0.map { $0 ? 1 : 0 } }, shape: [epochs.count, epochs[0].count], scalarType: .double)
  }
}
