// § 12.3.3  Generation of molecules by a variational autoencoder

import Distributions
import Foundations
import Messages
import Tensors
import Training
import VAE

/// A molecule as a row of choices: the element of every atom, the earlier atom that it is joined to, and a bond that
/// may close a ring. § 12.3.3
///
/// Not every row of choices is a molecule: an atom may get more bonds than its valence allows, or follow a missing one.
public enum MoleculeCode {
  /// The largest number of atoms.
  public static let atoms = 10
  /// The number of options of every choice: an element or none for each atom, an earlier atom for each but the first,
  /// and no ring or one of the pairs of atoms.
  public static let options: [Int] =
    [Int](repeating: 5, count: atoms) + Array(1..<atoms) + [1 + atoms * (atoms - 1) / 2]
  /// The number of numbers in a row: 141.
  public static let width = options.reduce(0, +)

  /// The choices of a drawn molecule; nil for a parent that is not there.
  public static func choices(of molecule: Molecule) -> [Int?] {
    let count = molecule.elements.count
    let around = molecule.bonds.neighbours
    let earlier = (0..<count).map { i in around[i].filter { $0 < i } }
    require(
      count <= atoms && (1..<count).allSatisfy { !earlier[$0].isEmpty } && molecule.rings <= 1,
      "cannot encode a molecule of \(count) atoms with \(molecule.rings) rings: at most \(atoms) atoms, each joined to "
        + "an earlier one, and at most one ring are possible")
    let elements = (0..<atoms).map { $0 < count ? molecule.elements[$0].rawValue : 4 }
    let parents = (1..<atoms).map { $0 < count ? earlier[$0].first : nil }
    let closing = (1..<count).first { earlier[$0].count == 2 }
    return elements.map { Optional($0) } + parents + [closing.map { 1 + pair(earlier[$0][1], $0) } ?? 0]
  }

  /// The molecule of these choices, or nil if they make none.
  public static func molecule(_ choices: [Int]) -> Molecule? {
    let chosen = choices.prefix(atoms)
    let elements = chosen.prefix { $0 < 4 }.compactMap { Molecule.Element(rawValue: $0) }
    guard elements.count >= 2, chosen.dropFirst(elements.count).allSatisfy({ $0 == 4 }) else { return nil }
    var edges = (1..<elements.count).map { (choices[atoms + $0 - 1], $0) }
    if let ring = choices.last, ring > 0 {
      let pairs = (1..<elements.count).flatMap { b in (0..<b).map { ($0, b) } }
      guard ring <= pairs.count, !edges.contains(where: { $0 == pairs[ring - 1] }) else { return nil }
      edges.append(pairs[ring - 1])
    }
    let bonds = Graph(vertices: elements.count, edges: edges)
    guard zip(bonds.degrees, elements).allSatisfy({ $0 <= $1.valence }) else { return nil }
    return Molecule(elements, bonds: bonds)
  }

  /// The choices as one-hot numbers, one row for every molecule; a missing parent is a row of zeros. [N×141]
  public static func rows(_ molecules: [Molecule], scalarType: ScalarType = .float) -> Tensor {
    var numbers = [Double](repeating: 0, count: molecules.count * width)
    for (n, molecule) in molecules.enumerated() {
      var start = n * width
      for (choice, count) in zip(choices(of: molecule), options) {
        if let choice { numbers[start + choice] = 1 }
        start += count
      }
    }
    return Tensor(numbers, shape: [molecules.count, width], scalarType: scalarType)
  }

  /// The columns of every choice. [N×141] → one [N×options] for each choice
  static func parts(_ rows: Tensor) -> [Tensor] {
    var start = 0
    return options.map { count in
      defer { start += count }
      return rows[start..<start + count, axis: 1]
    }
  }

