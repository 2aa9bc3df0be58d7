import Applications
import Checking
import DataSets
import Foundations
import Tensors
import Testing
import Training
import ch12

enum DataForTests {
  static let census = Census.drawn(train: 4_000, test: 4_000)
}

@Suite("Exercise 12.5 A fairness audit")
struct Exercise12_5Tests {
  @Test("Exercise 12.5: after reweighing both groups have the same base rate, and all weights together are the people")
  func reweighed() {
    let train = DataForTests.census.train
    let w = reweighing(labels: train.labels, groups: train.groups)
    func sum(_ condition: (Int) -> Bool) -> Double { w.indices.filter(condition).reduce(0) { $0 + w[$1] } }
    let rates = (0...1).map { group in
      sum { train.groups[$0] == group && train.labels[$0] == 1 } / sum { train.groups[$0] == group }
    }
    let all = Double(train.labels.reduce(0, +)) / Double(train.count)
    #expect(abs(rates[0] - all) < 1e-12 && abs(rates[1] - all) < 1e-12)
    #expect(abs(w.reduce(0, +) - Double(train.count)) < 1e-8)
  }

  @Test("Exercise 12.5: weights of a logistic regression count people: a weight of 2 is the same as two people")
  func weights() throws {
    let random = RandomSource(seed: 1)
    let x = random.normal([30, 3], scalarType: .double)
    let y = (x.sum(axes: [1]) + random.normal([30], scalarType: .double)) .> 0
    let w = Tensor((0..<30).map { $0 < 10 ? 2 : 1 }, scalarType: .double)
    let weighted = try LogisticRegression(fitting: x, targets: y, weights: w)
    let rows = Array(0..<10) + Array(0..<30)
    let repeated = try LogisticRegression(
      fitting: x.gathered(rows), targets: y.gathered(rows), weights: Tensor.ones([40], scalarType: .double))
    expectClose(weighted.flattened, repeated.flattened, tolerance: 1e-9)
  }

  @Test(
    "Exercise 12.5: thresholds equalize the chosen rate on the people they are chosen for",
    arguments: GroupThresholds.Rate.allCases)
  func thresholds(rate: GroupThresholds.Rate) throws {
    let census = DataForTests.census
    let encoded = EncodedCensus(census)
    let scores = try encoded.logistic()(encoded.train).scalars
    let found = GroupThresholds(
      equalizing: rate, scores: scores, labels: census.train.labels, groups: census.train.groups)
    func audit(_ thresholds: GroupThresholds) -> FairnessAudit {
      FairnessAudit(
        predictions: thresholds(scores, groups: census.train.groups), labels: census.train.labels,
        groups: census.train.groups)
    }
    func gap(_ audit: FairnessAudit) -> Double {
      switch rate {
      case .selection: audit.parityGap
      case .truePositive: audit.opportunityGap
      case .falsePositive: audit.predictiveEqualityGap
      }
    }
    #expect(abs(gap(audit(found))) < 0.01 && abs(gap(audit(GroupThresholds([0, 0])))) > 0.05)
    #expect(audit(found).accuracy > audit(GroupThresholds([.infinity, .infinity])).accuracy)
  }

  @Test("Exercise 12.5: a curve has its rates at every threshold, equal scores together")
  func curve() {
    let curve = ScoreCurve(scores: [3, 1, 2, 2, 0], labels: [1, 0, 1, 0, 0], members: Array(0..<5))
    #expect(curve.thresholds == [.infinity, 2.5, 1.5, 0.5, -.infinity])
    #expect(curve.truePositive == [0, 0.5, 1, 1, 1] && curve.selection == [0, 0.2, 0.6, 0.8, 1])
    #expect(zip(curve.falsePositive, [0, 0, 1.0 / 3, 2.0 / 3, 1]).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(curve.hits == [3, 4, 4, 3, 2])
    #expect(curve.cut(at: 1, of: .truePositive) == 2 && curve.cut(at: 0.69, of: .selection) == 2)
  }

  @Test("Exercise 12.5, Definition 12.3: thresholds and chance make both rates equal, and useful ones")
  func odds() throws {
    let census = DataForTests.census
    let encoded = EncodedCensus(census)
    let scores = try encoded.logistic()(encoded.train).scalars
    let (labels, groups) = (census.train.labels, census.train.groups)
    let rules = RandomizedThresholds(scores: scores, labels: labels, groups: groups)
    let chances = rules(scores, groups: groups)
    let audit = FairnessAudit(chances: chances, labels: labels, groups: groups)
    #expect(audit.oddsGap < 1e-9 && chances.allSatisfy { (0...1).contains($0) })
    #expect(abs(audit.a.truePositiveRate - rules.truePositiveRate) < 1e-9)
    #expect(abs(audit.b.falsePositiveRate - rules.falsePositiveRate) < 1e-9)
    #expect(rules.truePositiveRate > rules.falsePositiveRate + 0.2)
    let never = 1 - Double(labels.reduce(0, +)) / Double(labels.count)
    let single = FairnessAudit(predictions: scores.map { $0 > 0 }, labels: labels, groups: groups)
    #expect(audit.accuracy > never && audit.accuracy < single.accuracy)
  }

