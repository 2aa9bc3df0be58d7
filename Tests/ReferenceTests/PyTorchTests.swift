import Checking
import Foundation
import Tensors
import Testing

@Suite("Every layer, loss and optimizer beside PyTorch")
struct PyTorchTests {
  /// How far a result may be from PyTorch's in float64, relative to the largest magnitude of its array.
  ///
  /// In `Float` the furthest are gradients of what stands before a batch normalization, which nearly cancel: PyTorch's own float32 is as
  /// far from its float64 there.
  private func tolerance(_ type: ScalarType) -> Double { type == .double ? 1e-10 : 1e-5 }

  @Test(
    "operations, layers and networks have the outputs, gradients and running statistics of PyTorch",
    arguments: [ScalarType.double, .float])
  func layers(type: ScalarType) throws {
    let cases = operationCases + sequenceCases + layerCases + convolutionalCases
    try expectAgreement("layers", cases.map { ($0.name, $0.compare) }, type)
  }

  @Test("losses and penalties have the values and gradients of PyTorch", arguments: [ScalarType.double, .float])
  func losses(type: ScalarType) throws {
    try expectAgreement("losses", lossCases.map { ($0.name, $0.compare) }, type)
  }

  @Test(
    "optimizers are after one step and after ten where PyTorch and the formulas are",
    arguments: [ScalarType.double, .float])
  func optimizers(type: ScalarType) throws {
    try expectAgreement("optimizers", optimizerCases.map { ($0.name, $0.compare) }, type)
  }

  @Test(
    "models have after ten steps the losses, parameters, statistics and logits of PyTorch",
    arguments: [ScalarType.double, .float])
  func models(type: ScalarType) throws {
    try expectAgreement("models", modelCases.map { ($0.name, $0.compare) }, type)
  }

  /// Runs every case of a file, no more and no fewer, holds all comparisons to the tolerance, and prints the largest deviation.
  private func expectAgreement<Record: Decodable>(
    _ kind: String, _ cases: [(name: String, compare: (Record, ScalarType) throws -> [Comparison])], _ type: ScalarType
  ) throws {
    let records = try golden("reference_\(kind)", as: Records<Record>.self).cases
    #expect(cases.map(\.name).sorted() == records.keys.sorted())
    var (largest, numbers, worst) = (0.0, 0, "")
    for (name, compare) in cases {
      for comparison in try compare(try #require(records[name], "\(name)"), type) {
        #expect(comparison.deviation <= tolerance(type), "\(name): \(comparison.name), in \(type)")
        if comparison.deviation > largest { (largest, worst) = (comparison.deviation, "\(name): \(comparison.name)") }
        numbers += comparison.count
      }
    }
    let deviation = String(format: "%.1e", largest)
    print("\(kind), \(type): \(cases.count) cases, \(numbers) numbers, largest deviation \(deviation) (\(worst))")
  }
}
