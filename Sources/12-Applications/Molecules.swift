// § 12.3.3  Drawn molecules and their properties

import Messages
import Tensors

/// A molecule: atoms as vertices, bonds as edges. Hydrogen atoms fill the valences that are left. § 12.3.3
public struct Molecule: Sendable, Equatable {
  /// The elements of drawn molecules, with their valences.
  public enum Element: Int, CaseIterable, Sendable {
    case carbon, nitrogen, oxygen, fluorine

    /// The number of bonds: 4, 3, 2, 1.
    public var valence: Int { 4 - rawValue }
    /// C, N, O, F.
    public var symbol: String { ["C", "N", "O", "F"][rawValue] }
  }

  /// The atoms without hydrogen.
  public let elements: [Element]
  /// The single bonds between them.
  public let bonds: Graph

  /// The molecule of these atoms and bonds; no atom may have more bonds than its valence.
  public init(_ elements: [Element], bonds: Graph) {
    let degrees = bonds.degrees
    require(
      degrees.count == elements.count && zip(degrees, elements).allSatisfy { $0 <= $1.valence },
      "cannot build a molecule of \(elements.map(\.symbol).joined()) with \(degrees) bonds: C has at most 4, N 3, "
        + "O 2, F 1"
    )
    (self.elements, self.bonds) = (elements, bonds)
  }

  /// A molecule that grows from a carbon atom: each further atom is joined to a drawn one with a free valence. Half of
  /// the larger molecules get one more bond that closes a ring.
  public static func drawn(atoms: ClosedRange<Int> = 4...10, _ random: RandomSource) -> Molecule {
    let count = atoms.lowerBound + random.integer(below: atoms.count)
    var (elements, edges, free): ([Element], [(Int, Int)], [Int]) = ([.carbon], [], [4])
    while elements.count < count {
      let open = free.indices.filter { free[$0] > 0 }
      // The last open valence must not be closed by fluorine before the molecule is complete.
      let options: [Double] = free.reduce(0, +) == 1 ? [0.6, 0.2, 0.2, 0] : [0.55, 0.17, 0.17, 0.11]
      let next = Element.allCases[random.categorical(options)]
      let place = open[random.integer(below: open.count)]
      edges.append((place, elements.count))
      free[place] -= 1
      elements.append(next)
      free.append(next.valence - 1)
    }
    let tree = Graph(vertices: count, edges: edges)
    if random.bernoulli(0.5) {
      let pairs = (0..<count).flatMap { a -> [(Int, Int)] in
        let far = tree.distances(from: a)
        return (0..<a).filter { free[a] > 0 && free[$0] > 0 && (far[$0] ?? 0) >= 3 }.map { ($0, a) }
      }
      if !pairs.isEmpty { edges.append(pairs[random.integer(below: pairs.count)]) }
    }
    return Molecule(elements, bonds: Graph(vertices: count, edges: edges))
  }

  /// The same molecule with atom i named `names[i]`.
  public func renamed(_ names: [Int]) -> Molecule {
    var moved = elements
    for (i, name) in names.enumerated() { moved[name] = elements[i] }
    return Molecule(moved, bonds: bonds.renamed(names))
  }

  /// A number that does not depend on the names of the atoms: every atom mixes its own number, at first its element,
  /// with the sorted numbers of its neighbours, as many times as there are atoms. Molecules with different fingerprints
  /// differ. Weisfeiler and Leman (1968)
  public var fingerprint: UInt64 {
    func mixed(_ numbers: [UInt64]) -> UInt64 {
      numbers.reduce(14_695_981_039_346_656_037) { h, number in
        let x = (h ^ number) &* 0x9E37_79B9_7F4A_7C15
        return x ^ (x >> 29)
      }
    }
    let around = bonds.neighbours
    var numbers = elements.map { mixed([UInt64($0.rawValue)]) }
    for _ in elements {
      numbers = numbers.indices.map { i in mixed([numbers[i]] + around[i].map { numbers[$0] }.sorted()) }
    }
    return mixed(numbers.sorted())
  }

  /// The number of bonds between atoms of these elements.
  public func bondCount(_ a: Element, _ b: Element) -> Int {
    bonds.edges.count { Set([elements[$0[0]], elements[$0[1]]]) == Set([a, b]) }
  }

  /// The number of rings: bonds − atoms + 1.
  public var rings: Int { bonds.edges.count - elements.count + 1 }

  /// How well it fits a drawn pocket, which wants nitrogen and oxygen on one carbon: 1 for every chain N – C – O, less
  /// 0.3 for every bond between two carbons.
  public var affinity: Double {
    let around = bonds.neighbours
    let chains = elements.indices.filter { elements[$0] == .carbon }.reduce(0) { sum, c in
      let found = around[c].map { elements[$0] }
      return sum + found.count { $0 == .nitrogen } * found.count { $0 == .oxygen }
    }
    return Double(chains) - 0.3 * Double(bondCount(.carbon, .carbon))
  }

  /// 1 for every bond between nitrogen and oxygen or of two oxygens, and 0.5 for every fluorine.
  public var toxicity: Double {
    Double(bondCount(.nitrogen, .oxygen) + bondCount(.oxygen, .oxygen)) + 0.5
      * Double(elements.count { $0 == .fluorine })
  }

  /// The effort of making it: 1 for every bond, and 2 more for every ring.
  public var effort: Double { Double(bonds.edges.count + 2 * rings) }
}

/// The points that no other point beats: none is at most as large in every coordinate and smaller in one. Every
/// coordinate is to be small. Ascending indices. § 12.3.3
public func paretoFront(_ points: [[Double]]) -> [Int] {
  func beats(_ a: [Double], _ b: [Double]) -> Bool {
    zip(a, b).allSatisfy { $0 <= $1 } && zip(a, b).contains { $0 < $1 }
  }
  return points.indices.filter { i in !points.contains { beats($0, points[i]) } }
}
