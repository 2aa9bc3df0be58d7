import RNN
import Tensors
import Testing
import ch05

@Suite("§ 5.1 to § 5.7 The demonstrations of the sections")
struct RNNSectionsTests {
  @Test(
    "§ 5.1: with lengths a batch has each sequence's own final state; with lengths left out all but the longest differ")
  func padding() {
    let effects = measurePadding(random: RandomSource(seed: 1))
    #expect(effects.count == 4)
    #expect(effects.allSatisfy { $0.withLengths < 1e-6 && $0.withoutLengths > 0.01 })
  }

  @Test("§ 5.2.2: the example's graph has one node for each weight, however long it is")
  func graph() {
    for T in [1, 4, 9] { #expect(unrolledExample(steps: T).nodes.count { $0.name.hasPrefix("w_") } == 3) }
  }

  @Test("(5.4), (5.5): double sum and recursion are right, the other order and both readings of (5.5) are not")
  func doubleSum() {
    let check = checkGradients(units: 6, steps: 8, random: RandomSource(seed: 2))
    #expect(check[0].distance < 1e-13 && check[2].distance < 1e-13 && check[1].distance > 0.01)
    let scalar = scalarExample()
    for t in 3...4 {
      #expect(abs(scalar.printed(t, immediate: true) - scalar.lossGradient(t)) > 0.05)
    }
  }

  @Test(
    "§ 5.3: a window that does not reach back to the first input has lost the direction; one of all steps has it all")
  func truncation() {
    let shares = truncate(windows: [1, 5, 20], steps: 20, random: RandomSource(seed: 3))
    for share in shares {
      #expect(share.cosines[0] < share.cosines[2])
      #expect(abs(share.cosines[2] - 1) < 1e-12)
    }
  }

  @Test("Theorem 5.4: the cases of § 5.4 keep the bound; σ_max γ > 1 occurs with growth and with decay")
  func bounds() {
    let cases = studyBounds(units: 16, random: RandomSource(seed: 4))
    #expect(cases.allSatisfy { $0.bound.largestRatio <= 1 + 1e-12 })
    let large = cases.filter { $0.bound.largestSingularValue * $0.bound.largestSlope > 1.01 }
    let norms = large.map { $0.bound.norms.norms.last ?? 0 }
    #expect(norms.contains { $0 > 1e3 } && norms.contains { $0 < 0.1 })
  }

  @Test("powers with ρ = 0.95 grow first and vanish at last; with ρ = 0 and a saturated unit the product explodes")
  func powers() {
    let powers = studyPowers(size: 100, random: RandomSource(seed: 5))
    #expect(abs(powers[0].radius - 0.95) < 1e-6)
    #expect((powers[0].norms.max() ?? 0) > powers[0].norms[0] && (powers[0].norms.last ?? 1) < 0.01)
    #expect(powers[1].radius == 0 && (powers[1].norms.last ?? 0) > 1e8)
  }

  @Test("§ 5.5.1: fixed gates keep, hide, replace and halve what a cell holds")
  func roles() {
    let roles = studyRoles()
    #expect(roles[0].cell == 0.75 && roles[1].cell == 0.75 && roles[1].shown == 0)
    #expect(abs(roles[0].shown - 0.6351489523872873) < 1e-12)
    #expect(abs(roles[2].cell) < 1)
    #expect(roles[3].cell != 0.75)
  }

  @Test("Proposition 5.5: the paths through h add to the product of forget gates")
  func paths() {
    for path in studyPaths(units: 12, random: RandomSource(seed: 6)) {
      #expect(path.whole > path.direct && path.beside > 1e-4)
    }
  }

  @Test("§ 5.5.3: before training simple, GRU and LSTM layers lose the gradient alike; a forget bias of 5 keeps it")
  func starts() {
    let curves = studyStarts(units: 16, steps: 100, every: 50, random: RandomSource(seed: 7))
    let last = Dictionary(uniqueKeysWithValues: curves.map { ($0.name, $0.norms.norms.last ?? 0) })
    for name in ["simple", "GRU", "LSTM"] { #expect((last[name] ?? 1) < 1e-12) }
    #expect((last["LSTM, forget bias 5"] ?? 0) > 1)
  }

  @Test("§ 5.6: only with z negated and r behind the matrix are notes and libraries one")
  func forms() {
    let forms = compareForms(random: RandomSource(seed: 8))
    #expect(forms[0].distance > forms[1].distance && forms[1].distance > 0.05)
    #expect(forms[3].distance < 1e-14)
  }

  @Test("Remark 5.6: times are measured for all three layers, the LSTM last")
  func times() {
    let times = timeLayers(hidden: 16, rounds: 2)
    #expect(times.map(\.name) == ["simple", "GRU", "LSTM"])
    #expect(times.allSatisfy { 0 < $0.forward && $0.forward < $0.both && $0.both < 10 })
  }

  @Test("Definition 5.7: the forward half has read s ≤ t, the backward half s ≥ t, both together all")
  func reach() {
    let maps = studyReach(steps: 6, random: RandomSource(seed: 9))
    for t in 0..<6 {
      for s in 0..<6 {
        #expect((maps[0].norms[t][s] > 0) == (s <= t) && (maps[1].norms[t][s] > 0) == (s >= t))
        #expect(maps[2].norms[t][s] > 0)
      }
    }
    #expect(summaryReach(steps: 6, random: RandomSource(seed: 9)).map(\.elements) == [6, 1, 6])
  }
}
