import Diffusion
import Figures
import Messages
import Running
import Tensors
import VAE

/// What paths between two noises do to the images. Exercise 10.6.3
public struct NoisePaths {
  /// A kind of path and of sampler.
  public struct Row {
    /// What it is.
    public let name: String
    /// ‖x_T‖/√D in the middle of the paths.
    public let middleNorm: Double
    /// The largest step of the images divided by the mean step.
    public let largestJump: Double
    /// The mean step of the images divided by the distance between the ends: 1/16 for a straight path in 16 steps.
    public let meanStep: Double
    /// The images of the first two paths. [34×1×H×W]
    let images: Tensor
  }

  /// The rows.
  public let rows: [Row]
  private static let n = 16

  /// Paths of 16 steps between pairs of noises, each sampled in S steps: by DDIM along both kinds of path, and with
  /// η = 1, as in DDPM, along spherical ones. Exercise 10.6.3
  public init(
    _ model: some NoisePredictor, schedule: NoiseSchedule, side: Int, steps S: Int, pairs: Int, random: RandomSource
  ) {
    let n = Self.n
    let ends = (0..<pairs).map { _ in (random.normal([side * side]), random.normal([side * side])) }
    func row(_ name: String, _ path: LatentPath, η: Double, sharesNoise: Bool = false) -> Row {
      let noise = ends.map { path.points(from: $0.0, to: $0.1, steps: n) }
      let start = Tensor.concatenated(noise, axis: 0).reshaped([pairs * (n + 1), 1, side, side])
      let sampler = Sampler.ddim(schedule, steps: S, η: η)
      let images =
        sharesNoise
        ? Tensor.concatenated(
          (0..<start.shape[0]).map { sampler.sample(model, from: start[$0..<$0 + 1], random: RandomSource(seed: 6)) },
          axis: 0) : sampler.sample(model, from: start, random: random.split())
      let measures = (0..<pairs).map { PathMeasure(of: images[$0 * (n + 1)..<($0 + 1) * (n + 1)]) }
      func mean(_ value: (PathMeasure) -> Double) -> Double { measures.reduce(0) { $0 + value($1) } / Double(pairs) }
      let middles = noise.map { $0[n / 2].norm().item / Double(side) }
      return Row(
        name: name, middleNorm: middles.reduce(0, +) / Double(pairs), largestJump: mean(\.largestJump),
        meanStep: mean(\.detour) / Double(n), images: shown(images[0..<min(2, pairs) * (n + 1)]))
    }
    rows = [
      row("DDIM, spherical", .spherical, η: 0), row("DDIM, linear", .linear, η: 0),
      row("η = 1, spherical", .spherical, η: 1),
      row("η = 1, the same fresh noise", .spherical, η: 1, sharesNoise: true),
    ]
  }

  var table: Table {
    Table(
      "From one noise to another in \(Self.n) steps",
      columns: [
        "sampler and path", "‖x_T‖/√D in the middle", "mean step / distance of the ends", "largest jump / mean",
      ],
      rows: rows.map {
        [
          .text($0.name), .number($0.middleNorm, decimals: 3), .number($0.meanStep, decimals: 3),
          .number($0.largestJump, decimals: 2),
        ]
      })
  }

  var sheet: Panels {
    let n = Self.n
    let sets = rows.flatMap { row in
      stride(from: 0, to: row.images.shape[0], by: n + 1).map { start in
        (row.name, pictures(row.images.gathered(stride(from: 0, through: n, by: 2).map { start + $0 })))
      }
    }
    return ch10.sheet(ImageGrid("From one noise to another", rows: sets.map(\.1), rowTitles: sets.map(\.0)))
  }
}
