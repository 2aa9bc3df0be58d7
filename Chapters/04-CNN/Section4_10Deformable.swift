import CNN
import Figures
import Foundations
import Tensors
import Training

// MARK: - Offsets that learn

/// A place where a kernel reads, relative to its pixel.
public struct KernelPlace: Sendable {
  /// Rows downwards and columns to the right.
  public var row, column: Double

  /// The nine places of a 3 × 3 kernel, row by row.
  public static let grid = (-1...1).flatMap { row in
    (-1...1).map { column in KernelPlace(row: Double(row), column: Double(column)) }
  }

  /// The place after a turn with this cosine and sine, and a stretch by `scale`.
  public func turned(cosine c: Double = 1, sine s: Double = 0, scale: Double) -> KernelPlace {
    KernelPlace(row: scale * (c * row - s * column), column: scale * (s * row + c * column))
  }

  /// The distance to another place.
  public func distance(to other: KernelPlace) -> Double {
    let (dy, dx) = (row - other.row, column - other.column)
    return (dy * dy + dx * dx).squareRoot()
  }

  /// The offsets from the places of the grid to these, alternating rows and columns. [18]
  static func offsets(to places: [KernelPlace]) -> [Double] {
    zip(grid, places).flatMap { old, new in [new.row - old.row, new.column - old.column] }
  }

  /// The places that offsets from the grid lead to: the inverse of `offsets(to:)`.
  static func places(movedBy offsets: [Double]) -> [KernelPlace] {
    grid.indices.map { n in
      let (down, right) = (offsets[2 * n], offsets[2 * n + 1])
      return KernelPlace(row: grid[n].row + down, column: grid[n].column + right)
    }
  }
}

/// The mean distance between places in the same order.
func meanDistance(_ a: [KernelPlace], _ b: [KernelPlace]) -> Double {
  let distances = zip(a, b).map { $0.distance(to: $1) }
  return distances.reduce(0, +) / Double(a.count)
}

/// The offsets learned from a teacher that reads at other places.
public struct LearnedOffsets: Sendable {
  /// Where the kernel reads now, and where the teacher reads.
  public let learned, teacher: [KernelPlace]
  /// The loss of every step.
  public let losses: [Double]
  /// The mean distance between the teacher's places and those of the plain kernel.
  public var distanceAtFirst: Double { meanDistance(KernelPlace.grid, teacher) }
  /// The mean distance between learned places and the teacher's.
  public var distance: Double { meanDistance(learned, teacher) }
}

/// Smooth noise: white noise averaged three times over 3 × 3 pixels, with variance 1. [N×C×side×side]
///
/// The derivative by an offset depends only on the nearest pixels; on a smooth image it points further.
public func smoothNoise(_ count: Int, channels C: Int, side: Int, random: RandomSource) -> Tensor {
  let white = random.normal([count * C, 1, side + 6, side + 6])
  let box = Tensor(repeating: 1.0 / 9, [1, 1, 3, 3])
  let smooth = (0..<3).reduce(white) { h, _ in convolution(h, box) }
  return (smooth / smooth.variance().squareRoot()).reshaped([count, C, side, side])
}

/// A 3 × 3 kernel learns where a teacher reads: on a grid turned by 30° and twice as wide. (4.12)
///
/// The weights of the 16 filters are known. The nine offsets are the same at all pixels: 18 numbers, learned by Adam
/// from the outputs alone. With fewer filters than places the outputs would not distinguish the places.
public func learnFixedOffsets(plan: TrainingPlan, side: Int = 12, random: RandomSource) -> LearnedOffsets {
  let turned = KernelPlace.grid.map { $0.turned(cosine: 3.0.squareRoot() / 2, sine: 0.5, scale: 2) }
  let weight = random.normal([16, 1, 3, 3])
  func outputs(_ x: Tensor, _ offsets: Tensor) -> Tensor {
    let everywhere = offsets.reshaped([1, 18, 1, 1]).broadcast(to: [x.shape[0], 18, side - 2, side - 2])
    return deformableConvolution(x, weight, offsets: everywhere)
  }
  let target = Tensor(KernelPlace.offsets(to: turned))
  var student = OffsetTraining(offsets: Tensor.zeros([18]))
  let history = train(&student, examples: 1, plan: plan.fallingLinearly, random: random) {
    student, step throws(Breakdown) in
    let x = smoothNoise(4, channels: 1, side: side, random: random)
    let y = outputs(x, target)
    try step.descend(&student.offsets, with: &student.optimizer) { (outputs(x, $0) - y).squared().mean() }
  }
  return LearnedOffsets(
    learned: KernelPlace.places(movedBy: student.offsets.scalars), teacher: turned, losses: history.losses)
}

/// Offsets, or the layer that computes them, with their optimizer.
private struct OffsetTraining<Offsets: Parameterized>: TrainingState {
  var offsets: Offsets
  var optimizer = Adam()
  static var kept: [PartialKeyPath<OffsetTraining>] { [\.offsets, \.optimizer] }
}

