import Figures
import Foundation
import Messages
import RNN
import Running
import Tensors

/// § 5.6: the unit of the notes beside that of the libraries, parameters, and the time of a step.
public let section5_6 = Exercise(.section, "5.6", "The gated recurrent unit, and what it saves", seconds: 1) { run in
  let forms = compareForms(random: run.random)
  run.show(
    Table(
      "One set of weights, states over 20 steps: largest distance from (5.16) to (5.19)",
      columns: ["computed by", "distance"], rows: forms.map { [.text($0.name), .scientific($0.distance)] }), as: "forms"
  )
  let sizes = [(10, 20), (128, 128), (256, 256)]
  run.show(
    Table(
      "Parameters (Remark 5.6)",
      columns: ["d_x", "d_h", "LSTM, one bias", "GRU, one bias", "LSTM, two biases", "GRU, two biases", "GRU / LSTM"],
      rows: sizes.map { d, h in
        let (lstm, gru) = (RecurrentCount.lstm(inputs: d, hidden: h), RecurrentCount.gru(inputs: d, hidden: h))
        return [
          .integer(d), .integer(h), .integer(lstm), .integer(gru), .integer(lstm + 4 * h), .integer(gru + 3 * h),
          .number(Double(gru) / Double(lstm), decimals: 2),
        ]
      }), as: "parameters")
  let times = timeLayers(
    hidden: run.choose(quick: 32, standard: 128, full: 256), rounds: run.choose(quick: 2, standard: 15, full: 51))
  run.show(
    Table(
      "A batch of 32 sequences of 50 steps: milliseconds, the least of several",
      columns: ["layer", "forward", "forward and backward", "relative to the LSTM"],
      rows: times.map {
        [
          .text($0.name), .measured($0.forward * 1e3, decimals: 2), .measured($0.both * 1e3, decimals: 2),
          .measured($0.both / (times.last?.both ?? 1), decimals: 2),
        ]
      }), as: "time")
  for time in times { run.card("ms, \(time.name)", measured: time.both * 1e3) }
}

/// A form of the gated recurrent unit, and its distance from that of the notes.
public struct FormDistance: Sendable {
  /// The form.
  public let name: String
  /// The largest difference between states.
  public let distance: Double
}

/// The states of the notes' unit, and those of the libraries' with the same weights. § 5.6
public func compareForms(random: RandomSource) -> [FormDistance] {
  let cell = GRUCell(4, 16, random: random).mapParameters { 3 * $0 }.converted(to: .double)
  let x = random.normal([4, 20, 4], scalarType: .double)
  let printed = cell.states(x)
  func form(_ name: String, _ states: Tensor) -> FormDistance {
    FormDistance(name: name, distance: (states - printed).abs().max().item)
  }
  let behind = cell.states(x, reset: .afterMatrix)
  let library = GatedRecurrentUnit(cell)(x).states
  return [
    form("library, weights as they are", GatedRecurrentUnit(cell, negatesUpdate: false)(x).states),
    form("library, weights of z negated", library),
    form("(5.18) with r behind the matrix", behind),
    FormDistance(name: "the last two, from each other", distance: (behind - library).abs().max().item),
  ]
}

/// How long a layer takes, in seconds.
public struct LayerTime: Sendable {
  /// The layer.
  public let name: String
  /// The least time of a forward pass, and of one with the gradient of all weights.
  public let forward, both: Double
}

/// Times the three layers alternately; the LSTM is last. Remark 5.6
public func timeLayers(hidden: Int, rounds: Int) -> [LayerTime] {
  let random = RandomSource(seed: 1)
  let x = random.normal([32, 50, hidden])
  func runs<Layer: RecurrentLayer>(_ layer: Layer) -> [() -> Void] {
    [{ _ = layer(x).states }, { _ = gradient(at: layer) { $0(x).states.sum() } }]
  }
  let all =
    runs(VanillaRNN(hidden, hidden, random: random)) + runs(GatedRecurrentUnit(hidden, hidden, random: random))
    + runs(LongShortTermMemory(hidden, hidden, random: random))
  var least = [Double](repeating: .infinity, count: all.count)
  for _ in 0..<rounds {
    for (place, run) in all.enumerated() {
      let start = Date()
      run()
      least[place] = min(least[place], Date().timeIntervalSince(start))
    }
  }
  return zip(["simple", "GRU", "LSTM"], [0, 2, 4]).map { LayerTime(name: $0, forward: least[$1], both: least[$1 + 1]) }
}