  @Test("Exercise 12.5: the hull of a curve has no corner below a line between two others")
  func hull() {
    let random = RandomSource(seed: 2)
    let scores = (0..<300).map { _ in random.normal() }
    let labels = scores.map { $0 + random.normal() > 0.5 ? 1 : 0 }
    let curve = ScoreCurve(scores: scores, labels: labels, members: Array(0..<300))
    let hull = RateHull(curve)
    #expect(hull.falsePositive.first == 0 && hull.truePositive.last == 1)
    for (f, t) in zip(curve.falsePositive, curve.truePositive) { #expect(hull.truePositive(at: f) >= t - 1e-12) }
    let slopes = zip(
      zip(hull.falsePositive, hull.falsePositive.dropFirst()), zip(hull.truePositive, hull.truePositive.dropFirst())
    )
    .map { ($1.1 - $1.0) / ($0.1 - $0.0) }
    #expect(zip(slopes, slopes.dropFirst()).allSatisfy { $0 > $1 })
  }

  @Test("Exercise 12.5: with a growing penalty the gap of parity falls, and so does the accuracy")
  func penalty() throws {
    let encoded = EncodedCensus(DataForTests.census, .float)
    let audits = [0, 3, 100].map { λ -> FairnessAudit in
      var model = MLP([encoded.encoding.width, 1], random: RandomSource(seed: 1))
      var adam = Adam(learningRate: 0.02)
      trainFairly(
        &model, with: &adam, on: encoded.train, encoded.people.train, penalty: Double(λ),
        plan: TrainingPlan(epochs: 15, batchSize: 500), random: RandomSource(seed: 2))
      return encoded.audit(model(encoded.test).flattened)
    }
    #expect(audits[0].parityGap > 0.12 && audits[1].parityGap < audits[0].parityGap - 0.03)
    #expect(audits[2].parityGap < audits[1].parityGap && abs(audits[2].parityGap) < 0.05)
    #expect(audits[2].accuracy < audits[0].accuracy)
    let nobody = parityPenalty(Tensor([0.2, 0.7], scalarType: .double), groups: [1, 1])
    #expect(nobody.item == 0)
  }

  @Test("Exercise 12.5: predictive equality is equal FPR; leaving out the column of the group does not close the gap")
  func study() throws {
    let study = try FairnessStudy(DataForTests.census, random: RandomSource(seed: 1)) { _ in
      TrainingPlan(epochs: 6, batchSize: 256)
    }
    let start = study.audit("logistic")
    #expect(start.parityGap > 0.12 && start.accuracy > study.audit("majority").accuracy + 0.03)
    #expect(study.audit("without").parityGap > 0.04 && study.groupAccuracy > study.largerGroup + 0.05)
    #expect(study.audit("reweighing").parityGap < start.parityGap - 0.1)
    #expect(abs(study.audit("selection").parityGap) < 0.03 && study.audit("selection").opportunityGap < -0.1)
    #expect(abs(study.audit("opportunity").opportunityGap) < 0.06)
    #expect(abs(study.audit("predictive").predictiveEqualityGap) < 0.02)
    #expect(abs(study.audit("network").accuracy - start.accuracy) < 0.02)
  }
}

@Suite("§ 12.6.1  Sources of bias")
struct SourcesOfBiasTests {
  @Test("§ 12.6.1: half of the judged people are of each group, whatever the share in training is")
  func judges() {
    let world = BiasedWorld(difference: 1, judged: 10_000, random: RandomSource(seed: 5))
    #expect(abs(world.judges.part.groups.reduce(0, +) - 5_000) < 200)  // four standard deviations
    #expect(world.judges.part.labels == world.judges.truth)
  }

  @Test("§ 12.6.1: the gap of errors falls as the share of the under-represented group grows")
  func representation() throws {
    let world = BiasedWorld(difference: 1, judged: 4_000, random: RandomSource(seed: 1))
    let curve = try ShareCurve(
      world, shares: [0.01, 0.2, 0.5], count: 2_000, repeats: 2, random: RandomSource(seed: 2))
    let gaps = curve.errors.map(\.gap)
    #expect(gaps[0] > 0.05 && gaps[0] > gaps[1] + 0.02 && gaps[1] > gaps[2] + 0.02)
    #expect(curve.errors.allSatisfy { $0.a > 0 && $0.b > 0 })
  }

  @Test("§ 12.6.1: wrong labels of a group lower its selection rate, and an audit by the wrong labels does not see it")
  func labels() throws {
    let found = try [0, 0.6].map { hidden in
      let world = BiasedWorld(difference: 0, mislabelling: hidden, judged: 6_000, random: RandomSource(seed: 1))
      let guesses = try world.predictions(.aware, trainedOn: 6_000, share: 1.0 / 3, random: RandomSource(seed: 2))
      return world.audits(of: guesses)
    }
    #expect(found[0].recorded == found[0].true)
    #expect(found[1].recorded.b.accuracy > found[0].recorded.b.accuracy)
    #expect(found[1].true.b.accuracy < found[0].true.b.accuracy)
    #expect(found[1].true.b.truePositiveRate < found[0].true.b.truePositiveRate / 2)
  }

  @Test("§ 12.6.1: a model for each group is nearly as good as possible where one model for both is not")
  func aggregation() throws {
    let world = BiasedWorld(difference: 1, judged: 4_000, random: RandomSource(seed: 1))
    func excess(_ kind: BiasedWorld.Kind) throws -> Double {
      let found = try world.errors(kind, trainedOn: 4_000, share: 0.5, random: RandomSource(seed: 2))
      return (found.a - found.least.a + found.b - found.least.b) / 2
    }
    let (blind, aware, separate) = (try excess(.blind), try excess(.aware), try excess(.separate))
    #expect(blind > 0.02 && aware > 0.015 && separate < 0.01, "\(blind), \(aware), \(separate)")
  }
}
