import Checking
import Foundation
import Kernels
import Tensors
import Testing

/// A recurrent layer and a batch for it.
private struct Case: Sendable, CustomTestStringConvertible {
  var gates: Int
  var batch = 3
  var time = 4
  var inputs = 5
  var hidden = 6
  var reversed = false
  var isRagged = true
  var type = ScalarType.float

  /// Lengths in no order, with doubles, the longest and the empty one among them.
  var lengths: [Int]? {
    isRagged ? (0..<batch).map { $0 == batch - 1 ? time : ($0 * 7 + 2) % (time + 1) } : nil
  }

  /// x, W, U, b, d and the initial states.
  var tensors: [Tensor] {
    let rows = gates * hidden
    let shapes: [Shape] = [[batch, time, inputs], [rows, inputs], [rows, hidden], [rows], [rows], [batch, hidden]]
    let source = shapes + (gates == 4 ? [[batch, hidden]] : [])
    return source.enumerated().map { number, shape in
      let scale = (1...2).contains(number) ? 1 / Double(Swift.max(1, shape[1])).squareRoot() : 1
      return (scale * spread(shape, offset: 17 * number)).converted(to: type)
    }
  }

  func run(_ tensors: [Tensor]) -> [Tensor] {
    layer(tensors, gates: gates, lengths: lengths, reversed: reversed)
  }

  var testDescription: String {
    let name = [1: "rnn", 3: "gru", 4: "lstm"][gates] ?? ""
    let how = "\(isRagged ? ", ragged" : "")\(reversed ? ", reversed" : "")"
    return "\(name) [\(batch)×\(time)×\(inputs)] → \(hidden)\(how), \(type)"
  }

  /// Rounding grows with the length of sums and with the number of steps.
  var tolerance: Double { (type == .float ? 2e-7 : 4e-16) * Double(10 + inputs + hidden + 4 * time) }

  /// All cells at sizes where loops go wrong, in both types, both directions, with equal and with different lengths.
  static let awkward: [Case] = [1, 3, 4].flatMap { gates in
    [
      (1, 1, 1, 1), (2, 3, 1, 7), (3, 4, 5, 16), (5, 3, 2, 17), (13, 5, 3, 31), (4, 0, 2, 3), (0, 3, 2, 3),
      (25, 2, 0, 33),
    ]
    .enumerated().flatMap { number, size in
      [ScalarType.float, .double].map { type in
        Case(
          gates: gates, batch: size.0, time: size.1, inputs: size.2, hidden: size.3, reversed: number % 2 == 1,
          isRagged: number % 3 > 0, type: type)
      }
    }
  }
  /// Large enough for threads, and for several blocks of everything.
  static let large = [1, 3, 4].map { Case(gates: $0, batch: 29, time: 6, inputs: 40, hidden: 150, reversed: $0 == 3) }
}

/// The layer number by number, each sequence for itself: its states and its final state.
private func oneByOne(_ c: Case) -> [Tensor] {
  let (x, w, u) = (c.tensors[0].scalars, c.tensors[1].scalars, c.tensors[2].scalars)
  let (b, d, h) = (c.tensors[3].scalars, c.tensors[4].scalars, c.hidden)
  var states = [Double](repeating: 0, count: c.batch * c.time * h)
  var final = c.tensors[5...].map(\.scalars)
  func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
  for n in 0..<c.batch {
    let length = c.lengths?[n] ?? c.time
    for t in c.reversed ? Array((0..<length).reversed()) : Array(0..<length) {
      let before = final.map { Array($0[n * h..<(n + 1) * h]) }
      for j in 0..<h {
        func input(_ gate: Int) -> Double {
          (0..<c.inputs).reduce(b[gate * h + j]) {
            $0 + w[(gate * h + j) * c.inputs + $1] * x[(n * c.time + t) * c.inputs + $1]
          }
        }
        func recurrent(_ gate: Int) -> Double {
          (0..<h).reduce(d[gate * h + j]) { $0 + u[(gate * h + j) * h + $1] * before[0][$1] }
        }
        func sum(_ gate: Int) -> Double { input(gate) + recurrent(gate) }
        switch c.gates {
        case 1: final[0][n * h + j] = tanh(sum(0))
        case 3:
          let (r, z) = (sigmoid(sum(0)), sigmoid(sum(1)))
          let candidate = tanh(input(2) + r * recurrent(2))
          final[0][n * h + j] = (1 - z) * candidate + z * before[0][j]
        default:
          final[1][n * h + j] = sigmoid(sum(1)) * before[1][j] + sigmoid(sum(0)) * tanh(sum(2))
          final[0][n * h + j] = sigmoid(sum(3)) * tanh(final[1][n * h + j])
        }
        states[(n * c.time + t) * h + j] = final[0][n * h + j]
      }
    }
  }
  let all = [Tensor(states, shape: [c.batch, c.time, h], scalarType: .double)]
  return all + final.map { Tensor($0, shape: [c.batch, h], scalarType: .double) }
}

