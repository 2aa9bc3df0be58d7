import Diffusion
import Figures
import Foundation
import Kernels
import Messages
import Tensors

// The speed of sampling: the network of Listing 10.8 makes 64 images of 28×28, in 1,000 steps and in 50.

extension Bench {
  /// Prints how long the samplers take, or compares them with a rival's.
  static func sample(_ arguments: [String]) {
    let selection = Selection(arguments, options: ["--against", "--rounds"], rounds: 1, usual: Sampling.allCases) {
      Sampling(rawValue: $0)
    } advice: {
      "sample needs the names ddim and ddpm, found '\($0)'"
    }
    let model = Sampling.model()
    let results = selection.subjects.map { sampler in
      SamplingSpeed(
        sampler: sampler,
        rounds: (1...selection.rounds).map { round in
          tell("\(sampler.rawValue), round \(round)\n")
          return (sampler.milliseconds(of: model), selection.rival.map { milliseconds(of: sampler.rawValue, $0) })
        })
    }
    let rivals = selection.rival == nil ? [] : ["rival's", "ratio", "least", "most"]
    let columns = ["sampler", "steps", "seconds", "ms a step", "images/s", "GFLOP/s"] + rivals
    let threads = ThreadLimit.current == 1 ? "1 thread" : "\(ThreadLimit.current) threads"
    let network = "a U-Net of \(grouped(model.parameterCount)) parameters"
    let title = "Sampling \(Sampling.images) images of 28×28 by \(network), \(threads)"
    print(Table(title, columns: columns, rows: results.map(\.row)).text, terminator: "")
  }
}

/// A sampler of § 10.6.
public enum Sampling: String, CaseIterable, Sendable {
  /// DDIM with 50 steps.
  case ddim
  /// DDPM with 1,000 steps.
  case ddpm

  /// The number of images that are made at once.
  public static let images = 64

  /// The network of Listing 10.8 without a stem, as in the rival: random weights, which cost the same.
  static func model() -> UNet {
    var sizes = UNetSizes()
    sizes.hasStem = false
    return UNet(sizes, random: RandomSource(seed: 1))
  }

  /// The number of steps, each with one call of the network.
  public var steps: Int { self == .ddim ? 50 : 1_000 }

  /// The milliseconds of all steps.
  func milliseconds(of model: UNet) -> Double {
    let schedule = NoiseSchedule.linear()
    let sampler: Sampler = self == .ddim ? .ddim(schedule, steps: steps) : .ddpm(schedule)
    let random = RandomSource(seed: 2)
    let noise = random.normal([Self.images, 1, 28, 28])
    _ = model.noise(in: noise, at: [Int](repeating: 1, count: Self.images))
    let start = Stopwatch.now()
    _ = sampler.sample(model, from: noise, random: random)
    return (Stopwatch.now() - start) * 1e3
  }
}

/// The times of a sampler, measured in rounds.
public struct SamplingSpeed: Sendable {
  /// The sampler.
  public let sampler: Sampling
  /// The median milliseconds of all steps.
  public let ours: Double
  /// The median milliseconds of the rival, if there is one.
  public let theirs: Double?
  /// The rival's time over ours in each round.
  public let ratios: [Double]

  /// The speed in some rounds: our milliseconds, and the rival's.
  public init(sampler: Sampling, rounds: [(ours: Double, theirs: Double?)]) {
    self.sampler = sampler
    ours = Stopwatch.median(rounds.map(\.ours))
    let rivals = rounds.compactMap(\.theirs)
    theirs = rivals.isEmpty ? nil : Stopwatch.median(rivals)
    ratios = rounds.compactMap { round in round.theirs.map { $0 / round.ours } }
  }

  /// The milliseconds of a step.
  public var millisecondsPerStep: Double { ours / Double(sampler.steps) }
  /// The images made per second.
  public var imagesPerSecond: Double { 1e3 * Double(Sampling.images) / ours }
  /// 10⁹ floating-point operations per second: two for each multiplication of the network.
  var speed: Double {
    let multiplications = Double(Sampling.model().multiplications(side: 28) * Sampling.images * sampler.steps)
    return 2 * multiplications / ours * 1e-6
  }

  var row: [Table.Cell] {
    let own: [Table.Cell] = [
      .text(sampler.rawValue), .integer(sampler.steps), .number(ours / 1e3, decimals: 2),
      .number(millisecondsPerStep, decimals: 2), .number(imagesPerSecond, decimals: 2), .number(speed, decimals: 0),
    ]
    guard let theirs else { return own }
    return own + [
      .number(theirs / 1e3, decimals: 2), .number(Stopwatch.median(ratios), decimals: 2),
      .number(ratios.min() ?? .nan, decimals: 2), .number(ratios.max() ?? .nan, decimals: 2),
    ]
  }
}
