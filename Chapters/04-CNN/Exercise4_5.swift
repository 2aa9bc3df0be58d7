import CNN
import Figures
import Foundation
import Running
import Tensors

/// Exercise 4.5: receptive fields by formula, by gradient and by changing pixels, those of ResNet-50, and field and
/// capacity.
public let exercise4_5 = Exercise("4.5", "Receptive fields", stars: 3, seconds: 25, quick: 2, full: 300) { run in
  run.show(stackTable(compareStacks(layers: [1, 2, 3, 5, 10], kernels: [2, 3, 5, 7])), as: "stacks")
  run.show(pathTable(comparePaths(random: run.random.split())), as: "strides")
  run.show(coneFigure(), as: "cones")
  run.show(resNetTable(), as: "resnet50")
  run.show(growthFigure(), as: "growth")

  let depths = run.choose(quick: [2, 4], standard: [5, 10, 20, 40], full: [5, 10, 20, 40, 80])
  let draws = run.choose(quick: 2, standard: 10, full: 100)
  let effective = measureEffectiveFields(depths: depths, draws: draws, random: run.random.split())
  run.show(effectiveTable(effective), as: "effective")
  run.show(effectiveMaps(effective.filter { $0.kind != .random && $0.layers != 10 }), as: "effective-maps")
  run.show(effectiveFigure(effective), as: "effective")

  let resNet = measureResNet(
    size: run.choose(quick: 96, standard: 448, full: 448), images: run.choose(quick: 1, standard: 8, full: 64),
    random: run.random.split())
  run.show(resNetFigure(resNet), as: "resnet50")
  run.card("field of ResNet-50, stride in the 1 × 1", Double(receptiveField(of: .bottleneckPath(stride: .first)).size))
  run.card("field of ResNet-50, stride in the 3 × 3", Double(receptiveField(of: .bottleneckPath(stride: .middle)).size))
  run.card("95 % of ResNet-50's gradient, side of the square", Double(resNet.side(holding: 0.95)))

  let results = compareReach(
    examples: run.choose(quick: 64, standard: 512, full: 2_048), random: run.random.split()
  ) { run.plan(quick: 1, standard: 12, full: 40, batchSize: 32, label: $0) }
  run.show(reachTable(results), as: "reach")
  run.show(pairFigure(random: run.random.split()), as: "pairs")
}

// MARK: - 4.5.1: stacks

/// A stack of n layers of size k.
public struct StackField: Sendable {
  /// The number of layers and their kernel.
  public let layers, kernel: Int
  /// n (k − 1) + 1, and the field measured by gradient and by single pixels.
  public let formula, gradient, perturbation: Int
}

/// Fields of stacks, three ways. Exercise 4.5.1
public func compareStacks(layers: [Int], kernels: [Int]) -> [StackField] {
  kernels.flatMap { k in
    layers.map { n in
      let stack = [Window](repeating: Window(k), count: n)
      let inputs = n * (k - 1) + 6
      return StackField(
        layers: n, kernel: k, formula: n * (k - 1) + 1,
        gradient: measuredField(of: stack, inputs: inputs, unit: 2).count,
        perturbation: perturbedField(of: stack, inputs: inputs, unit: 2).count)
    }
  }
}

// MARK: - 4.5.2: strides and dilations

/// A stack with strides, dilations and padding.
public struct PathField: Sendable {
  /// The layers.
  public let layers: [Window]
  /// The field by the recursion.
  public let field: ReceptiveField
  /// The pixels of a unit in the middle by the recursion, by the gradient, and by changing pixels.
  public let recursion, gradient, perturbation: Range<Int>
}

/// Random stacks of four layers, with the recursion and two measurements for a unit in the middle. Exercise 4.5.2
public func comparePaths(count: Int = 5, random: RandomSource) -> [PathField] {
  (0..<count).map { _ in
    let layers = (0..<4).map { _ in
      let (k, d) = (1 + random.integer(below: 4), 1 + random.integer(below: 3))
      return Window(
        k, stride: 1 + random.integer(below: 3), dilation: d, padding: random.integer(below: (k - 1) * d + 1))
    }
    let field = receptiveField(of: layers)
    let unit = field.size / field.jump + 2  // far enough from the left end
    let inputs = field.pixels(unit: unit).upperBound + field.size
    return PathField(
      layers: layers, field: field, recursion: field.pixels(unit: unit),
      gradient: measuredField(of: layers, inputs: inputs, unit: unit),
      perturbation: perturbedField(of: layers, inputs: inputs, unit: unit))
  }
}

