import Diffusion
import Figures
import GAN
import Messages
import Running
import Tensors

/// Samples of a conditional model with several guidance scales, from the same noise. Exercise 10.5.3
public struct GuidanceStudy: Sendable {
  /// The samples for one scale.
  public struct Row: Sendable {
    /// w.
    public let scale: Double
    /// The images, `perClass` of each class in order. [N×1×H×W]
    public let images: Tensor
    /// The share of the images in which the judge recognizes the class that was asked for.
    public let accuracy: Double
    /// The mean distance of two images of a class, in pixel values.
    public let spread: Double
    /// The measures of all images.
    public let quality: SampleQuality
  }

  /// The rows, one for each scale.
  public let rows: [Row]
  private let perClass, classCount: Int

  /// Samples `perClass` images of each class for each scale by DDIM in S steps, with x̂₀ clipped to −1…1.
  public init(
    _ model: ConditionalUNet, schedule: NoiseSchedule, side: Int, steps S: Int, perClass: Int, scales: [Double],
    _ measure: QualityMeasure, random: RandomSource, tell: (String) -> Void = { _ in }
  ) {
    let classes = (0..<model.classCount).flatMap { c in [Int](repeating: c, count: perClass) }
    let noise = random.normal([classes.count, 1, side, side])
    let sampler = Sampler.ddim(schedule, steps: S)
    rows = scales.map { w in
      let guided = ClippedPredictor(GuidedPredictor(model, classes: classes, scale: w), schedule: schedule)
      let images = shown(sampler.sample(guided, from: noise, random: random))
      let found = measure.judge.judged(images).classes
      let right = zip(found, classes).count { $0 == $1 }
      tell("w = \(Int(w)): \(right) of \(classes.count) images show the class asked for")
      return Row(
        scale: w, images: images, accuracy: Double(right) / Double(classes.count),
        spread: meanDistanceWithin(images, groupsOf: perClass), quality: measure(images))
    }
    (self.perClass, classCount) = (perClass, model.classCount)
  }

  var table: Table {
    Table(
      "\(perClass) images of each class, from the same noise",
      columns: ["w", "asked class", "recognized", "Fréchet distance", "density", "coverage", "recall", "spread"],
      rows: rows.map { row in
        [
          .number(row.scale, decimals: 0), .number(row.accuracy, decimals: 3),
          .number(row.quality.recognized, decimals: 3), .number(row.quality.frechetDistance, decimals: 1),
          .number(row.quality.density, decimals: 2), .number(row.quality.coverage, decimals: 2),
          .number(row.quality.neighbours.recall, decimals: 2), .number(row.spread, decimals: 2),
        ]
      })
  }

  var figure: LineChart {
    func series(_ name: String, _ value: (Row) -> Double) -> Series {
      Series(name, x: rows.map(\.scale), rows.map(value), style: .both)
    }
    let first = rows.first?.spread ?? 1
    return LineChart(
      "Guidance buys the right class with diversity", x: Axis("w"), y: Axis("", range: 0...1.05),
      series: [
        series("asked class recognized", \.accuracy), series("coverage", \.quality.coverage),
        series("recall", \.quality.neighbours.recall), series("spread, beside w = 0", { $0.spread / first }),
      ])
  }

  /// For each scale some rows with one image of each class; equal places have the same noise.
  func sheet(perRow: Int) -> Panels {
    var (sets, titles): ([[Pixels]], [String]) = ([], [])
    for row in rows {
      for place in 0..<perRow {
        sets.append(pictures(row.images.gathered((0..<classCount).map { $0 * perClass + place })))
        titles.append(place == 0 ? "w = \(Int(row.scale))" : "")
      }
    }
    return ch10.sheet(ImageGrid("Digits on request", rows: sets, rowTitles: titles))
  }
}

/// The mean distance between two examples of the same group; groups are `size` examples in a row. [N×…].
/// Exercise 10.5.3
public func meanDistanceWithin(_ x: Tensor, groupsOf size: Int) -> Double {
  require(
    size >= 2 && x.shape[0].isMultiple(of: size),
    "cannot compare \(x.shape[0]) examples in groups of \(size): whole groups of at least two are needed")
  let rows = x.flattened(from: 1)
  let means = stride(from: 0, to: x.shape[0], by: size).map { start in
    let group = rows[start..<start + size]
    return pairwiseDistances(group, group).sum().item / Double(size * (size - 1))
  }
  return means.reduce(0, +) / Double(means.count)
}
