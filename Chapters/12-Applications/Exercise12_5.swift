import Applications
import DataSets
import Figures
import Foundations
import Messages
import Running
import Tensors
import Training

/// Exercise 12.5: an audit of income predictions, and repairs before, in and after training.
public let exercise12_5 = Exercise(
  "12.5", "A fairness audit, and repairs", stars: 3, seconds: 2, quick: 1, full: 5,
  needs: { _ in .people(train: 400, test: 200) }
) { run in
  let all = try run.data.adult(
    drawn: run.choose(quick: 2_000, standard: 20_000, full: 40_000),
    run.choose(quick: 1_000, standard: 10_000, full: 20_000))
  let census =
    run.options.budget == .quick ? all.with(train: all.train.prefix(2_000), test: all.test.prefix(1_000)) : all
  run.say(
    "\(census.provenance)\nLabel 1: \(census.label). Group a: \(census.groupNames[0]), b: \(census.groupNames[1]).\n")
  let study = try FairnessStudy(census, random: run.random.split()) { label in
    run.plan(quick: 2, standard: 20, full: 30, batchSize: 512, label: label)
  }
  run.show(groupTable(census), as: "groups")
  run.show(auditTable(study.audited), as: "audit")
  run.say(
    "Without the column \(census.groupColumn) the group is told from the others at "
      + "\(decimals(study.groupAccuracy, 3)); "
      + "always \"\(census.groupNames[0])\" is right at \(decimals(study.largerGroup, 3)).\n"
  )
  run.show(priceFigure(study), as: "price")
  run.show(curveFigure(study), as: "curves")
  run.card("data", census.provenance)
  run.card("accuracy of the logistic regression", study.audit("logistic").accuracy)
  run.card("its gap of parity", study.audit("logistic").parityGap)
  run.card("± one standard error", study.audit("logistic").parityError)
  run.card("gap of parity without the column \(census.groupColumn)", study.audit("without").parityGap)
  run.card("gap of parity after reweighing", study.audit("reweighing").parityGap)
}

/// A classifier with its audit on the test people. Exercise 12.5
public struct AuditedClassifier: Sendable {
  /// A short name, and the name in tables.
  public let key, name: String
  /// The audit.
  public let audit: FairnessAudit
}

/// Exercise 12.5: classifiers of a census, and the repairs.
public struct FairnessStudy: Sendable {
  /// All classifiers, in the order of the table.
  public let audited: [AuditedClassifier]
  /// The audits for growing weights of the penalty.
  public let path: [(weight: Double, audit: FairnessAudit)]
  /// How often the group is told from the other columns, and the share of the larger group.
  public let groupAccuracy, largerGroup: Double
  /// The logits of the logistic regression for the test people, and these people.
  public let logits: [Double], people: CensusPart
  /// The thresholds for equal true positive rates.
  public let opportunity: GroupThresholds

  /// The study of a census; `plan` makes the plan of each training.
  public init(_ census: Census, random: RandomSource, plan: (_ label: String) -> TrainingPlan) throws {
    let full = EncodedCensus(census)
    let blind = EncodedCensus(census, without: [census.groupColumn])
    let (train, test) = full.people
    let logistic = try full.logistic()
    let known = logistic(full.train).scalars
    let logits = logistic(full.test).scalars
    func audit(_ predictions: [Bool]) -> FairnessAudit {
      FairnessAudit(predictions: predictions, labels: test.labels, groups: test.groups)
    }
    func thresholds(_ rate: GroupThresholds.Rate) -> GroupThresholds {
      GroupThresholds(equalizing: rate, scores: known, labels: train.labels, groups: train.groups)
    }
    var network = MLP([full.encoding.width, 64, 1], random: random.split())
    var adam = Adam(learningRate: 1e-3)
    let (features, judged) = (full.train.converted(to: .float), full.test.converted(to: .float))
    trainFairly(
      &network, with: &adam, on: features, train, penalty: 0, plan: plan("network"), random: random)
    let weights = reweighing(labels: train.labels, groups: train.groups)
    path = [1, 3, 10, 30].map { λ in
      var model = logistic.converted(to: .float)
      var adam = Adam(learningRate: 0.01)
      trainFairly(
        &model, with: &adam, on: features, train, penalty: λ, plan: plan("penalty \(grouped(Int(λ)))"), random: random)
      return (λ, full.audit(model(judged)))
    }
    opportunity = thresholds(.truePositive)
    audited = [
      AuditedClassifier(key: "majority", name: "always 0", audit: audit(test.labels.map { _ in false })),
      AuditedClassifier(key: "logistic", name: "logistic regression", audit: full.audit(logistic(full.test))),
      AuditedClassifier(key: "network", name: "MLP", audit: full.audit(network(judged).flattened)),
      AuditedClassifier(
        key: "without", name: "logistic, without \(census.groupColumn)",
        audit: blind.audit(try blind.logistic()(blind.test))),
      AuditedClassifier(
        key: "reweighing", name: "before training: reweighing",
        audit: full.audit(try full.logistic(weights: weights)(full.test))),
      AuditedClassifier(
        key: "penalty", name: "in training: penalty, λ = \(grouped(Int(path[3].weight)))", audit: path[3].audit),
      AuditedClassifier(
        key: "selection", name: "after: thresholds, parity",
        audit: audit(thresholds(.selection)(logits, groups: test.groups))),
      AuditedClassifier(
        key: "opportunity", name: "after: thresholds, equal TPR", audit: audit(opportunity(logits, groups: test.groups))
      ),
      AuditedClassifier(
        key: "predictive", name: "after: thresholds, equal FPR",
        audit: audit(thresholds(.falsePositive)(logits, groups: test.groups))),
      AuditedClassifier(
        key: "odds", name: "after: thresholds and chance, both",
        audit: FairnessAudit(
          chances: RandomizedThresholds(scores: known, labels: train.labels, groups: train.groups)(
            logits, groups: test.groups), labels: test.labels, groups: test.groups)),
    ]
    groupAccuracy =
      zip(try blind.logistic(of: train.groups)(blind.test).scalars, test.groups)
      .reduce(0) { $0 + (($1.0 > 0) == ($1.1 == 1) ? 1 : 0) } / Double(test.count)
    let second = Double(test.groups.count { $0 == 1 }) / Double(test.count)
    largerGroup = max(second, 1 - second)
    (self.logits, people) = (logits, test)
  }

