// § 6.7  The distance between two positions of a sequence, in layers and in steps

/// Three kinds of layers for sequences. Remark 6.8; Groudiev, *Deep Learning*, § 6.6.1
public enum SequenceLayer: Equatable, Sendable {
  /// hₜ from hₜ₋₁ and xₜ.
  case recurrent
  /// Each output from the k inputs around its position, k odd.
  case convolution(kernel: Int)
  /// Each output from all inputs.
  case attention

  /// A name for tables.
  public var name: String {
    switch self {
    case .recurrent: "recurrent"
    case .convolution(let k): "convolution, kernel \(k)"
    case .attention: "self-attention"
    }
  }

  /// The other positions that an output depends on directly: for a recurrent layer these are earlier outputs of the
  /// same layer.
  func sources(of i: Int, length n: Int) -> [Int] {
    switch self {
    case .recurrent: i > 0 ? [i - 1] : []
    case .convolution(let k): (i - k / 2...i + k / 2).filter { 0..<n ~= $0 }
    case .attention: Array(0..<n)
    }
  }

  /// The longest path between two positions: the number of operations from the first position to the last, found by
  /// following the connections. n − 1 for a recurrent layer, 2 (n − 1) / (k − 1) convolutions, 1 attention.
  public func longestPath(length n: Int) -> Int {
    var (reached, path): (Set<Int>, Int) = ([0], 0)
    while !reached.contains(n - 1) {
      reached = reached.union((0..<n).filter { !reached.isDisjoint(with: sources(of: $0, length: n)) })
      path += 1
    }
    return path
  }

  /// The number of sequential steps of one layer: n for a recurrent layer, 1 for the others.
  public func sequentialSteps(length n: Int) -> Int {
    guard self == .recurrent else { return 1 }
    var step = [Int](repeating: 0, count: n)  // when each output is ready
    for i in 0..<n { step[i] = (sources(of: i, length: n).map { step[$0] }.max() ?? 0) + 1 }
    return step.max() ?? 0
  }
}