// MARK: - 4.5.3: ResNet-50

/// The field after every stage of ResNet-50. Exercise 4.5.3
public func resNetFields(stride place: BottleneckBlock.Stride) -> [(name: String, field: ReceptiveField)] {
  let path = [Window].bottleneckPath(stride: place)
  let ends = [1, 2, 2 + 3 * 3, 2 + 3 * 7, 2 + 3 * 13, 2 + 3 * 16]
  let names = ["7 × 7 convolution", "pooling", "stage 1", "stage 2", "stage 3", "stage 4"]
  return zip(names, ends).map { ($0, receptiveField(of: Array(path[..<$1]))) }
}

/// The effective field of the middle unit of a narrow ResNet-50 with random weights.
public func measureResNet(size: Int, images: Int, random: RandomSource) -> EffectiveField {
  ResNet50(classes: 10, width: 8, random: random).effectiveField(size: size, images: images, random: random)
}

// MARK: - Tables and figures

private func stackTable(_ fields: [StackField]) -> Table {
  Table(
    "n layers of size k: the receptive field",
    columns: ["k", "n", "n (k − 1) + 1", "by gradient", "by trying"],
    rows: fields.map {
      [
        .integer($0.kernel), .integer($0.layers), .integer($0.formula), .integer($0.gradient),
        .integer($0.perturbation),
      ]
    })
}

private func pathTable(_ fields: [PathField]) -> Table {
  func text(_ range: Range<Int>) -> String { "\(range.lowerBound)…\(range.upperBound - 1)" }
  return Table(
    "Random stacks: the recursion, and what a unit in the middle depends on",
    columns: ["k", "s", "d", "p", "field r", "jump j", "pixels by recursion", "by gradient", "by trying"],
    rows: fields.map { path in
      func list(_ part: (Window) -> Int) -> Table.Cell {
        .text(path.layers.map { "\(part($0))" }.joined(separator: " "))
      }
      return [
        list(\.kernel), list(\.stride), list(\.dilation), list(\.padding), .integer(path.field.size),
        .integer(path.field.jump), .text(text(path.recursion)), .text(text(path.gradient)),
        .text(text(path.perturbation)),
      ]
    })
}

private func resNetTable() -> Table {
  let (first, middle) = (resNetFields(stride: .first), resNetFields(stride: .middle))
  return Table(
    "ResNet-50 on images of 224 × 224: field, jump, and the middle of unit 0",
    columns: ["after", "stride in the 1 × 1", "stride in the 3 × 3", "jump", "middle, 1 × 1", "middle, 3 × 3"],
    rows: zip(first, middle).map { a, b in
      [
        .text(a.name), .integer(a.field.size), .integer(b.field.size), .integer(a.field.jump),
        .number(a.field.center, decimals: 1), .number(b.field.center, decimals: 1),
      ]
    })
}

private func growthFigure() -> LineChart {
  func sizes(_ layers: [Window]) -> [Double] {
    (1...layers.count).map { Double(receptiveField(of: Array(layers[..<$0])).size) }
  }
  let depth = [Window].bottleneckPath(stride: .middle).count
  return LineChart(
    "The receptive field, layer by layer", x: Axis("layer"), y: Axis("field, in pixels"),
    series: [
      Series("ResNet-50, stride in the 1 × 1", sizes(.bottleneckPath(stride: .first))),
      Series("ResNet-50, stride in the 3 × 3", sizes(.bottleneckPath(stride: .middle))),
      Series("3 × 3 throughout", sizes(.init(repeating: Window(3), count: depth))),
      Series("the image, 224", [Double](repeating: 224, count: depth)),
    ])
}
