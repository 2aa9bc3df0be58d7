import Foundation
public import Tensors
public import Testing

/// The recorded cases of a script, by kind and name.
private struct Records: Decodable {
  let passes: [String: RecordedPass]?
  let steps: [String: RecordedSteps]?
  let trainings: [String: RecordedTraining]?
}

/// Records an issue unless these functions and layers are those of a golden file, and each agrees with its record.
///
/// Prints the largest deviation.
public func expectAgreement(
  _ file: String, _ cases: [PassCase], _ type: ScalarType, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let records = try golden(file, as: Records.self).passes ?? [:]
  try expectAgreement(
    "\(file), passes", cases.map { ($0.name, $0.compare) }, records, type, sourceLocation: sourceLocation)
}

/// Records an issue unless these optimizers are those of a golden file, and each agrees with its record.
public func expectAgreement(
  _ file: String, _ cases: [OptimizerCase], _ type: ScalarType, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let records = try golden(file, as: Records.self).steps ?? [:]
  try expectAgreement(
    "\(file), steps", cases.map { ($0.name, $0.compare) }, records, type, sourceLocation: sourceLocation)
}

/// Records an issue unless these trained models are those of a golden file, and each agrees with its record.
///
/// Models whose gradients cancel too far for single precision can be compared in `Double` alone.
public func expectAgreement(
  _ file: String, _ cases: [TrainingCase], _ type: ScalarType, onlyInDouble: Set<String> = [],
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let records = try golden(file, as: Records.self).trainings ?? [:]
  let left = type == .double ? [] : onlyInDouble
  try expectAgreement(
    "\(file), trainings", cases.filter { !left.contains($0.name) }.map { ($0.name, $0.compare) },
    records.filter { !left.contains($0.key) }, type, sourceLocation: sourceLocation)
}

/// The allowed deviation from PyTorch's result in float64, relative to the largest magnitude of its array.
///
/// In `Float` gradients before a batch normalization deviate most, because they nearly cancel: PyTorch's float32
/// deviates from its float64 as much there.
private func tolerance(_ type: ScalarType) -> Double { type == .double ? 1e-10 : 1e-5 }

private func expectAgreement<Record>(
  _ subject: String, _ cases: [(name: String, compare: (Record, ScalarType) throws -> [Comparison])],
  _ records: [String: Record], _ type: ScalarType, sourceLocation: SourceLocation
) throws {
  #expect(cases.map(\.name).sorted() == records.keys.sorted(), sourceLocation: sourceLocation)
  var (largest, numbers, worst) = (0.0, 0, "")
  for (name, compare) in cases {
    guard let record = records[name] else { continue }
    for comparison in try compare(record, type) {
      if !(comparison.deviation <= tolerance(type)) {
        report("\(comparison.name) in \(type)", name, "a deviation of \(comparison.deviation)", sourceLocation)
      }
      if comparison.deviation > largest { (largest, worst) = (comparison.deviation, "\(name): \(comparison.name)") }
      numbers += comparison.count
    }
  }
  let deviation = String(format: "%.1e", largest)
  print("\(subject), \(type): \(cases.count) cases, \(numbers) numbers, largest deviation \(deviation) (\(worst))")
}
