// What a checkpoint keeps of a training besides the tensors of its models.

import Messages
import Tensors

/// What a training was asked to do. A kept state fits only the very same training.
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

  /// Every bit of the parameters, the statistics and the position in the stream, as one number: FNV-1a by Fowler, Noll
  /// and Vo (1991), a word at a time.
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
    "a training (\(parts.joined(separator: ", "))) on \(examples) examples, \(epochs) epochs of \(stepsPerEpoch) steps, "
      + "batches of \(batchSize), start \(start)"
  }
}

/// Where a training stands, and what it must measure next.
struct Standing: Codable {
  let call: TrainingCall
  let position: TrainingPosition
  let random: RandomPage
  let bestLoss: Double
  /// What the next step must measure, if the training goes on as it did; nil at its end.
  var next: [String: Double]?
}

/// A training as it is kept: where it stands, and each part of the state that encodes itself, under the part's name.
struct TrainingRecord<State: TrainingState>: Codable {
  private(set) var standing: Standing
  let values: [String: any Codable]

  init(standing: Standing, values: [String: any Codable]) {
    require(
      values["at"] == nil, "cannot keep a part that is called 'at' in \(State.self): the file has where it stands there"
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