  /// Choices from logits: drawn by their probabilities, or the most probable ones if `random` is nil. [N×141] → [N][20]
  public static func decoded(_ logits: Tensor, random: RandomSource? = nil) -> [[Int]] {
    let columns = parts(logits).map { part -> [Int] in
      guard let random else { return part.argmax() }
      let p = part.softmax()
      return (0..<p.shape[0]).map { random.categorical(p[$0].scalars) }
    }
    return (0..<logits.shape[0]).map { n in columns.map { $0[n] } }
  }

  private static func pair(_ a: Int, _ b: Int) -> Int { b * (b - 1) / 2 + a }
}

/// A variational autoencoder of molecules: z ∼ N(0, I), and given z every choice of a `MoleculeCode` has its own
/// probabilities. § 12.3.3; Gómez-Bombarelli et al. (2018)
public struct MoleculeVAE: EvidenceModel {
  /// From the choices to μ and log σ², side by side; from z to the logits of the choices.
  public var encoder, decoder: MLP

  /// A network with one hidden layer on either side.
  public init(hidden: Int = 128, latent d: Int = 16, random: RandomSource) {
    encoder = MLP([MoleculeCode.width, hidden, 2 * d], random: random)
    decoder = MLP([d, hidden, MoleculeCode.width], random: random)
  }

  /// Encoder and decoder.
  public static var parameters: [PartialKeyPath<MoleculeVAE>] { [\.encoder, \.decoder] }

  /// The number of latent variables.
  public var latentCount: Int { decoder.widths[0] }

  /// q(z | x). [N×141] → [N×d]
  public func encoded(_ x: Tensor) -> Normal {
    let both = encoder(x)
    return Normal(
      mean: both[0..<latentCount, axis: 1],
      logVariance: limitedLogVariance(both[latentCount..<2 * latentCount, axis: 1]))
  }

  /// The logits of all choices. [N×d] → [N×141]
  public func decodedLogits(_ z: Tensor) -> Tensor { decoder(z) }

  /// Both terms of the bound; log p(x | z) is the sum over the choices of log-softmax. x: [N×141]; ε: [N×d]
  public func evidence(of x: Tensor, noise ε: Tensor) -> EvidenceTerms {
    let q = encoded(x)
    let logits = decodedLogits(reparameterized(mean: q.mean, logVariance: q.logVariance, noise: ε))
    let logp = Tensor.concatenated(MoleculeCode.parts(logits).map { $0.logSoftmax() }, axis: 1)
    return EvidenceTerms(reconstruction: (x * logp).sum(axes: [1]), divergences: standardDivergences(of: q))
  }

  /// Molecules from N(0, I), or nil where the choices make none; `draws` chooses whether the choices are drawn given z
  /// or the most probable ones are taken.
  public func sampled(_ count: Int, draws: Bool = false, random: RandomSource) -> [Molecule?] {
    let logits = decodedLogits(random.normal([count, latentCount]))
    return MoleculeCode.decoded(logits, random: draws ? random : nil).map(MoleculeCode.molecule)
  }

  /// Molecules near given ones: encoded, moved by noise of this size, and decoded.
  public func varied(_ molecules: [Molecule], noise s: Double, random: RandomSource) -> [Molecule?] {
    let mean = encoded(MoleculeCode.rows(molecules)).mean
    return MoleculeCode.decoded(decodedLogits(mean + s * random.normal(mean.shape))).map(MoleculeCode.molecule)
  }
}

/// How good generated molecules are. § 12.3.3
public struct GenerationQuality: Sendable, Equatable {
  /// The share of samples that are molecules; the share of these that differ from all earlier ones; and the share of
  /// the different ones that are not among the training molecules.
  public let valid, different, new: Double

  /// The shares of these samples.
  public init(_ samples: [Molecule?], training: [Molecule]) {
    let found = samples.compactMap { $0?.fingerprint }
    let kinds = Set(found)
    func share(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }
    valid = share(found.count, samples.count)
    different = share(kinds.count, found.count)
    new = share(kinds.subtracting(training.map(\.fingerprint)).count, kinds.count)
  }
}
