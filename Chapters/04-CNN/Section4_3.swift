import CNN
import DataSets
import Figures
import Running
import Tensors

/// § 4.3: pooling, its gradients, its response to small shifts, and the parameters that a global mean saves.
public let section4_3 = Exercise(.section, "4.3", "Pooling: maxima, means, global means", seconds: 1) { run in
  run.show(poolingFigure(), as: "windows")
  let shifts = measurePooledShifts(
    images: run.choose(quick: 10, standard: 100, full: 1_000), random: run.random)
  run.show(
    Table(
      "Shapes moved by a few pixels: change of the output, relative to its size",
      columns: ["pooling"] + shiftDistances.map { $0 == 1 ? "1 pixel" : "\($0) pixels" },
      rows: shifts.map { [.text($0.name)] + $0.changes.map { .number($0, decimals: 4) } }), as: "shifts")
  run.show(
    Table(
      "512 maps of 7×7 to 1000 classes", columns: ["head", "parameters"],
      rows: headCosts.map { [.text($0.name), .integer($0.parameters)] }), as: "heads")
  for shift in shifts { run.card("1 pixel, " + shift.name, shift.changes[0]) }
}

/// The distances in pixels by which images are moved.
let shiftDistances = [1, 2, 4]

/// The change of a pooling's output when its input moves.
public struct PooledShift: Sendable {
  /// The pooling.
  public let name: String
  /// ‖f(S x) − f(x)‖ / ‖f(x)‖ for every distance.
  public let changes: [Double]
}

/// Moves edge maps of drawn shapes to the right, and compares the outputs of poolings.
public func measurePooledShifts(images N: Int, random: RandomSource) -> [PooledShift] {
  let shapes = LabeledImages.drawnShapes(count: N, from: random).images.mean(axes: [1], keepsAxes: true)
  let x = FixedKernel.sobelX(FixedKernel.gaussian(shapes)).abs()
  let maps: KeyValuePairs<String, (Tensor) -> Tensor> = [
    "none": { $0 },
    "every second pixel": { $0.sliced(0..<32, axis: 2, by: 2).sliced(0..<32, axis: 3, by: 2) },
    "mean of 2×2": { averagePooling($0, window: 2, stride: 2) },
    "maximum of 2×2": { maxPooling($0, window: 2, stride: 2) },
    "mean of 4×4": { averagePooling($0, window: 4, stride: 4) },
    "maximum of 4×4": { maxPooling($0, window: 4, stride: 4) },
    "global mean": { globalAveragePooling($0) },
  ]
  return maps.map { name, f in
    let y = f(x)
    return PooledShift(
      name: name,
      changes: shiftDistances.map { d in
        ((f(circularlyShifted(x, by: (down: 0, right: d))) - y).norm() / y.norm()).item
      })
  }
}

/// The parameters of three heads: VGG-16's three dense layers, one dense layer, or a global mean and one dense layer.
public let headCosts: [(name: String, parameters: Int)] = {
  func count(_ isAveraged: Bool, _ outputs: [Int]) -> Int {
    var head = NetworkSketch("head", input: [512, 7, 7])
    if isAveraged { head.average() }
    for n in outputs { head.connect(n) }
    return head.parameters
  }
  return [
    ("three dense layers, as in VGG-16", count(false, [4_096, 4_096, 1_000])),
    ("one dense layer", count(false, [1_000])),
    ("global mean, one dense layer", count(true, [1_000])),
  ]
}()

/// A small image with numbers, its maxima and means, and where the gradient of their sum goes.
func poolingFigure() -> Panels {
  let x = Tensor(
    [[1, 3, 0, 0, 2, 1], [2, 0, 0, 5, 1, 1], [0, 1, 4, 4, 0, 0], [6, 1, 4, 2, 0, 3]], scalarType: .double)
  let ones = Tensor.ones([2, 3], scalarType: .double)
  func map(_ title: String, _ values: Tensor, _ format: String, _ top: Double = 6) -> HeatMap {
    HeatMap(title, values: (0..<values.shape[0]).map { values[$0].scalars }, format: format, range: 0...top)
  }
  return Panels(
    "Windows of 2×2, stride 2", columns: 3,
    [
      map("x, 4×6", x, "%.0f"), map("maxima (4.4)", maxPooling(x, window: 2, stride: 2), "%.0f"),
      map("∂(sum of maxima)/∂x", maxPoolingGradient(ones, at: x, window: 2, stride: 2), "%.0f", 1),
      map("x, 4×6", x, "%.0f"), map("means (4.5)", averagePooling(x, window: 2, stride: 2), "%.2f"),
      map("∂(sum of means)/∂x", averagePoolingGradient(ones, at: x, window: 2, stride: 2), "%.2f", 1),
    ])
}
