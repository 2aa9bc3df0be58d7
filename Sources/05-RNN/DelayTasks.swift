// § 5.4 and Exercise 5.4  Tasks that need memory

import Messages
import Tensors

/// The copy task: a sequence of symbols is shown, and after a delay it must be reproduced. Exercise 5.4.1
///
/// Hochreiter and Schmidhuber (1997) in the form of Arjovsky, Shah and Bengio (2016). A sequence has T + 2n steps: n
/// symbols, T − 1 blanks, a signal, n blanks. The target is blank up to the signal, and then the n symbols.
public struct CopyTask: Sendable {
  /// The number K of different symbols.
  public let symbols: Int
  /// The number n of symbols to copy.
  public let length: Int
  /// The delay T between the last symbol and the first answer.
  public let delay: Int

  /// The task with K symbols, n of which are copied after T steps.
  public init(symbols: Int = 8, length: Int = 8, delay: Int) {
    require(
      symbols >= 2 && length >= 1 && delay >= 1,
      "cannot make a copy task of \(length) of \(symbols) symbols after \(delay) steps: "
        + "at least 1 symbol of 2 kinds and a delay of at least 1 step are needed")
    (self.symbols, self.length, self.delay) = (symbols, length, delay)
  }

  /// The number of steps T + 2n.
  public var steps: Int { delay + 2 * length }
  /// The numbers per step: one for each symbol, one for the blank, one for the signal.
  public var inputs: Int { symbols + 2 }
  /// The classes of the output: the symbols, and the blank.
  public var classes: Int { symbols + 1 }
  /// The last n steps, in which the symbols must be reproduced.
  public var due: Range<Int> { steps - length..<steps }

  /// The lowest mean loss per step without memory, in nats: n ln K / (T + 2n).
  public var memorylessLoss: Double {
    Double(length) * Tensor(Double(symbols), scalarType: .double).log().item / Double(steps)
  }

  /// N sequences as one-hot vectors [N×(T + 2n)×(K + 2)], and the symbols of each. [N][n]
  public func batch(_ N: Int, random: RandomSource) -> (inputs: Tensor, symbols: [[Int]]) {
    let shown = (0..<N).map { _ in (0..<length).map { _ in random.integer(below: symbols) } }
    let (blank, signal) = (symbols, symbols + 1)
    let waiting = [Int](repeating: blank, count: delay - 1) + [signal] + [Int](repeating: blank, count: length)
    let numbers = shown.flatMap { $0 + waiting }
    return (Tensor.oneHot(numbers, classes: inputs).reshaped([N, steps, inputs]), shown)
  }

  /// The mean cross-entropy of the last n outputs. [N×(T + 2n)×(K + 1)]
  public func loss(_ outputs: Tensor, _ symbols: [[Int]]) -> Tensor {
    let logits = outputs.sliced(due, axis: 1).reshaped([symbols.count * length, classes])
    return logits.crossEntropy(labels: symbols.flatMap { $0 })
  }

  /// The fraction of symbols that are reproduced.
  public func accuracy(_ outputs: Tensor, _ symbols: [[Int]]) -> Double {
    let guesses = outputs.sliced(due, axis: 1).argmax()
    return Double(zip(guesses, symbols.joined()).count { $0 == $1 }) / Double(guesses.count)
  }
}

/// The latch: the first input determines the class, and all later inputs are noise. § 5.4.1
///
/// Bengio, Simard and Frasconi (1994). The first input is −1 or 1, the others are noise N(0, 0.3²).
public struct LatchTask: Sendable {
  /// The number of steps T.
  public let steps: Int
  /// The standard deviation of the noise.
  public let noise: Double

  /// The latch over T steps.
  public init(steps: Int, noise: Double = 0.3) {
    require(steps >= 2, "cannot make a latch task of \(steps) steps: at least 2 are needed")
    (self.steps, self.noise) = (steps, noise)
  }

  /// N sequences [N×T×1] and their classes, 0 or 1.
  public func batch(_ N: Int, random: RandomSource) -> (inputs: Tensor, classes: [Int]) {
    let classes = (0..<N).map { _ in random.integer(below: 2) }
    let first = Tensor(classes.map { 2 * Double($0) - 1 }, shape: [N, 1, 1])
    let rest = random.normal([N, steps - 1, 1], standardDeviation: noise)
    return (Tensor.concatenated([first, rest], axis: 1), classes)
  }

  /// The mean cross-entropy of logits from the final state. [N×2]
  public func loss(_ logits: Tensor, _ classes: [Int]) -> Tensor { logits.crossEntropy(labels: classes) }

  /// The fraction of sequences that are classified correctly.
  public func accuracy(_ logits: Tensor, _ classes: [Int]) -> Double {
    Double(zip(logits.argmax(), classes).count { $0 == $1 }) / Double(classes.count)
  }
}
