// Exercise 12.5  Classifiers of people, and repairs before and in training

import DataSets
import Foundations
import Messages
import Tensors
import Training

extension LogisticRegression {
  /// Exercise 12.5: the logistic regression that minimises Σᵢ wᵢ ℓᵢ / Σᵢ wᵢ + λ/2 ‖θ‖², ℓᵢ the cross-entropy of person
  /// i, by Newton's method with the Hessian Xᵀ diag(w p (1 − p)) X / Σᵢ wᵢ + λ I; the bias is not penalized.
  ///
  /// Features [N×d], targets 0 or 1 [N], positive weights [N], all double.
  public init(
    fitting φ: Tensor, targets y: Tensor, weights w: Tensor, penalty λ: Double = 1e-4, steps: Int = 25
  ) throws {
    let (N, d) = (φ.shape[0], φ.shape[1])
    require(
      y.shape == [N] && w.shape == [N],
      "cannot fit features \(φ.shape) to targets \(y.shape) with weights \(w.shape): one each for each row is needed")
    self = try LogisticRegression(fitting: φ, y, steps: 0)
    let X = Tensor.concatenated([φ, Tensor.ones([N, 1], scalarType: φ.scalarType)], axis: 1)
    let ridge = Tensor([Double](repeating: λ, count: d) + [0], scalarType: φ.scalarType)
    let shares = w / w.sum().item
    for _ in 0..<steps {
      let p = self(φ).sigmoid()
      let g = matmul(X.transposed, shares * (p - y)) + ridge * flattened
      let H =
        matmul(X.transposed * (shares * p * (1 - p)), X)
        + ridge * Tensor.identity(d + 1, scalarType: φ.scalarType)
      let step = try LinearAlgebra.solve(H, g)
      self = withParameters(from: flattened - step)
      if step.norm().item < 1e-9 { break }
    }
  }
}

/// The weights that make label and group independent: w(a, y) = P(A = a) P(Y = y) / P(A = a, Y = y). Exercise 12.5
///
/// In the weighted data both groups have the same base rate. Kamiran and Calders (2012)
public func reweighing(labels: [Int], groups: [Int]) -> [Double] {
  let n = Double(labels.count)
  func share(_ condition: (Int) -> Bool) -> Double { Double(labels.indices.count(where: condition)) / n }
  let weights = (0...1).map { a in
    (0...1).map { y in
      let joint = share { groups[$0] == a && labels[$0] == y }
      return joint > 0 ? share { groups[$0] == a } * share { labels[$0] == y } / joint : 0
    }
  }
  return zip(groups, labels).map { weights[$0][$1] }
}

/// Exercise 12.5: (mean of p in group a − mean of p in group b)²: the square of a smooth gap of parity, for training.
///
/// Probabilities [N]; 0 if a group has nobody in the batch.
public func parityPenalty(_ p: Tensor, groups: [Int]) -> Tensor {
  require(p.shape == [groups.count], "cannot compare \(p.shape) probabilities of \(groups.count) people")
  let isB = Tensor(groups.map(Double.init), scalarType: p.scalarType)
  let (b, a) = (isB.sum().item, Double(groups.count) - isB.sum().item)
  if a == 0 || b == 0 { return 0 * p.sum() }
  return (p * (isB / b - (1 - isB) / a)).sum().squared()
}

/// A census as numbers: what classifiers of people are trained and tested on. Exercise 12.5
public struct EncodedCensus: Sendable {
  /// The encoding.
  public let encoding: CensusEncoding
  /// The features of the two parts. [N×D]
  public let train, test: Tensor
  /// The people of the two parts.
  public let people: (train: CensusPart, test: CensusPart)

  /// A census without the columns in `left`.
  public init(_ census: Census, without left: [String] = [], _ scalarType: ScalarType = .double) {
    encoding = CensusEncoding(of: census, without: left)
    (train, test) = (encoding(census.train, scalarType), encoding(census.test, scalarType))
    people = (census.train, census.test)
  }

  /// The logistic regression of the labels, each person with a weight.
  public func logistic(weights: [Double]? = nil) throws -> LogisticRegression {
    try logistic(of: people.train.labels, weights: weights)
  }

  /// The logistic regression of other labels of the training people, such as their group.
  public func logistic(of labels: [Int], weights: [Double]? = nil) throws -> LogisticRegression {
    let w = weights ?? [Double](repeating: 1, count: labels.count)
    return try LogisticRegression(
      fitting: train, targets: Tensor(labels.map(Double.init), scalarType: train.scalarType),
      weights: Tensor(w, scalarType: train.scalarType))
  }

  /// The audit of a classifier on the test people: Ŷ = 1 where its logit is positive.
  public func audit(_ logits: Tensor) -> FairnessAudit {
    FairnessAudit(
      predictions: logits.scalars.map { $0 > 0 }, labels: people.test.labels, groups: people.test.groups)
  }
}

/// Exercise 12.5: trains a classifier of people with the penalty λ (gap of parity)².
///
/// The loss is the mean cross-entropy plus λ times `parityPenalty`, both on a batch; batches of at least a few hundred
/// people estimate the gap well enough. `logits` returns [N].
@discardableResult
public func trainFairly<M: Module<Tensor, Tensor>, O: Optimizer>(
  _ model: inout M, with optimizer: inout O, on features: Tensor, _ people: CensusPart, penalty λ: Double,
  plan: TrainingPlan, random: RandomSource
) -> History {
  let y = people.targets(features.scalarType)
  return train(&model, with: &optimizer, examples: people.count, plan: plan, random: random) { model, batch in
    let z = model(features.gathered(batch)).flattened
    let loss = z.binaryCrossEntropy(targets: y.gathered(batch))
    return λ == 0 ? loss : loss + λ * parityPenalty(z.sigmoid(), groups: batch.map { people.groups[$0] })
  }
}