extension TrainingPlan {
  /// The plan with a learning rate that falls linearly from 0.05 to 0.
  fileprivate var fallingLinearly: TrainingPlan {
    var plan = self
    let steps = epochs
    plan.learningRate = { step in 0.05 * (1 - Double(step) / Double(steps)) }
    return plan
  }
}

/// The learned offsets that depend on the image.
public struct ContentOffsets: Sendable {
  /// Where the kernel reads, for each scale in the image.
  public let places: [Double: [KernelPlace]]
  /// The mean distance from the places s pₙ, for each scale s.
  public let distances: [Double: Double]
  /// The loss of every step.
  public let losses: [Double]
}

/// A deformable layer learns to widen its field where the image says so. (4.12)
///
/// The teacher reads at p₀ + s(p₀) pₙ, where s is a channel of the image, 1 in one half and 2 in the other.
public func learnContentOffsets(plan: TrainingPlan, side: Int = 14, random: RandomSource) -> ContentOffsets {
  var layer = DeformableConvolution(2, 16, kernel: 3, padding: 1, random: random)
  let known = random.normal([16, 1, 3, 3])
  layer.weight = Tensor.concatenated([known, Tensor.zeros([16, 1, 3, 3])], axis: 1)
  layer.bias = Tensor.zeros([16])
  let directions = Tensor(KernelPlace.grid.flatMap { [$0.row, $0.column] }, shape: [1, 18, 1, 1])
  func image(_ signal: Tensor, _ isWideRight: Bool) -> (x: Tensor, y: Tensor) {
    let halves = (0..<side * side).map { ($0 % side >= side / 2) == isWideRight ? 2.0 : 1.0 }
    let scale = Tensor(halves, shape: [1, 1, side, side]).broadcast(to: signal.shape)
    let y = deformableConvolution(signal, known, offsets: (scale - 1) * directions, padding: 1)
    return (Tensor.concatenated([signal, scale], axis: 1), y)
  }
  var student = OffsetTraining(offsets: layer.offsets)
  let history = train(&student, examples: 1, plan: plan.fallingLinearly, random: random) {
    student, step throws(Breakdown) in
    let (x, y) = image(smoothNoise(4, channels: 1, side: side, random: random), !step.number.isMultiple(of: 2))
    try step.descend(&student.offsets, with: &student.optimizer) { offsets in
      var changed = layer
      changed.offsets = offsets
      return (changed(x) - y).squared().mean()
    }
  }
  layer.offsets = student.offsets
  var (places, distances): ([Double: [KernelPlace]], [Double: Double]) = ([:], [:])
  let (x, _) = image(smoothNoise(1, channels: 1, side: side, random: random), true)
  let moved = layer.offsets(x)[0].permuted([1, 2, 0])  // [side × side × 18]
  for (s, column) in [(1.0, side / 4), (2.0, 3 * side / 4)] {
    let learned = KernelPlace.places(movedBy: moved[side / 2, column].scalars)
    places[s] = learned
    distances[s] = meanDistance(learned, KernelPlace.grid.map { $0.turned(scale: s) })
  }
  return ContentOffsets(places: places, distances: distances, losses: history.losses)
}

func offsetTable(_ teacher: LearnedOffsets, _ content: ContentOffsets) -> Table {
  func row(_ name: String, _ losses: [Double], _ start: Double, _ distance: Double?) -> [Table.Cell] {
    let (first, last) = (losses.first ?? .nan, losses.last ?? .nan)
    return [
      .text(name), .scientific(first), .scientific(last), .number(start, decimals: 3),
      .number(distance ?? .nan, decimals: 3),
    ]
  }
  let widened = meanDistance(KernelPlace.grid, KernelPlace.grid.map { $0.turned(scale: 2) })
  return Table(
    "Offsets that learn: distances from the teacher's places, in pixels",
    columns: ["teacher", "first loss", "last loss", "distance at first", "at last"],
    rows: [
      row("turned by 30°, twice as wide", teacher.losses, teacher.distanceAtFirst, teacher.distance),
      row("wide where the image says so: scale 1", content.losses, 0, content.distances[1]),
      row("wide where the image says so: scale 2", content.losses, widened, content.distances[2]),
    ])
}

func offsetFigure(_ teacher: LearnedOffsets, _ content: ContentOffsets) -> Panels {
  func points(_ name: String, _ places: [KernelPlace]?) -> Series {
    let places = places ?? []
    return Series(name, x: places.map(\.column), places.map { -$0.row }, style: .points)
  }
  func plot(_ title: String, _ groups: [Series]) -> ScatterPlot {
    var plot = ScatterPlot(
      title, x: Axis("columns", range: -3...3), y: Axis("rows, upwards", range: -3...3), groups: groups)
    plot.size = Canvas.Size(width: 560, height: 600)
    return plot
  }
  let one = [
    points("at first", KernelPlace.grid), points("learned", teacher.learned), points("teacher", teacher.teacher),
  ]
  let two = [points("scale 1", content.places[1]), points("scale 2", content.places[2])]
  return Panels(
    "Where a 3 × 3 kernel reads after learning",
    [plot("One grid for all pixels", one), plot("A grid that the image decides", two)])
}
