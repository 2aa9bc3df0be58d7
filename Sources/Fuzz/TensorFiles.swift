// safetensors: saved models. Accepted input, when written and read again, must give the same bits.

import Files
import Tensors
import Training

extension Subject {
  /// A file with tensors and texts, or a model with its optimizer.
  static let safetensors = Subject(name: "safetensors") { random in
    let file = try random.bernoulli(0.3) ? savedModel(random) : anyTensors(random)
    let length = Int(file[0]) | Int(file[1]) << 8
    var (header, data) = (Array(file[8..<8 + length]), Array(file[(8 + length)...]))
    let damage = Damage(random: random, words: headerWords)
    if random.bernoulli(0.9) { damage(&header) } else { damage(&data) }
    var start = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    if random.bernoulli(0.05) { damage(&start) }
    return [start + header + data]
  } read: { files in
    let file = try SafetensorsFile(DataFile(path: "tensors", bytes: files[0]))
    let (tensors, metadata) = (file.tensors, file.metadata)
    let bytes =
      tensors.reduce(0) { $0 + $1.value.count * $1.value.scalarType.size + $1.value.rank * 8 }
      + (Array(metadata.keys) + Array(metadata.values) + file.names).reduce(0) { $0 + $1.utf8.count + 64 }
    return Reading(bytes: bytes) {
      try checkWrittenAgain(file, tensors)
      try checkLoading(file, tensors)
    }
  }
}

/// A model of two tensors.
private struct Affine: Module {
  var weight = Tensor.zeros([2, 3])
  var bias = Tensor.zeros([3], scalarType: .double)
  static var parameters: [PartialKeyPath<Self>] { [\.weight, \.bias] }
  func callAsFunction(_ x: Tensor) -> Tensor { matmul(x, weight) + bias }
}

private func savedModel(_ random: RandomSource) throws -> [UInt8] {
  var (model, adam) = (Affine(), Adam())
  if random.bernoulli(0.8) { adam.update(&model, along: Affine(weight: Tensor.ones([2, 3]))) }
  return try savedBytes(model, with: ["optimizer": adam, "random": random], metadata: ["widths": "2 3"])
}

private func anyTensors(_ random: RandomSource) throws -> [UInt8] {
  let shapes: [Shape] = [[], [0], [1], [3], [2, 2], [2, 0, 5], [1, 1, 1, 1], [60, 50]]
  let tensors = (0..<random.integer(below: 5)).map { number in
    let shape = shapes[random.integer(below: shapes.count)]
    return (
      name: "tensor.\(number)", tensor: random.normal(shape, scalarType: random.bernoulli(0.5) ? .float : .double)
    )
  }
  return try SafetensorsFile.bytes(tensors, metadata: random.bernoulli(0.5) ? ["text": "a \"quoted\" \\ line\n"] : [:])
}

private let headerWords =
  [
    "{", "}", "[", "]", ":", ",", "\"", "\\", "\\u", "\\ud83d", "\\ude42", "\\ud83d\\ude42", "\\u0000", "\\\"",
    "{\"a\":", "[0,", "0,", "[],", "true",
    "null", "\u{0}", "\u{FEFF}", "é", "e\u{301}", "\"__metadata__\":{}",
    "\"x\":{\"dtype\":\"I16\",\"shape\":[],\"data_offsets\":[0,0]},",
    "\"dtype\":\"F64\"", "\"shape\":[0]", "\"data_offsets\":[0,8]", "F8_E4M3", "BF16",
  ] + Damage.numbers

/// All readable tensors and texts, written and read again, are the same to the last bit.
private func checkWrittenAgain(_ file: SafetensorsFile, _ tensors: [String: Tensor]) throws {
  let written = try SafetensorsFile.bytes(tensors.map { (name: $0.key, tensor: $0.value) }, metadata: file.metadata)
  let again = try SafetensorsFile(DataFile(path: "again", bytes: written))
  try Nonsense.unless(again.metadata == file.metadata, "\(file.metadata) written again is \(again.metadata)")
  try Nonsense.unless(again.names == tensors.keys.sorted(), "\(tensors.keys.sorted()) written again are \(again.names)")
  for (name, tensor) in tensors {
    let other = try again.tensor(name)
    try Nonsense.unless(
      other.shape == tensor.shape && other.scalarType == tensor.scalarType
        && other.littleEndianBytes == tensor.littleEndianBytes, "\(name), \(tensor.shape), written again differs")
  }
}

/// A model takes all tensors of a file or keeps its own. An optimizer and a random source are read, or refused with a
/// `DataError`.
private func checkLoading(_ file: SafetensorsFile, _ tensors: [String: Tensor]) throws {
  var model = Affine()
  do {
    try file.load(into: &model)
    try Nonsense.unless(
      model.weight.littleEndianBytes == tensors["weight"]?.littleEndianBytes
        && model.bias.littleEndianBytes == tensors["bias"]?.littleEndianBytes, "the model differs from its file")
  } catch is DataError {
    try Nonsense.unless(
      model.namedTensors.allSatisfy { $0.tensor.sum().item == 0 }, "a refused file has changed the model")
  }
  do { _ = try file.value(Adam.self, named: "optimizer") } catch is DataError {}
  do { _ = try file.value(RandomSource.self, named: "random").next() } catch is DataError {}
}
