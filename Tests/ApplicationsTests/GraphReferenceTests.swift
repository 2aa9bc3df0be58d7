import Applications
import Checking
import Tensors
import Testing

@Suite("§ 12.3.1, § 12.3.2, § 12.3.3  Graph networks beside PyTorch")
struct GraphReferenceTests {
  @Test(
    "§ 12.3.1, § 12.3.2, § 12.3.3: layers and networks over graphs and alignments are PyTorch's",
    arguments: [ScalarType.double, .float])
  func passes(type: ScalarType) throws {
    let ring = Graph.ring(5).normalizedAdjacency(type)
    try expectAgreement(
      "applications_graphs",
      [
        PassCase("MessagePassing") { inputs, _ in
          let layer = MessagePassing(width: 3, edgeFeatures: 1, random: RandomSource(seed: 1))
            .converted(to: inputs[0].scalarType)
          let edges = DirectedEdges.rings(5, copies: 1, scalarType: inputs[0].scalarType)
          return layer.withParameters(from: inputs[1])(inputs[0], along: edges)
        },
        PassCase("MoleculeNetwork") { inputs, _ in
          let network = MoleculeNetwork(width: 3, outputs: 2, random: RandomSource(seed: 1))
            .converted(to: inputs[0].scalarType)
          let molecules = [
            Molecule([.carbon, .nitrogen, .oxygen], bonds: Graph(vertices: 3, edges: [(0, 1), (0, 2)])),
            Molecule([.carbon, .carbon, .fluorine], bonds: Graph(vertices: 3, edges: [(0, 1), (1, 2)])),
          ]
          let batch = MoleculeBatch(molecules, scalarType: inputs[0].scalarType)
          return network.withParameters(from: inputs[0])(batch)
        },
        PassCase("MoleculeVAE") { inputs, _ in
          let model = MoleculeVAE(hidden: 2, latent: 2, random: RandomSource(seed: 1))
            .converted(to: inputs[0].scalarType)
          let terms = model.withParameters(from: inputs[2]).evidence(of: inputs[0], noise: inputs[1])
          return Tensor.stacked([terms.reconstruction, terms.divergence], axis: 1)
        },
        .layer { GraphConvolution(3, 4, mixing: ring, random: $0) },
        .layer { VertexClassifier(inputs: 3, hidden: 4, classes: 2, mixing: ring, random: $0) },
        .layer { DirectedGraphLayer(2, 3, senders: DirectedGraphLayer.torusSenders(rows: 3, columns: 4), random: $0) },
        .layer { GraphForecaster(width: 3, rounds: 2, random: $0) },
        .layer { AlignmentBlock(width: 4, heads: 2, random: $0) },
        .layer { FoldNetwork(width: 6, short: 3, random: $0) },
      ], type)
  }
}