/// A number that depends on all parts in different ways.
private func weighted(_ parts: [Tensor]) -> Tensor {
  parts.enumerated().reduce(Tensor(0, scalarType: parts[0].scalarType)) { sum, part in
    let weight = spread(part.element.shape, offset: 5 + part.offset).converted(to: part.element.scalarType)
    return sum + (weight * part.element).sum()
  }
}

@Suite("Recurrent layers")
struct RecurrenceTests {
  @Test("states are those of each sequence for itself, number by number", arguments: Case.awkward + Case.large)
  private func values(_ c: Case) {
    for (part, expected) in zip(c.run(c.tensors), oneByOne(c)) {
      expectClose(part.converted(to: .double), expected, tolerance: c.tolerance, scale: 1)
    }
  }

  @Test("the kernel's derivatives are those of the plain definition", arguments: Case.awkward + Case.large)
  private func derivatives(_ c: Case) {
    let fast = gradient(at: c.tensors) { weighted(c.run($0)) }
    // Inside another recording, derivatives are those of the definition.
    let (defined, _) = valueWithPullback(at: Tensor(1, scalarType: c.type)) { one in
      let gradients = gradient(at: c.tensors.map { $0 * one }) { weighted(c.run($0)) }
      return Tensor.concatenated(gradients.map { $0.flattened(from: 0) }, axis: 0)
    }
    let all = Tensor.concatenated(fast.map { $0.flattened(from: 0) }, axis: 0)
    let scale = defined.count == 0 ? 1 : Swift.max(1, defined.abs().max().item)
    expectClose(all, defined, tolerance: 4 * c.tolerance, scale: scale)
  }

  @Test("results are bit for bit the same on any number of threads", arguments: Case.large)
  private func threads(_ c: Case) {
    let results = [1, 2, 3].map { threads in
      ThreadLimit.$current.withValue(threads) {
        c.run(c.tensors) + gradient(at: c.tensors) { weighted(c.run($0)) }
      }
    }
    #expect(results[0] == results[1])
    #expect(results[0] == results[2])
  }

  @Test("what lies beyond the end of a sequence does not matter, not even NaN", arguments: [1, 3, 4], [false, true])
  func padding(gates: Int, reversed: Bool) {
    let c = Case(gates: gates, reversed: reversed, type: .double)
    var spoiled = c.tensors
    for (n, length) in (c.lengths ?? []).enumerated() {
      for t in length..<c.time { spoiled[0][n, t] = Tensor(repeating: .nan, [c.inputs], scalarType: .double) }
    }
    #expect(c.run(spoiled) == c.run(c.tensors))
    let gradients = [spoiled, c.tensors].map { gradient(at: $0) { weighted(c.run($0)) } }
    #expect(gradients[0] == gradients[1])
    for (n, length) in (c.lengths ?? []).enumerated() {
      for t in length..<c.time {
        #expect(gradients[0][0][n, t] == Tensor.zeros([c.inputs]))
        #expect(c.run(spoiled)[0][n, t] == Tensor.zeros([c.hidden]))
      }
    }
  }

  @Test("NaN in an element reaches all later states of its sequence and no others", arguments: [1, 3, 4])
  func nan(gates: Int) {
    let c = Case(gates: gates, isRagged: false)
    var tensors = c.tensors
    tensors[0][1, 2, 0] = Tensor(.nan)
    let parts = c.run(tensors)
    let sound = c.run(c.tensors)
    #expect(parts[0][1, 2].scalars.allSatisfy { $0.isNaN } && parts[0][1, 3].scalars.allSatisfy { $0.isNaN })
    #expect(parts.dropFirst().allSatisfy { $0[1].scalars.allSatisfy { $0.isNaN } })
    #expect(parts[0][1, 1] == sound[0][1, 1] && parts[0][0] == sound[0][0] && parts[0][2] == sound[0][2])
    let slopes = gradient(at: tensors) { weighted(c.run($0)) }
    #expect(slopes[2].scalars.allSatisfy { $0.isNaN })
    #expect(slopes[0][0].scalars.allSatisfy { $0.isFinite })
  }

  @Test("reading backward is reading the flipped sequence forward", arguments: [1, 3, 4])
  func flipped(gates: Int) {
    let forward = Case(gates: gates, isRagged: false)
    var backward = forward
    backward.reversed = true
    var tensors = forward.tensors
    tensors[0] = tensors[0].flipped(axis: 1)
    let (a, b) = (forward.run(tensors), backward.run(forward.tensors))
    #expect(a[0].flipped(axis: 1) == b[0] && a[1] == b[1] && a.last == b.last)
  }

  @Test("what is not asked for is not differentiated, and the rest is the same", arguments: [1, 3, 4])
  func partial(gates: Int) {
    let c = Case(gates: gates, type: .double)
    let all = gradient(at: c.tensors) { weighted(c.run($0)) }
    for wanted in c.tensors.indices {
      let one = gradient(at: c.tensors[wanted]) { tensor in
        var tensors = c.tensors
        tensors[wanted] = tensor
        return weighted(c.run(tensors))
      }
      #expect(one == all[wanted])
    }
  }
}
