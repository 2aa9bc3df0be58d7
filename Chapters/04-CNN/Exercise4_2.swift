import CNN
import DataSets
import Figures
import Foundations
import Running
import Tensors

/// Exercise 4.2: a residual block with projection, a mini-ResNet, its convergence with and without shortcuts, and its
/// first gradients.
public let exercise4_2 = Exercise(
  "4.2", "Residual blocks and a mini-ResNet", stars: 2, seconds: 36, quick: 1, full: 5600,
  needs: { _ in DataNeeds(train: 64) }
) {
  run in
  run.show(blockTable(checkBlocks(random: run.random.split())), as: "blocks")

  let all = try run.data.cifar10(
    drawn: run.choose(quick: 128, standard: 2_048, full: 20_480), run.choose(quick: 100, standard: 1_000, full: 4_000))
  let data = all.limited(
    to: run.choose(quick: 128, standard: 2_048, full: 20_480), run.choose(quick: 100, standard: 1_000, full: 10_000))
  run.say(data.provenance + "\n")
  let side = run.choose(quick: 8, standard: 16, full: 32)
  let comparison = compareShortcuts(
    layers: run.choose(quick: [8], standard: [8, 32], full: [8, 20, 32]),
    seeds: run.choose(quick: 1, standard: 2, full: 2), width: run.choose(quick: 4, standard: 8, full: 16),
    on: data.shrunk(to: side), random: run.random.split()
  ) {
    run.plan(quick: 1, standard: 5, full: 10, batchSize: 64, label: $0)
  }
  run.show(convergenceTable(comparison), as: "convergence")
  run.show(convergenceFigure(comparison, "\(data.name), \(side)×\(side)"), as: "convergence")
  run.show(gradientTable(comparison), as: "gradients")
  run.show(gradientFigure(comparison), as: "gradients")
  run.parameters = comparison.first?.parameters
  run.card("data", data.provenance)
  for result in comparison { run.card("test accuracy, " + result.name, result.accuracy.mean) }
}

// MARK: - 4.2.1: the block

/// The effect of a residual block on a batch of images.
public struct BlockCheck: Sendable {
  /// The name of the block.
  public let name: String
  /// The shapes before and after.
  public let input, output: Shape
  /// The number of its parameters.
  public let parameters: Int
  /// The largest difference between the block and its shortcut when the residual branch is 0.
  public let gap: Double
}

/// Blocks with and without projection, before and after γ = 0 makes their residual branch zero. Exercise 4.2.1
public func checkBlocks(random: RandomSource) -> [BlockCheck] {
  [("same shape", 16, 1), ("more channels", 32, 1), ("half the size, twice the channels", 32, 2)].map {
    name, outputs, stride in
    let x = random.normal([4, 16, 32, 32])
    var block = ResidualBlock(16, outputs, stride: stride, random: random)
    let y = block(x)
    block.normalization2.scale = .zeros([outputs])
    let gap = (block.sum(x) - (block.shortcut?(x) ?? x)).abs().max().item
    return BlockCheck(name: name, input: x.shape, output: y.shape, parameters: block.parameterCount, gap: gap)
  }
}

private func blockTable(_ checks: [BlockCheck]) -> Table {
  Table(
    "Residual blocks",
    columns: ["block", "input", "output", "parameters", "gap to the shortcut with F = 0"],
    rows: checks.map {
      [
        .text($0.name), .text("\($0.input)"), .text("\($0.output)"), .integer($0.parameters),
        .number($0.gap, decimals: 1),
      ]
    })
}
