import Applications
import Checking
import Tensors
import Testing
import Training

@Suite("§ 12.3, § 12.3.3  Graphs and layers over them")
struct GraphTests {
  @Test("§ 12.3.3: the karate club has 34 members, 78 edges, 45 triangles, diameter 5, and leaders of degree 16 and 17")
  func karateClub() {
    let club = KarateClub.graph
    #expect(club.vertices == 34 && club.edges.count == 78 && club.triangles == 45 && club.diameter == 5)
    #expect(club.degrees[0] == 16 && club.degrees[33] == 17 && club.degrees.max() == 17)
    #expect(KarateClub.sides.count { $0 == 0 } == 17)
    // Triangles by the trace of A³, and 3 · 45 of them closed among all paths of two edges.
    let A = club.adjacency(.double)
    let cubed = matmul(A, matmul(A, A)) * Tensor.identity(34, scalarType: .double)
    #expect(cubed.sum().item == 6 * 45)
  }

  @Test("§ 12.3.3: from the labels of the two leaders, 31 of the 32 other members are told right, by both methods")
  func twoLabels() {
    let shares = propagatedLabels(KarateClub.graph, labels: KarateClub.sides, known: [0, 33], classes: 2)
    let chosen = shares.argmax()
    #expect((0..<34).filter { chosen[$0] != KarateClub.sides[$0] } == [8])
    let (names, random) = (Tensor.identity(34), RandomSource(seed: 1))
    var network = VertexClassifier(
      inputs: 34, classes: 2, mixing: KarateClub.graph.normalizedAdjacency(), random: random)
    network.train(
      features: names, labels: KarateClub.sides, known: [0, 33], plan: TrainingPlan(steps: 200), random: random)
    #expect(network.accuracy(features: names, labels: KarateClub.sides, over: Array(1..<33)) >= 0.966)
  }

  @Test("§ 12.3.3: label propagation tends to the harmonic function: every unknown vertex is its neighbours' mean")
  func harmonic() {
    let graph = Graph.ring(8)
    let shares = propagatedLabels(graph, labels: [0, 0, 0, 0, 1, 1, 1, 1], known: [0, 4], classes: 2, rounds: 400)
    // On a ring the shares fall linearly between the two known vertices.
    expectClose(
      shares.at(1, axis: 1), Tensor([0, 0.25, 0.5, 0.75, 1, 0.75, 0.5, 0.25], scalarType: .double), tolerance: 1e-12,
      scale: 1)
  }

  @Test(
    "§ 12.3.3: a graph convolution does not depend on the vertices' names, and carries nothing further than an edge")
  func permutation() {
    let random = RandomSource(seed: 3)
    let graph = BlockModel(groups: 2, size: 10, within: 0.4, between: 0.1).graph(random)
    let names = random.permutation(20)
    let H = random.normal([20, 3], scalarType: .double)
    let network = VertexClassifier(
      inputs: 3, hidden: 5, classes: 2, mixing: graph.normalizedAdjacency(.double), random: random
    ).converted(to: .double)
    var renamed = network
    let mixing = graph.renamed(names).normalizedAdjacency(.double)
    renamed.first = GraphConvolution(network.first.linear, mixing: mixing)
    renamed.second = GraphConvolution(network.second.linear, mixing: mixing)
    // Row names[i] of the renamed features is row i.
    let places = (0..<20).map { name in names.firstIndex(of: name) ?? 0 }
    expectClose(renamed(H.gathered(places)), network(H).gathered(places), tolerance: 1e-12, scale: 1)

    let layer = network.first
    let moved = H + Tensor.oneHot([7], classes: 20, scalarType: .double).transposed
    let change = (layer(moved) - layer(H)).abs().sum(axes: [1]).scalars
    for vertex in 0..<20 {
      let isNear = vertex == 7 || graph.neighbours[7].contains(vertex)
      #expect((change[vertex] > 1e-9) == isNear)
    }
  }

  @Test("§ 12.3.3: the largest eigenvalue of Â is 1, and no eigenvalue is below −1")
  func eigenvalues() {
    let values = LinearAlgebra.symmetricEigen(KarateClub.graph.normalizedAdjacency(.double)).values
    #expect(abs(values.max().item - 1) < 1e-12 && values.min().item > -1)
  }

