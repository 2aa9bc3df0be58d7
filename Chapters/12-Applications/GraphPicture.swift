import Applications
import Figures
import Tensors

/// A drawing of a graph: its edges as lines, and its vertices in groups. § 12.3
func graphPicture(
  _ title: String, _ graph: Graph, edges: String, groups: [(name: String, vertices: [Int])], random: RandomSource
) -> ScatterPlot {
  let places = graph.places(random)
  let (x, y) = (places.at(0, axis: 1).scalars, places.at(1, axis: 1).scalars)
  let vertices = groups.map { group in
    Series(group.name, x: group.vertices.map { x[$0] }, group.vertices.map { y[$0] }, style: .points)
  }
  var plot = ScatterPlot(title, groups: [edgeLines(graph, x, y, named: edges)] + vertices)
  plot.size = .init(width: 680, height: 520)
  return plot
}

/// All edges as one series, with gaps between them.
func edgeLines(_ graph: Graph, _ x: [Double], _ y: [Double], named name: String) -> Series {
  Series(
    name, x: graph.edges.flatMap { [x[$0[0]], x[$0[1]], .nan] }, graph.edges.flatMap { [y[$0[0]], y[$0[1]], .nan] },
    style: .line)
}

/// Molecules side by side, with the elements as groups. § 12.3.3
func moleculePicture(_ title: String, _ molecules: [Molecule], columns: Int, random: RandomSource) -> ScatterPlot {
  var (bonds, atoms) = ((x: [Double](), y: [Double]()), [[(Double, Double)]](repeating: [], count: 4))
  for (k, molecule) in molecules.enumerated() {
    let places = molecule.bonds.places(random)
    let (x, y) = (
      places.at(0, axis: 1).scalars.map { $0 + 8 * Double(k % columns) },
      places.at(1, axis: 1).scalars.map { $0 - 7 * Double(k / columns) }
    )
    let lines = edgeLines(molecule.bonds, x, y, named: "")
    bonds = (bonds.x + lines.x, bonds.y + lines.y)
    for (i, element) in molecule.elements.enumerated() { atoms[element.rawValue].append((x[i], y[i])) }
  }
  let groups = Molecule.Element.allCases.map { element in
    let found = atoms[element.rawValue]
    return Series(element.symbol, x: found.map(\.0), found.map(\.1), style: .points)
  }
  var plot = ScatterPlot(title, groups: [Series("bond", x: bonds.x, bonds.y, style: .line)] + groups)
  plot.size = .init(width: 720, height: 440)
  return plot
}
