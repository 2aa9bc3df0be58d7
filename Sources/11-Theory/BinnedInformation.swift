// § 11.9  The information that a layer has about input and label, measured in bins

import Messages
import Tensors

/// The mutual information of a layer's outputs T with the input X and the label Y, by dividing the range of every
/// neuron into bins. Remark 11.22
///
/// All inputs are different and equally likely, and T is a function of X. With tanh and without bins, I(X;T)
/// would therefore be H(X) for almost all weights. With bins it is the entropy of the binned outputs, and depends on
/// the size of the bins.
public struct BinnedInformation: Sendable {
  /// I(X;T) = H(T) in bits.
  public let aboutInput: Double
  /// I(T;Y) = H(T) − H(T|Y) in bits.
  public let aboutLabel: Double

  /// The given information, in bits.
  public init(aboutInput: Double, aboutLabel: Double) { (self.aboutInput, self.aboutLabel) = (aboutInput, aboutLabel) }

  /// Counts the outputs T [N×k] with their labels in equal bins of the range, by default from the smallest to the
  /// largest value.
  public init(of T: Tensor, labels: [Int], bins: Int, range: ClosedRange<Double>? = nil) {
    require(
      T.rank == 2 && T.shape[0] == labels.count && bins >= 1,
      "cannot bin outputs \(T.shape) with \(labels.count) labels in \(bins) bins: a label for each row and at least 1 "
        + "bin are needed")
    let range = range ?? (T.min().item...T.max().item)
    let scale = range.upperBound > range.lowerBound ? Double(bins) / (range.upperBound - range.lowerBound) : 0
    let values = T.scalars
    let k = T.shape[1]
    let cells = labels.indices.map { i in
      values[i * k..<(i + 1) * k].map { UInt16(max(0, min(Double(bins - 1), ($0 - range.lowerBound) * scale))) }
    }
    let both = zip(cells, labels).map { $0 + [UInt16($1)] }
    let (T, Y, TY) = (Self.entropy(cells), Self.entropy(labels), Self.entropy(both))
    (aboutInput, aboutLabel) = (T, T + Y - TY)
  }

  /// The entropy in bits of the distribution of equal values.
  private static func entropy<Value: Hashable>(_ values: [Value]) -> Double {
    let counts = values.reduce(into: [Value: Double]()) { $0[$1, default: 0] += 1 }.values.sorted()
    return Theory.entropy(ofDistribution: Tensor(counts, scalarType: .double) / Double(values.count))
  }
}

/// All 2ᵈ inputs of d bits as ±1, with the labels of a random rule that splits them in half. Remark 11.22
///
/// The rule is a random network of one hidden layer, cut at its median, so that H(Y) is 1 bit.
public struct BitTask: Sendable {
  /// The inputs. [2ᵈ×d]
  public let inputs: Tensor
  /// The labels, 0 or 1.
  public let labels: [Int]

  /// The task of d bits.
  public init(bits d: Int = 10, random: RandomSource) {
    require(d >= 1 && d <= 16, "cannot list all inputs of \(d) bits: 1 to 16 are possible")
    let x = Tensor(
      (0..<(1 << d)).map { number in (0..<d).map { number >> $0 & 1 == 1 ? 1.0 : -1 } }, scalarType: .double)
    let w = random.normal([d, d], standardDeviation: 2 / Double(d).squareRoot(), scalarType: .double)
    let score = matmul(matmul(x, w.transposed).tanh(), random.normal([d], scalarType: .double))
    var labels = [Int](repeating: 0, count: x.shape[0])
    for place in score.argsort(axis: 0, isDescending: true).prefix(x.shape[0] / 2) { labels[place] = 1 }
    (inputs, self.labels) = (x.converted(to: .float), labels)
  }
}
