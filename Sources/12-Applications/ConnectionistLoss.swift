// § 12.10  Transcribing without an alignment: connectionist temporal classification

import Messages
import Tensors

/// The symbols that a path stands for: repeated symbols are merged, and then blanks are removed. § 12.10
///
/// aa␣ab ↦ aab: a blank between two equal symbols keeps both. Graves, Fernández, Gomez and Schmidhuber (2006)
public func collapsed(_ path: [Int], blank: Int) -> [Int] {
  path.indices.filter { path[$0] != blank && ($0 == 0 || path[$0] != path[$0 - 1]) }.map { path[$0] }
}

/// The smallest number of frames in which symbols can be written: one for each, and a blank between equal neighbours.
public func framesNeeded(for symbols: [Int]) -> Int {
  symbols.count + zip(symbols, symbols.dropFirst()).count { $0 == $1 }
}

/// The mean over sequences of −ln p(symbols), where p is the sum of the probabilities of all paths that collapse to the
/// symbols. § 12.10
///
/// With the extended symbols l' = ␣ l₁ ␣ l₂ … l_L ␣, αₜ(s) is the probability of all paths of t frames that end at l'ₛ:
///
///     αₜ(s) = (αₜ₋₁(s) + αₜ₋₁(s−1) + αₜ₋₁(s−2)) pₜ(l'ₛ)
///
/// where the last term is only there if l'ₛ is neither a blank nor equal to l'ₛ₋₂. Then p = α_T(2L) + α_T(2L−1),
/// counting s from 0. All of this is computed with logarithms. The loss is infinite, with a derivative of 0, if there
/// are fewer frames than `framesNeeded`.
///
/// - Parameters:
///   - logits: The scores of all symbols and of the blank, which is the last class, in all frames. [N×T×(K+1)]
///   - symbols: The symbols of each sequence, from 0 to K − 1.
///   - lengths: The number of frames of each sequence; T for nil.
public func connectionistLoss(_ logits: Tensor, _ symbols: [[Int]], lengths: [Int]? = nil) -> Tensor {
  -connectionistLogProbabilities(logits, symbols, lengths: lengths).mean()
}

/// ln p(symbols) of every sequence: see `connectionistLoss`. § 12.10 [N]
public func connectionistLogProbabilities(
  _ logits: Tensor, _ symbols: [[Int]], lengths: [Int]? = nil
) -> Tensor {
  require(logits.rank == 3, "cannot align symbols with logits \(logits.shape): [N×T×(K+1)] is needed")
  let (N, T, blank) = (logits.shape[0], logits.shape[1], logits.shape[2] - 1)
  let lengths = lengths ?? [Int](repeating: T, count: N)
  require(
    symbols.count == N && lengths.count == N && lengths.allSatisfy { 1...T ~= $0 },
    "cannot align \(symbols.count) texts with \(N) sequences of \(lengths.prefix(4)) frames: one text for each, and 1 "
      + "to \(T) frames, are needed")
  require(
    symbols.allSatisfy { $0.allSatisfy { 0..<blank ~= $0 } },
    "cannot write a symbol outside 0..<\(blank): the last class is the blank")
  let extended = ExtendedSymbols(symbols, blank: blank, scalarType: logits.scalarType)
  let p = extended.picked(logits.logSoftmax())  // [N×T×S]
  func frame(_ t: Int) -> Tensor { p.sliced(t..<t + 1, axis: 1).squeezed(axis: 1) }
  var α = frame(0) + extended.start
  for t in 1..<max(1, T) {
    let moves = [α, extended.moved(α, by: 1), extended.moved(α, by: 2) + extended.jump]
    let next = Tensor.stacked(moves, axis: 0).logSumExp(axes: [0]) + frame(t)
    let isOver = lengths.map { $0 <= t }
    α = isOver.contains(true) ? select(extended.column(isOver), α, next) : next
  }
  return (α + extended.finish).logSumExp(axes: [1])
}

/// The symbols of several sequences with blanks around them: l' of length S = 2 L + 1.
private struct ExtendedSymbols {
  let labels: [[Int]]
  let type: ScalarType
  /// 0 where paths may begin, where they may jump over a blank, and where they may end; −∞ elsewhere. [N×S]
  let start, jump, finish: Tensor

  init(_ symbols: [[Int]], blank: Int, scalarType: ScalarType) {
    let longest = symbols.map(\.count).max() ?? 0
    let labels = symbols.map { text in
      text.flatMap { [blank, $0] } + [Int](repeating: blank, count: 2 * (longest - text.count) + 1)
    }
    func allowed(_ isAllowed: (_ n: Int, _ s: Int) -> Bool) -> Tensor {
      let S = 2 * longest + 1
      let values = (0..<symbols.count * S).map { isAllowed($0 / S, $0 % S) ? 0 : -Double.infinity }
      return Tensor(values, shape: [symbols.count, S], scalarType: scalarType)
    }
    start = allowed { n, s in s < 2 }
    jump = allowed { n, s in s >= 2 && labels[n][s] != blank && labels[n][s] != labels[n][s - 2] }
    finish = allowed { n, s in s == 2 * symbols[n].count || s == 2 * symbols[n].count - 1 }
    (self.labels, type) = (labels, scalarType)
  }

  /// The log-probabilities of l' in every frame. [N×T×(K+1)] → [N×T×S]
  func picked(_ logarithms: Tensor) -> Tensor {
    let (N, T, classes) = (logarithms.shape[0], logarithms.shape[1], logarithms.shape[2])
    let places = (0..<N).flatMap { n in (0..<T).flatMap { t in labels[n].map { (n * T + t) * classes + $0 } } }
    return logarithms.reshaped([logarithms.count]).gathered(places).reshaped([N, T, labels.first?.count ?? 1])
  }

  /// α with every place moved by `step`, so that place s has the value of s − step. [N×S]
  func moved(_ α: Tensor, by step: Int) -> Tensor {
    let S = α.shape[1]
    let kept = max(0, S - step)
    return α.sliced(0..<kept, axis: 1).padded(axis: 1, before: S - kept, after: 0, with: -.infinity)
  }

  /// 1 where a condition holds, as a column. [N×1]
  func column(_ conditions: [Bool]) -> Tensor {
    Tensor(conditions.map { $0 ? 1 : 0 }, shape: [conditions.count, 1], scalarType: type)
  }
}

/// p(symbols) by its definition: the sum over all (K+1)^T paths that collapse to the symbols. Only for a few frames.
/// § 12.10 [T×(K+1)]
public func sumOverPaths(_ logits: Tensor, _ symbols: [Int]) -> Double {
  let (T, classes) = (logits.shape[0], logits.shape[1])
  let p = logits.softmax().scalars
  var (paths, sum) = ([(path: [Int](), probability: 1.0)], 0.0)
  for t in 0..<T {
    paths = paths.flatMap { path in
      (0..<classes).map { (path.path + [$0], path.probability * p[t * classes + $0]) }
    }
  }
  for path in paths where collapsed(path.path, blank: classes - 1) == symbols { sum += path.probability }
  return sum
}
