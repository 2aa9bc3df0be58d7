import Applications
import Checking
import Tensors
import Testing
import ch12

@Suite("§ 12.6.2  Fairness metrics")
struct FairnessMetricsTests {
  private func near(_ x: Double, _ y: Double) -> Bool { abs(x - y) < 1e-12 }

  @Test("Definition 12.2, Definition 12.3: the rates of counted predictions")
  func counted() {
    // Group a: labels 1 1 1 0 0, predictions 1 1 0 1 0; group b: labels 1 0 0 0, predictions 0 0 1 0.
    let audit = FairnessAudit(
      predictions: [true, true, false, true, false, false, false, true, false], labels: [1, 1, 1, 0, 0, 1, 0, 0, 0],
      groups: [0, 0, 0, 0, 0, 1, 1, 1, 1])
    #expect(
      audit.a == GroupRates(truePositives: 2, falseNegatives: 1, falsePositives: 1, trueNegatives: 1)
        && audit.b == GroupRates(truePositives: 0, falseNegatives: 1, falsePositives: 1, trueNegatives: 2))
    #expect(near(audit.parityGap, 3.0 / 5 - 1.0 / 4) && near(audit.opportunityGap, 2.0 / 3))
    #expect(near(audit.predictiveEqualityGap, 1.0 / 2 - 1.0 / 3) && near(audit.oddsGap, 2.0 / 3))
    #expect(near(audit.accuracy, 5.0 / 9) && near(audit.a.precision, 2.0 / 3) && near(audit.selectionRatio, 5.0 / 12))
    #expect(near(audit.parityError, (0.6 * 0.4 / 5 + 0.25 * 0.75 / 4).squareRoot()))
  }

  @Test("Definition 12.3: as printed it holds for TPR 0.8 and 0.8 with FPR 0.2 and 0.4; equalized odds do not")
  func printed() {
    let audit = FairnessAudit.printedDefinition
    #expect(near(audit.a.baseRate, 0.5) && near(audit.b.baseRate, 0.25))
    #expect(near(audit.a.truePositiveRate, 0.8) && near(audit.b.truePositiveRate, 0.8))
    #expect(near(audit.a.falsePositiveRate, 0.2) && near(audit.b.falsePositiveRate, 0.4))
    #expect(near(audit.opportunityGap, 0) && near(audit.oddsGap, 0.2) && near(audit.predictiveEqualityGap, -0.2))
    #expect(near(audit.a.selectionRate, 0.5) && near(audit.b.selectionRate, 0.5) && near(audit.parityGap, 0))
  }

  @Test("§ 12.6.2: precision and true positive rate fix the false positive rate, b/(1 − b) (1 − PPV)/PPV TPR")
  func precision() {
    for group in EqualPrecision.standard {
      #expect(near(group.rates.precision, 0.6) && near(group.rates.truePositiveRate, 0.7))
      #expect(near(group.rates.falsePositiveRate, group.falsePositiveRate))
    }
    let rates = EqualPrecision.standard.map(\.falsePositiveRate)
    #expect(zip(rates, rates.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test("audits of lists of different lengths stop with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) {
      _ = FairnessAudit(predictions: [true], labels: [1, 0], groups: [0, 1])
    }
    await #expect(processExitsWith: .failure) {
      _ = FairnessAudit(predictions: [true, false], labels: [1, 0], groups: [0, 2])
    }
  }
}

@Suite("Exercise 12.1 Parity against equalized odds")
struct Exercise12_1Tests {
  @Test("Exercise 12.1: with equal odds the gap of parity is (b_a − b_b)(TPR − FPR)")
  func identity() {
    for a in [0.1, 0.4, 0.9] {
      for b in [0.1, 0.3] {
        for (tpr, fpr) in [(0.8, 0.2), (0.5, 0.5), (0.1, 0.7), (1, 0)] {
          let odds = EqualOdds(baseRates: (a, b), truePositiveRate: tpr, falsePositiveRate: fpr)
          #expect(abs(odds.audit.oddsGap) < 1e-12)
          #expect(abs(odds.audit.parityGap - odds.parityGap) < 1e-12)
          #expect((abs(odds.parityGap) < 1e-12) == (a == b || tpr == fpr))
        }
      }
    }
  }

  @Test("Exercise 12.1: of all predictions for two small groups, those with parity and equal odds have TPR = FPR")
  func enumeration() {
    for (a, b) in [((12, 6), (12, 3)), ((20, 10), (20, 5)), ((24, 8), (24, 6))] {
      let found = EnumeratedPredictions(a: a, b: b)
      #expect(found.informative == 0 && found.both >= 2)
    }
    let equal = EnumeratedPredictions(a: (12, 6), b: (24, 12))
    #expect(equal.informative > 0)  // equal base rates: parity and equal odds go together
    #expect(equal.all == 49 * 169)
  }

  @Test("Exercise 12.1: with Definition 12.3 as printed both hold for other predictions too")
  func printed() {
    let found = EnumeratedPredictions(a: (20, 10), b: (20, 5))
    #expect(found.printed > found.both)
    let example = FairnessAudit.all(a: (20, 10), b: (20, 5)).contains {
      abs($0.a.truePositiveRate - 0.8) < 1e-12 && abs($0.b.truePositiveRate - 0.8) < 1e-12
        && abs($0.a.falsePositiveRate - 0.2) < 1e-12 && abs($0.b.falsePositiveRate - 0.4) < 1e-12
        && abs($0.parityGap) < 1e-12
    }
    #expect(example)
  }

  @Test("Exercise 12.1: thresholds with equal selection rates leave gaps of both other rates, and the other way round")
  func thresholds() throws {
    let people = DataForTests.census
    let encoded = EncodedCensus(people)
    let sweep = RateSweep(scores: try encoded.logistic()(encoded.test).scalars, people: people.test, rates: [0.2, 0.5])
    for (_, audit) in sweep.parity {
      #expect(abs(audit.parityGap) < 0.005 && audit.opportunityGap < -0.05 && audit.predictiveEqualityGap < -0.02)
    }
    for (_, audit) in sweep.opportunity { #expect(abs(audit.opportunityGap) < 0.01 && audit.parityGap > 0.02) }
  }
}
