import Backprop
import DataSets
import Figures
import Foundations
import Running
import Tensors

/// Listing 2.6: between gradient and step, the gradient is clipped to norm 1.
public let listing2_6 = Exercise(
  .listing, "2.6", "Clip a gradient to norm 1", seconds: 1, needs: { _ in DataNeeds(size: .exactly(28)) }
) { run in
  let data = try run.data.mnist()
  run.say(data.provenance + "\n")
  let clippings = clipDigitGradients(data.train.prefix(128), norm: 1, random: run.random)
  run.show(clippingTable(clippings), as: "norms")
  for clipping in clippings {
    run.card("‖g‖, \(clipping.name)", clipping.before)
    run.card("after clipping, \(clipping.name)", clipping.after)
  }
}

/// The gradient of a network before and after clipping.
public struct GradientClippingResult: Sendable {
  /// The name of the network.
  public let name: String
  /// The norms of the parameters' gradients before and after, in the order W⁽¹⁾, b⁽¹⁾, W⁽²⁾, ….
  public let partsBefore, partsAfter: [Double]
  /// The norms of the whole gradient.
  public let before, after: Double
}

/// The clipped gradient of an MLP 784-256-128-10 on digits, with the weights of the listings, with a short gradient,
/// and with three times He's weights, with an exploding gradient.
public func clipDigitGradients(
  _ digits: LabeledImages, norm c: Double, random: RandomSource
) -> [GradientClippingResult] {
  let wide = MLP([784, 256, 128, 10], initialization: .he, random: random)
  let networks = [
    ("default weights", MLP([784, 256, 128, 10], random: random)), ("3 × He's weights", wide.mapParameters { 3 * $0 }),
  ]
  return networks.map { name, network in
    let g = gradient(at: network) { $0(digits.flattened).crossEntropy(labels: digits.labels) }
    let clipped = g.clipped(norm: c)
    return GradientClippingResult(
      name: name, partsBefore: g.parameters.map(\.totalNorm), partsAfter: clipped.parameters.map(\.totalNorm),
      before: g.totalNorm, after: clipped.totalNorm)
  }
}

private func clippingTable(_ results: [GradientClippingResult]) -> Table {
  let names = ["W⁽¹⁾", "b⁽¹⁾", "W⁽²⁾", "b⁽²⁾", "W⁽³⁾", "b⁽³⁾"]
  let parts = names.indices.map { p in
    [.text(names[p])]
      + results.flatMap { [Table.Cell.number($0.partsBefore[p], decimals: 4), .number($0.partsAfter[p], decimals: 4)] }
  }
  let whole =
    [Table.Cell.text("all")]
    + results.flatMap { [Table.Cell.number($0.before, decimals: 4), .number($0.after, decimals: 4)] }
  return Table(
    "Norms of the gradient, clipped to 1", columns: ["parameter"] + results.flatMap { ["\($0.name)", "clipped"] },
    rows: parts + [whole])
}
