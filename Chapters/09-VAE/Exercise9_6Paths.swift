import Figures
import GAN
import Messages
import Running
import Tensors
import VAE

/// What lines between pairs of samples of N(0, I) do to images. Exercise 9.6.3
public struct PathSummary: Sendable {
  /// The kind of path.
  public let path: LatentPath
  /// The mean over the pairs of length / chord, and of the largest jump / mean step.
  public let detour, largestJump: Double
  /// The mean norm of z in the middle, divided by √d.
  public let middleNorm: Double
  /// The Fréchet distance of the images in the middle, one of each pair.
  public let middleDistance: Double
}

/// The paths of a kind through a decoder: 64 steps between each of `pairs` pairs, and the images in the middle of 500.
/// Exercise 9.6.3
public func pathSummary(
  _ maker: ImageMaker, _ path: LatentPath, pairs: Int, _ measure: QualityMeasure, random: RandomSource
) -> PathSummary {
  require(
    1...500 ~= pairs, "cannot measure the paths between \(pairs) pairs of samples: the number must be from 1 to 500")
  let (a, b) = (random.normal([500, maker.latent]), random.normal([500, maker.latent]))
  let measures = (0..<pairs).map { PathMeasure(of: maker.images(path.points(from: a[$0], to: b[$0], steps: 64))) }
  let middles = Tensor.stacked((0..<500).map { path.points(from: a[$0], to: b[$0], steps: 2)[1] }, axis: 0)
  func mean(_ value: (PathMeasure) -> Double) -> Double { measures.reduce(0) { $0 + value($1) } / Double(pairs) }
  return PathSummary(
    path: path, detour: mean(\.detour), largestJump: mean(\.largestJump),
    middleNorm: middles.norm(axes: [1]).mean().item / Double(maker.latent).squareRoot(),
    middleDistance: measure.distance(of: maker.images(middles)))
}

func pathTable(_ rows: [(ImageMaker, PathSummary)], pairs: Int) -> Table {
  Table(
    "Paths of 64 steps between \(pairs) pairs of samples",
    columns: [
      "model", "path", "length / chord", "largest jump / mean", "‖z‖/√d in the middle", "Fréchet distance there",
    ],
    rows: rows.map { maker, s in
      [
        .text(maker.name), .text(s.path.rawValue), .number(s.detour, decimals: 3), .number(s.largestJump, decimals: 2),
        .number(s.middleNorm, decimals: 3), .number(s.middleDistance, decimals: 1),
      ]
    })
}

/// Ten images along paths between two pairs of samples, for both models and both kinds of path.
func pathSheet(_ makers: [ImageMaker], random: RandomSource) -> Panels {
  var (rows, titles): ([[Pixels]], [String]) = ([], [])
  for pair in 1...2 {
    for maker in makers {
      let (a, b) = (random.normal([maker.latent]), random.normal([maker.latent]))
      for path in LatentPath.allCases {
        rows.append(pictures(maker.images(path.points(from: a, to: b, steps: 9))))
        titles.append("\(maker.name) \(pair), \(path.rawValue)")
      }
    }
  }
  return sheet(ImageGrid("From z₁ to z₂", rows: rows, rowTitles: titles))
}
