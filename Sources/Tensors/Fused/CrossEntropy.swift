import Kernels
import Messages

// The cross-entropy from logits: one pass over the logits for the value and one for the derivative, keeping only the
// logits.

extension Tensor {
  /// The mean cross-entropy of rows of logits with the classes of the rows: −1/N Σᵢ Σⱼ qᵢⱼ ln softmax(zᵢ)ⱼ.
  ///
  /// Without smoothing, the target q of a row is 1 at its label. With smoothing ε, a share of ε is spread over all K
  /// classes: q is 1 − ε + ε/K at the label and ε/K elsewhere (Szegedy et al., 2016). The loss is finite wherever the
  /// differences of the logits are, infinite where the logit of a label is −∞ and another is not, and NaN for a row
  /// that contains NaN or +∞ or consists of −∞.
  ///
  /// With weights it is the weighted mean Σᵢ rᵢ ℓᵢ / Σᵢ rᵢ w[yᵢ], with the weights r of the rows and w of the classes,
  /// which multiply the terms of the loss: ℓᵢ = −Σⱼ wⱼ qᵢⱼ ln softmax(zᵢ)ⱼ. A row that is not kept, or has the weight
  /// 0, is left out, whatever its label and logits are. If no row is left, the mean is NaN, as for an empty tensor, and
  /// the derivative 0. [N×K]
  ///
  /// - Parameters:
  ///   - labels: The class of each row.
  ///   - ε: The share of the target that is spread over all classes.
  ///   - isKept: Whether each row counts; by default all do.
  ///   - classWeights: w, one number for each class.
  ///   - rowWeights: r, one number for each row.
  public func crossEntropy(
    labels: [Int], smoothing ε: Double = 0, where isKept: [Bool]? = nil, classWeights: [Double]? = nil,
    rowWeights: [Double]? = nil
  ) -> Tensor {
    require(
      rank == 2 && shape[0] == labels.count,
      "cannot compare logits \(shape) with \(labels.count) labels: one row per label is needed")
    require(ε >= 0 && ε <= 1, "cannot smooth labels by \(ε): the share must be in 0...1")
    requireWeights(classWeights, shape[1], "classes")
    requireWeights(rowWeights, labels.count, "rows")
    require(
      isKept == nil || isKept?.count == labels.count,
      "cannot select among \(labels.count) rows with \(isKept?.count ?? 0) conditions: one for each is needed")
    let rows = KeptRows(labels, ε, isKept, rowWeights, classWeights)
    if let bad = rows.kept.first(where: { labels[$0] < 0 || labels[$0] >= shape[1] }) {
      require(
        false, "cannot find label \(labels[bad]) (entry \(bad)) among \(shape[1]) classes: they are counted from 0")
    }
    let definition: @Sendable ([Tensor]) -> Tensor = { rows.loss($0[0]) }
    // With smoothing, the kernel does not support class weights.
    if ε > 0 && classWeights != nil { return definition([self]) }
    return Tensor.fused([self], value: value(rows), definition: definition) { g, _ in
      let buffer = Buffer(scalarType, count: count)
      pullBackCrossEntropy(
        elements, labels: rows.labels, smoothing: ε, columns: shape[1], scale: g.item / rows.total,
        weights: rows.isWeighted ? rows.weights : nil, into: buffer)
      return [Tensor(shape, buffer)]
    }
  }

  /// The mean of the losses, by a kernel.
  private func value(_ rows: KeptRows) -> Tensor {
    let losses = Buffer(scalarType, count: shape[0])
    Kernels.crossEntropy(
      elements, labels: rows.labels, smoothing: rows.smoothing, columns: shape[1], into: losses)
    if !rows.isWeighted { return Tensor([shape[0]], losses).mean() }
    for (i, weight) in rows.weights.enumerated() { losses[i] = weight == 0 ? 0 : losses[i] * weight }
    return Tensor([shape[0]], losses).sum() / rows.total
  }

  private func requireWeights(_ weights: [Double]?, _ count: Int, _ kind: String) {
    guard let weights else { return }
    require(weights.count == count, "cannot weight \(count) \(kind) by \(weights.count) weights: each needs one")
    if let bad = weights.firstIndex(where: { !($0 >= 0 && $0 < .infinity) }) {
      require(
        false, "cannot weight \(kind) by \(weights[bad]) (entry \(bad)): weights must be finite and not negative")
    }
  }
}

/// The rows that count, and their weights.
private struct KeptRows: Sendable {
  /// The class of each row, 0 for those that are left out.
  let labels: [Int]
  let smoothing: Double
  /// The weight of each row times that of its class, 0 for those that are left out.
  let weights: [Double]
  /// The rows that are not left out.
  let kept: [Int]
  let isWeighted: Bool
  private let rowWeights: [Double]
  private let classWeights: [Double]?

  init(_ labels: [Int], _ ε: Double, _ isKept: [Bool]?, _ rowWeights: [Double]?, _ classWeights: [Double]?) {
    let rows = labels.indices.map { (isKept?[$0] ?? true) ? rowWeights?[$0] ?? 1 : 0 }
    func classWeight(_ label: Int) -> Double {
      guard let classWeights else { return 1 }
      // A wrong label stops later.
      return classWeights.indices.contains(label) ? classWeights[label] : 1
    }
    weights = labels.indices.map { rows[$0] == 0 ? 0 : rows[$0] * classWeight(labels[$0]) }
    // A class of weight 0 still has its share in the smoothed targets of other classes.
    kept = labels.indices.filter { rows[$0] > 0 }
    self.labels = labels.indices.map { rows[$0] == 0 ? 0 : labels[$0] }
    (smoothing, self.rowWeights, self.classWeights) = (ε, rows, classWeights)
    isWeighted = isKept != nil || rowWeights != nil || classWeights != nil
  }

  /// The number by which the sum of the losses is divided.
  var total: Double { weights.reduce(0, +) }

  /// The loss in plain tensor operations.
  func loss(_ z: Tensor) -> Tensor {
    let (ε, type) = (smoothing, z.scalarType)
    let counting = ε == 0 ? kept.filter { weights[$0] > 0 } : kept
    let logarithms = (isWeighted ? z.gathered(counting) : z).logSoftmax()
    let picked = logarithms.picked(counting.map { labels[$0] })
    if !isWeighted { return ε == 0 ? -picked.mean() : (1 - ε) * -picked.mean() - ε * logarithms.mean() }
    let loss = -picked.weighted(by: Tensor(counting.map { weights[$0] }, scalarType: type)).sum() / total
    if ε == 0 { return loss }
    let r = Tensor(counting.map { rowWeights[$0] }, scalarType: type).expanded(axis: 1)
    let w = Tensor(classWeights ?? [1], scalarType: type)
    let spread = logarithms.weighted(by: r * w)
    return (1 - ε) * loss - ε / Double(z.shape[1]) * spread.sum() / total
  }
}
