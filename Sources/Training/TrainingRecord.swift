// The data about a training run in a checkpoint, apart from the tensors of its models.

import Messages
import Tensors

/// The task of a training run. A saved state fits only exactly the same task.
struct TrainingCall: Codable, Equatable, CustomStringConvertible {
  let parts: [String]
  let examples, epochs, batchSize, stepsPerEpoch: Int
  /// A number that depends on every bit of the first models and of the random source.
  let start: UInt64

  init<State: TrainingState>(
    _ state: State, examples: Int, plan: TrainingPlan, steps: Int, random: RandomSource
  ) {
    parts = State.partTypes
    (self.examples, epochs, batchSize, stepsPerEpoch) = (examples, plan.epochs, plan.batchSize, steps)
    start = Self.fingerprint(state, random)
  }

  /// A hash of every bit of the parameters, the statistics and the position in the random stream: FNV-1a by Fowler,
  /// Noll and Vo (1991), one word at a time.
  private static func fingerprint<State: TrainingState>(_ state: State, _ random: RandomSource) -> UInt64 {
    let words = [random.state.0, random.state.1, random.state.2, random.state.3]
    let seed: UInt64 = 0xCBF2_9CE4_8422_2325
    let start = words.reduce(seed) { ($0 ^ $1) &* 0x100_0000_01B3 }
    return state.models.flatMap { $0.model.parameters + $0.model.statistics }.reduce(start) { hash, tensor in
      tensor.scalarType == .float
        ? tensor.floats.reduce(hash) { ($0 ^ UInt64($1.bitPattern)) &* 0x100_0000_01B3 }
        : tensor.scalars.reduce(hash) { ($0 ^ $1.bitPattern) &* 0x100_0000_01B3 }
    }
  }

  var description: String {
    "a training (\(parts.joined(separator: ", "))) on \(examples) examples, \(epochs) epochs of \(stepsPerEpoch) "
      + "steps, batches of \(batchSize), start \(start)"
  }
}

/// The position of a training run, and what its next step must measure.
struct Standing: Codable {
  let call: TrainingCall
  let position: TrainingPosition
  let random: RandomPage
  let bestLoss: Double
  /// What the next step must measure if the training continues as before; nil at its end.
  var next: [String: Double]?
}

/// A saved training run: its position, and each part of the state that encodes itself, under the part's name.
struct TrainingRecord<State: TrainingState>: Codable {
  private(set) var standing: Standing
  let values: [String: any Codable]

  init(standing: Standing, values: [String: any Codable]) {
    require(
      values["at"] == nil,
      "cannot save a part named 'at' in \(State.self): the file uses this name for the position; choose another"
    )
    (self.standing, self.values) = (standing, values)
  }

  /// The record with what the next step measured.
  func expecting(_ measures: [String: Double]) -> Self {
    var copy = self
    copy.standing.next = measures
    return copy
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private static var at: Key { Key(stringValue: "at") }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(standing, forKey: Self.at)
    for (name, value) in values { try container.encode(value, forKey: Key(stringValue: name)) }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    standing = try container.decode(Standing.self, forKey: Self.at)
    values = try State.valueTypes.reduce(into: [:]) { values, part in
      values[part.name] = try container.decode(part.type, forKey: Key(stringValue: part.name))
    }
  }
}