  @Test(
    "§ 12.3.2: on a grid with circular borders a layer with one matrix per direction is a 3×3 convolution, to 10⁻¹²")
  func gridIsConvolution() {
    let (rows, columns, random) = (5, 6, RandomSource(seed: 2))
    let layer = DirectedGraphLayer(
      3, 4, senders: DirectedGraphLayer.torusSenders(rows: rows, columns: columns), random: random
    ).converted(to: .double)
    let h = random.normal([2, rows * columns, 3], scalarType: .double)
    // The kernel at place 3 r + c, with the own matrix in the middle.
    let matrices = layer.kinds.prefix(4).map(\.weight) + [layer.own.weight] + layer.kinds.dropFirst(4).map(\.weight)
    let kernel = Tensor.stacked(matrices, axis: 2).reshaped([4, 3, 3, 3])
    let image = h.moved(axis: 2, to: 1).reshaped([2, 3, rows, columns])
    let wide = Tensor.concatenated([image[(columns - 1)..<columns, axis: 3], image, image[0..<1, axis: 3]], axis: 3)
    let framed = Tensor.concatenated([wide[(rows - 1)..<rows, axis: 2], wide, wide[0..<1, axis: 2]], axis: 2)
    let expected = convolution(framed, kernel, bias: layer.own.bias)
    let found = layer(h).moved(axis: 2, to: 1).reshaped([2, 4, rows, columns])
    expectClose(found, expected, tolerance: 1e-12, scale: 1)
    #expect(Graph.torus(rows: rows, columns: columns).degrees == [Int](repeating: 4, count: rows * columns))
  }

  @Test(
    "§ 12.3.3: in a block model the graph network finds 0.889 of the groups, the same without edges at most 0.6")
  func blockModel() {
    let (model, random) = (BlockModel(), RandomSource(seed: 1))
    let graph = model.graph(random)
    let (features, known) = (model.features(random), model.known(5, random))
    let others = (0..<240).filter { !known.contains($0) }
    func accuracy(_ mixing: Tensor) -> Double {
      var network = VertexClassifier(inputs: 4, classes: 4, mixing: mixing, random: RandomSource(seed: 5))
      network.train(
        features: features, labels: model.labels, known: known, plan: TrainingPlan(steps: 150),
        random: RandomSource(seed: 6))
      return network.accuracy(features: features, labels: model.labels, over: others)
    }
    #expect(model.detectability > 1)
    let (withEdges, without) = (accuracy(graph.normalizedAdjacency()), accuracy(Tensor.identity(240)))
    #expect(withEdges >= 0.889 && without <= 0.6, "\(withEdges) with edges, \(without) without")
    let spread = propagatedLabels(graph, labels: model.labels, known: known, classes: 4).argmax()
    let propagation = Double(others.count { spread[$0] == model.labels[$0] }) / Double(others.count)
    #expect(propagation >= 0.7 && withEdges > propagation, "\(propagation) by propagation")
  }

  @Test("§ 12.3.3: label propagation finds 0.846 of the groups on average, and on each graph at least 0.7")
  func propagation() {
    let (model, random) = (BlockModel(), RandomSource(seed: 10))
    let shares = (0..<6).map { _ -> Double in
      let (graph, known) = (model.graph(random), model.known(5, random))
      let chosen = propagatedLabels(graph, labels: model.labels, known: known, classes: 4).argmax()
      let others = model.labels.indices.filter { !known.contains($0) }
      return Double(others.count { chosen[$0] == model.labels[$0] }) / Double(others.count)
    }
    #expect(abs(shares.reduce(0, +) / 6 - 0.846) < 0.03 && shares.allSatisfy { $0 > 0.7 }, "\(shares)")
  }

  @Test("§ 12.3: the rounds of a drawing never raise its stress, and a path of vertices is drawn straight")
  func drawing() {
    let club = KarateClub.graph
    let stresses = (0...8).map { club.stress(club.places(rounds: 5 * $0, RandomSource(seed: 7))) }
    for (before, after) in zip(stresses, stresses.dropFirst()) { #expect(after <= before) }
    #expect(stresses[8] < 0.9 * stresses[0])
    let path = Graph(vertices: 5, edges: [(0, 1), (1, 2), (2, 3), (3, 4)])
    #expect(path.stress(path.places(RandomSource(seed: 8))) < 1e-3)
    #expect(path.pathLengths[0].scalars == [0, 1, 2, 3, 4])
  }

  @Test("§ 12.3.3: the drawn edges of a block model are as many as expected, inside the groups and between them")
  func edgeCounts() {
    let model = BlockModel()
    let edges = model.graph(RandomSource(seed: 4)).edges
    let inside = Double(edges.count { $0[0] / model.size == $0[1] / model.size })
    let expected = (240 * model.expectedDegrees.inside / 2, 240 * model.expectedDegrees.outside / 2)
    #expect(abs(inside - expected.0) < 4 * expected.0.squareRoot())
    #expect(abs(Double(edges.count) - inside - expected.1) < 4 * expected.1.squareRoot())
  }
}
