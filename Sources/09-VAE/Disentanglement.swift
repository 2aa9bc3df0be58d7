// § 9.6  Disentanglement, measured with known factors of variation

import Messages
import Tensors

/// Ellipses with known factors: horizontal position, vertical position, size, and angle. § 9.6
public struct DrawnEllipses: Sendable {
  /// The names of the factors.
  public static let factorNames = ["across", "down", "size", "turn"]
  /// The factors, drawn independently and uniformly from −1 to 1. [N×4]
  public let factors: Tensor
  /// The number of pixels in a row.
  public let side: Int

  /// `count` ellipses with factors that are drawn from `random`.
  public init(count: Int, side: Int = 16, random: RandomSource) {
    self.init(factors: random.uniform([count, Self.factorNames.count], in: -1..<1), side: side)
  }

  /// The ellipses with these factors. [N×4]
  public init(factors: Tensor, side: Int = 16) {
    require(
      factors.rank == 2 && factors.shape[1] == Self.factorNames.count && side >= 8,
      "cannot draw ellipses of \(side)×\(side) pixels with factors \(factors.shape): four factors each and at least "
        + "8 pixels are needed")
    (self.factors, self.side) = (factors, side)
  }

  /// The number of ellipses.
  public var count: Int { factors.shape[0] }

  /// The images as rows, 0 outside and 1 inside, with an edge one pixel wide. [N×side²]
  ///
  /// The centre is at ½ ± 0.22, the longer half-axis is 0.13 to 0.25, the shorter a third of it, and the rotation up to
  /// 45° in both directions.
  public var images: Tensor {
    func factor(_ j: Int) -> Tensor { factors[j..<j + 1, axis: 1].expanded(axis: 2) }  // [N×1×1]
    let (across, down) = (0.5 + 0.22 * factor(0), 0.5 + 0.22 * factor(1))
    let (long, turn) = (0.19 + 0.06 * factor(2), .pi / 4 * factor(3))
    let places = (Tensor((0..<side).map { Double($0) + 0.5 }, scalarType: factors.scalarType)) / Double(side)
    let (x, y) = (places.reshaped([1, 1, side]) - across, places.reshaped([1, side, 1]) - down)
    let (u, v) = (x * turn.cos() + y * turn.sin(), y * turn.cos() - x * turn.sin())  // [N×side×side]
    let short = long / 3
    let radius = ((u / long).squared() + (v / short).squared()).squareRoot()
    return (0.5 + (1 - radius) * short * Double(side)).clamped(to: 0...1).flattened(from: 1)
  }
}

/// The mutual information of two variables in nats, by counting in `bins` × `bins` cells that hold equally many values
/// of each. § 9.6
///
/// For independent variables counting is biased by about (bins − 1)²/2N.
public func mutualInformation(_ a: [Double], _ b: [Double], bins: Int = 10) -> Double {
  require(
    a.count == b.count && a.count >= bins && bins >= 2,
    "cannot count \(a.count) and \(b.count) values in \(bins) bins each: equally many values, at least 2 bins and a "
      + "value for each bin are needed")
  let N = a.count
  func binned(_ values: [Double]) -> [Int] {
    var bin = [Int](repeating: 0, count: N)
    for (rank, place) in values.indices.sorted(by: { (values[$0], $0) < (values[$1], $1) }).enumerated() {
      bin[place] = rank * bins / N
    }
    return bin
  }
  let (rows, columns) = (binned(a), binned(b))
  var counts = [Double](repeating: 0, count: bins * bins)
  for (i, j) in zip(rows, columns) { counts[i * bins + j] += 1 }
  let p = Tensor(counts, shape: [bins, bins], scalarType: .double) / Double(N)
  let independent = p.sum(axes: [1], keepsAxes: true) * p.sum(axes: [0], keepsAxes: true)
  return (p / independent).log().weighted(by: p).sum().item
}

/// How much each latent variable tells about each factor. § 9.6
public struct Disentanglement: Sendable {
  /// The mutual information in nats. [latent][factor]
  public let information: [[Double]]
  /// The entropy of a factor in its bins: log bins.
  private let entropy: Double

  /// The information between codes [N×d], such as the means of q(z | x), and factors [N×K].
  public init(codes: Tensor, factors: Tensor, bins: Int = 10) {
    func columns(_ x: Tensor) -> [[Double]] { (0..<x.shape[1]).map { x[$0..<$0 + 1, axis: 1].scalars } }
    let known = columns(factors)
    information = columns(codes).map { code in known.map { mutualInformation(code, $0, bins: bins) } }
    entropy = log(Double(bins))
  }

  /// The mutual information gap of each factor: the difference between the best and the second best latent variable, as
  /// a share of the factor's entropy. Chen et al. (2018)
  public var gaps: [Double] {
    (information.first ?? []).indices.map { factor in
      let sorted = information.map { $0[factor] }.sorted(by: >)
      return (sorted[0] - (sorted.count > 1 ? sorted[1] : 0)) / entropy
    }
  }

  /// The mean of the gaps: 1 if every factor is completely determined by exactly one latent variable.
  public var gap: Double { gaps.reduce(0, +) / Double(gaps.count) }
}
