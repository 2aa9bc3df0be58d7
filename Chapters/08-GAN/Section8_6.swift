import Figures
import GAN
import Messages
import Running
import Tensors

/// § 8.6: the networks of Listing 8.7, layer by layer, beside the four rules.
public let section8_6 = Exercise(.section, "8.6", "The layers of a DCGAN", seconds: 1) { run in
  let (G, D) = (Generator(random: run.random.split()), Discriminator(random: run.random.split()))
  let z = run.random.normal([64, 100])
  run.show(layerTable("Generator: \(grouped(G.parameterCount)) parameters", G.layers), as: "generator")
  run.show(layerTable("Discriminator: \(grouped(D.parameterCount)) parameters", D.layers), as: "discriminator")
  run.show(denseTable(G, D, z), as: "dense")
  run.show(sizeTable(G, D, z), as: "sizes")
  run.show(networksDiagram(G, D), as: "networks")
  run.parameters = G.parameterCount + D.parameterCount
  run.card("parameters of G", Double(G.parameterCount))
  run.card("parameters of D", Double(D.parameterCount))
  run.card("share of G's parameters in its first layer", Double(G.layers[0].parameters) / Double(G.parameterCount))
}

private func layerTable(_ title: String, _ layers: [ConvolutionalLayer]) -> Table {
  Table(
    title, columns: ["layer", "k, s, p", "input", "output", "batch norm", "then", "parameters"],
    rows: layers.map { l in
      [
        .text(l.operation), .text("\(l.kernel), \(l.stride), \(l.padding)"), .text("\(l.input)"), .text("\(l.output)"),
        .text(l.isNormalized ? "yes" : "no"), .text(l.activation == .identity ? "–" : "\(l.activation)"),
        .integer(l.parameters),
      ]
    })
}

/// Rule 3: both ends are fully connected layers under another name.
private func denseTable(_ G: Generator, _ D: Discriminator, _ z: Tensor) -> Table {
  let W = G.convolutions[0].weight.flattened(from: 1)  // [100×4,096]
  let first = G.convolutions[0](z.reshaped([64, 100, 1, 1]))
  let h = Mode.training { D.maps(G(z))[2] }
  let w = D.convolutions[3].weight.flattened(from: 1)  // [1×4,096]
  let rows: [(String, Tensor, Tensor, Tensor)] = [
    ("G's first layer", W, matmul(z, W).reshaped(first.shape), first),
    ("D's last layer", w, matmul(h.flattened(from: 1), w.transposed), D.convolutions[3](h).flattened(from: 1)),
  ]
  return Table(
    "Rule 3: convolutions that are matrix products", columns: ["layer", "matrix", "largest difference", "of"],
    rows: rows.map { name, matrix, product, layer in
      [
        .text(name), .text("\(matrix.shape)"), .text(scientific((product - layer).abs().max().item)),
        .number(layer.abs().max().item, decimals: 3),
      ]
    })
}

/// Rule 2: how large the numbers behind each layer are with batch normalization, and without in a critic.
private func sizeTable(_ G: Generator, _ D: Discriminator, _ z: Tensor) -> Table {
  var bare = D
  bare.norms = []
  let images = Mode.training { G(z) }
  func size(_ maps: [Tensor]) -> [Table.Cell] {
    maps.map { .text(scientific($0.squared().mean().item.squareRoot(), digits: 2)) }
  }
  return Table(
    "Rule 2: root mean square behind each layer of an untrained network",
    columns: ["network", "1", "2", "3", "4"],
    rows: [
      [.text("G")] + size(Mode.training { G.maps(z) }), [.text("D")] + size(Mode.training { D.maps(images) }),
      [.text("D without batch norm")] + size(bare.maps(images)),
    ])
}

/// Both networks as towers, each read from below.
func networksDiagram(_ G: Generator, _ D: Discriminator) -> TowerDiagram {
  func boxes(_ layers: [ConvolutionalLayer], _ short: String) -> [TowerDiagram.Box] {
    layers.flatMap { l in
      let then = (l.isNormalized ? ["batch norm"] : []) + (l.activation == .identity ? [] : ["\(l.activation)"])
      return [TowerDiagram.Box("\(short) \(l.kernel)×\(l.kernel), step \(l.stride) → \(l.output)")]
        + (then.isEmpty ? [] : [TowerDiagram.Box(then.joined(separator: ", "))])
    }
  }
  return TowerDiagram(
    "The networks of Listing 8.7",
    towers: [
      TowerDiagram.Tower("generator", boxes: [TowerDiagram.Box("z [100]")] + boxes(G.layers, "transposed")),
      TowerDiagram.Tower("discriminator", boxes: [TowerDiagram.Box("image [1×28×28]")] + boxes(D.layers, "conv")),
    ], links: [])
}