  /// The audit of the classifier with this key.
  public func audit(_ key: String) -> FairnessAudit {
    audited.first { $0.key == key }?.audit ?? audited[0].audit
  }
}

private func groupTable(_ census: Census) -> Table {
  Table(
    "Two groups of the test people",
    columns: ["group", "people", "label 1"],
    rows: (0...1).map { group in
      let members = census.test.groups.indices.filter { census.test.groups[$0] == group }
      let share = Double(members.count { census.test.labels[$0] == 1 }) / Double(members.count)
      return [.text(census.groupNames[group]), .integer(members.count), .number(share, decimals: 3)]
    })
}

func auditTable(_ audited: [AuditedClassifier]) -> Table {
  Table(
    "Exercise 12.5: gaps are rates of group a minus those of group b, on the test people",
    columns: ["classifier", "accuracy", "gap of Ŷ = 1", "of TPR", "of FPR", "ratio of Ŷ = 1"],
    rows: audited.map {
      [
        .text($0.name), .number($0.audit.accuracy, decimals: 4), .number($0.audit.parityGap, decimals: 3),
        .number($0.audit.opportunityGap, decimals: 3), .number($0.audit.predictiveEqualityGap, decimals: 3),
        .number($0.audit.selectionRatio, decimals: 2),
      ]
    })
}

/// Accuracy against the gap of parity.
private func priceFigure(_ study: FairnessStudy) -> ScatterPlot {
  func place(_ key: String, _ name: String) -> Series {
    let audit = study.audit(key)
    return Series(name, x: [audit.parityGap], [audit.accuracy], style: .points)
  }
  let start = study.audit("logistic")
  let path = [start] + study.path.map(\.audit)
  return ScatterPlot(
    "The price of parity", x: Axis("gap of selection rates"), y: Axis("accuracy"),
    groups: [
      Series("penalty, λ = 0 to 30", x: path.map(\.parityGap), path.map(\.accuracy), style: .both),
      place("network", "MLP"), place("without", "without the group's column"), place("reweighing", "reweighing"),
      place("selection", "thresholds, parity"), place("opportunity", "thresholds, equal TPR"),
      place("predictive", "thresholds, equal FPR"), place("odds", "chance, both equal"),
    ])
}

/// The curves of both groups, and where their thresholds are.
private func curveFigure(_ study: FairnessStudy) -> ScatterPlot {
  let (people, scores) = (study.people, study.logits)
  let curves = (0...1).map { group in
    ScoreCurve(
      scores: scores, labels: people.labels, members: people.groups.indices.filter { people.groups[$0] == group })
  }
  func thinned(_ curve: ScoreCurve, _ name: String) -> Series {
    let kept =
      stride(from: 0, to: curve.thresholds.count, by: max(1, curve.thresholds.count / 150)).map { $0 }
      + [curve.thresholds.count - 1]
    return Series(name, x: kept.map { curve.falsePositive[$0] }, kept.map { curve.truePositive[$0] })
  }
  func points(_ name: String, _ thresholds: GroupThresholds) -> Series {
    let audit = FairnessAudit(
      predictions: thresholds(scores, groups: people.groups), labels: people.labels, groups: people.groups)
    let both = [audit.a, audit.b]
    return Series(name, x: both.map(\.falsePositiveRate), both.map(\.truePositiveRate), style: .points)
  }
  return ScatterPlot(
    "Every threshold of the logistic regression, by group", x: Axis("false positive rate"),
    y: Axis("true positive rate"),
    groups: [
      thinned(curves[0], "group a"), thinned(curves[1], "group b"), points("one threshold", GroupThresholds([0, 0])),
      points("equal TPR", study.opportunity),
    ])
}
