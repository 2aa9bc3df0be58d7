import Checking
import Foundation
import Tensors
import Testing

/// A recurrent layer and a batch for it.
struct RecurrenceCase: Sendable, CustomTestStringConvertible {
  var gates: Int
  var batch = 3
  var time = 4
  var inputs = 5
  var hidden = 6
  var reversed = false
  var isRagged = true
  var type = ScalarType.float

  /// Unordered lengths with duplicates, including the longest and the empty one.
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

  /// All cells at sizes where loops fail, in both types and directions, with equal and different lengths.
  static let awkward: [RecurrenceCase] = [1, 3, 4].flatMap { gates in
    [
      (1, 1, 1, 1), (2, 3, 1, 7), (3, 4, 5, 16), (5, 3, 2, 17), (13, 5, 3, 31), (4, 0, 2, 3), (0, 3, 2, 3),
      (25, 2, 0, 33),
    ]
    .enumerated().flatMap { number, size in
      [ScalarType.float, .double].map { type in
        RecurrenceCase(
          gates: gates, batch: size.0, time: size.1, inputs: size.2, hidden: size.3, reversed: number % 2 == 1,
          isRagged: number % 3 > 0, type: type)
      }
    }
  }
  /// Large enough for threads, and for several blocks of everything.
  static let large = [1, 3, 4].map {
    RecurrenceCase(gates: $0, batch: 29, time: 6, inputs: 40, hidden: 150, reversed: $0 == 3)
  }
}

/// The layer number by number, each sequence alone: its states and its final state.
func oneByOne(_ c: RecurrenceCase) -> [Tensor] {
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
          let (weights, numbers) = ((gate * h + j) * c.inputs, (n * c.time + t) * c.inputs)
          return (0..<c.inputs).reduce(b[gate * h + j]) { $0 + w[weights + $1] * x[numbers + $1] }
        }
        func recurrent(_ gate: Int) -> Double {
          let weights = (gate * h + j) * h
          return (0..<h).reduce(d[gate * h + j]) { $0 + u[weights + $1] * before[0][$1] }
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
func weighted(_ parts: [Tensor]) -> Tensor {
  parts.enumerated().reduce(Tensor(0, scalarType: parts[0].scalarType)) { sum, part in
    let weight = spread(part.element.shape, offset: 5 + part.offset).converted(to: part.element.scalarType)
    return sum + (weight * part.element).sum()
  }
}

extension RecurrenceCase {
  /// PyTorch 2.13.0: `nn.RNN`, `nn.GRU` and `nn.LSTM` on a packed sequence, all states and then the final ones.
  static let recorded: [(gates: Int, reversed: Bool, numbers: [Double])] = [
    (
      1, false,
      [
        0.327477, 0.148885, 0.271129, 0.255222, 0, 0, 0, 0.39693, 0.110468, 0.168381, -0.263129, 0.449591, 0.271129,
        0.255222, -0.263129, 0.449591,
      ]
    ),
    (
      1, true,
      [
        0.210414, 0.338262, 0.405321, 0.089758, 0, 0, -0.105439, 0.352829, 0.071678, 0.109999, -0.148885, 0.4777,
        0.210414, 0.338262, -0.105439, 0.352829,
      ]
    ),
    (
      3, false,
      [
        -0.021395, -0.569295, -0.101347, -0.604916, 0, 0, 0.07645, -0.34588, -0.0063, -0.47447, 0.191432, -0.496517,
        -0.101347, -0.604916, 0.191432, -0.496517,
      ]
    ),
    (
      3, true,
      [
        -0.030073, -0.611583, -0.139289, -0.569428, 0, 0, 0.033243, -0.481425, 0.059975, -0.461673, 0.254223,
        -0.343981, -0.030073, -0.611583, 0.033243, -0.481425,
      ]
    ),
    (
      4, false,
      [
        0.078265, -0.273846, 0.006484, -0.321401, 0, 0, 0.173694, -0.115851, 0.066487, -0.249629, 0.135526, -0.231824,
        0.006484, -0.321401, 0.135526, -0.231824, 0.01035, -0.642891, 0.222995, -0.558208,
      ]
    ),
    (
      4, true,
      [
        0.042966, -0.321578, 0.022561, -0.27153, 0, 0, 0.08164, -0.230424, 0.086764, -0.250294, 0.211335, -0.117177,
        0.042966, -0.321578, 0.08164, -0.230424, 0.073234, -0.6548, 0.119866, -0.536319,
      ]
    ),
  ]
}
