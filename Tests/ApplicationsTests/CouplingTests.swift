import Applications
import Checking
import Tensors
import Testing

@Suite("§ 12.3.1  Contacts from an alignment")
struct CouplingTests {
  @Test(
    "§ 12.3.1: for a chain of normal variables the inverse covariance is 0 except at contacts; the correlation is not")
  func chain() throws {
    let (L, ρ) = (12, 0.8)
    let place = Tensor.range(0..<L, scalarType: .double)
    let Σ = (log(ρ) * (place.expanded(axis: 1) - place).abs()).exp()
    let J = try LinearAlgebra.inverse(Σ).scalars
    for i in 0..<L {
      for j in 0..<L {
        if abs(i - j) > 1 { #expect(abs(J[i * L + j]) < 1e-12) }
        if abs(i - j) == 1 { #expect(abs(J[i * L + j] + ρ / (1 - ρ * ρ)) < 1e-12) }
      }
    }
    #expect(Σ.min().item > 0.08)
  }

  @Test("§ 12.3.1: of 276 pairs the inverse covariance finds at least 25 of 26 contacts, the correlation at most 20")
  func folded() throws {
    let family = AlignedFamily.folded
    let sequences = family.sequences(1_000, sweeps: 40, random: RandomSource(seed: 1))
    let scores = try ContactScores(sequences, letters: family.letters)
    let direct = ContactScores.precision(of: scores.coupling, contacts: family.contacts)
    let indirect = ContactScores.precision(of: scores.correlation, contacts: family.contacts)
    #expect(family.contacts.edges.count == 26 && ContactScores.rankedPairs(scores.coupling).count == 276)
    #expect(direct >= 25 / 26.0 && indirect <= 20 / 26.0, "\(direct) against \(indirect)")
  }

  @Test("§ 12.3.1: two coupled sites agree with probability e^J / (e^J + q − 1)")
  func pair() {
    let family = AlignedFamily(sites: 2, letters: 4, contacts: Graph(vertices: 2, edges: [(0, 1)]), strengths: [1.5])
    let drawn = family.sequences(20_000, sweeps: 10, random: RandomSource(seed: 2))
    let share = Double(drawn.count { $0[0] == $0[1] }) / 20_000
    let factor = Tensor(1.5, scalarType: .double).exp().item
    #expect(abs(share - factor / (factor + 3)) < 0.012)
  }
}

private func log(_ x: Double) -> Double { Tensor(x, scalarType: .double).log().item }
