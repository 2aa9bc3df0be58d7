import Tensors

// The recurrent layers' lines of the table.

extension Operation {
  static let recurrence = [
    Operation("rnn", shapes(gates: 1, states: 1)) { flat(layer($0, gates: 1)) },
    Operation("rnn reversed, of different lengths", shapes(gates: 1, states: 1)) {
      flat(layer($0, gates: 1, lengths: [1, 3], reversed: true))
    },
    Operation("lstm", shapes(gates: 4, states: 2)) { flat(layer($0, gates: 4)) },
    Operation("lstm reversed, of different lengths", shapes(gates: 4, states: 2)) {
      flat(layer($0, gates: 4, lengths: [3, 2], reversed: true))
    },
    Operation("gru", shapes(gates: 3, states: 1)) { flat(layer($0, gates: 3)) },
    Operation("gru reversed, of different lengths", shapes(gates: 3, states: 1)) {
      flat(layer($0, gates: 3, lengths: [0, 3], reversed: true))
    },
    Operation("states of an lstm that starts from zero", Array(shapes(gates: 4, states: 2)[..<5])) {
      layer($0, gates: 4)[0]
    },
  ]

  /// x, W, U, b, d and the initial states for N = 2, T = 3, I = 1 and H = 2.
  private static func shapes(gates: Int, states: Int) -> [Shape] {
    let h = 2
    let parameters: [Shape] = [[2, 3, 1], [gates * h, 1], [gates * h, h], [gates * h], [gates * h]]
    return parameters + [Shape](repeating: [2, h], count: states)
  }

  private static func flat(_ parts: [Tensor]) -> Tensor {
    Tensor.concatenated(parts.map { $0.flattened(from: 0) }, axis: 0)
  }
}

/// The states and final states of the layer with the given number of gates for x, W, U, b, d and any initial states.
func layer(_ t: [Tensor], gates: Int, lengths: [Int]? = nil, reversed: Bool = false) -> [Tensor] {
  switch gates {
  case 4:
    let (states, final) = lstm(
      t[0], inputWeight: t[1], recurrentWeight: t[2], inputBias: t[3], recurrentBias: t[4], lengths: lengths,
      reversed: reversed, initial: t.count > 5 ? (t[5], t[6]) : nil)
    return [states, final.hidden, final.cell]
  case 3:
    let (states, final) = gru(
      t[0], inputWeight: t[1], recurrentWeight: t[2], inputBias: t[3], recurrentBias: t[4], lengths: lengths,
      reversed: reversed, initial: t.count > 5 ? t[5] : nil)
    return [states, final]
  default:
    let (states, final) = rnn(
      t[0], inputWeight: t[1], recurrentWeight: t[2], inputBias: t[3], recurrentBias: t[4], lengths: lengths,
      reversed: reversed, initial: t.count > 5 ? t[5] : nil)
    return [states, final]
  }
}
