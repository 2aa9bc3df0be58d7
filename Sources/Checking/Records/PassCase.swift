public import Tensors

/// The record of a function or a layer that is applied once.
public struct RecordedPass: Decodable, Sendable {
  let inputs, parameters, statistics: [TensorRecipe]
  let integers: [[Int]]
  let isTraining: Bool
  let outputs, gradients, observed: [RecordedArray]
}

/// A function or a layer with the name of its record.
public struct PassCase: Sendable {
  /// The name of the record: the subject, and after a comma the variant.
  public let name: String
  let compare: @Sendable (RecordedPass, ScalarType) throws -> [Comparison]

  /// A function of tensors and lists of integers with one result.
  public init(_ name: String, _ f: @escaping @Sendable ([Tensor], [[Int]]) -> Tensor) {
    self.init(several: name) { [f($0, $1)] }
  }

  /// A function of tensors and lists of integers with several results.
  public init(several name: String, _ f: @escaping @Sendable ([Tensor], [[Int]]) -> [Tensor]) {
    self.name = name
    compare = { record, type in passed([Tensor](), record, type) { _, inputs in f(inputs, record.integers) } }
  }

  /// A layer or network; the name is that of its type.
  public static func layer<M: Module<Tensor, Tensor>>(
    _ variant: String = "", _ make: @escaping @Sendable (RandomSource) throws -> M
  ) -> PassCase {
    PassCase(variant, make) { $0 }
  }

  /// A layer or network around another one, which gets the recorded numbers; the name is that of the outer type.
  public init<Inner: Module, M: Module<Tensor, Tensor>>(
    _ variant: String = "", _ make: @escaping @Sendable (RandomSource) throws -> Inner,
    in outer: @escaping @Sendable (Inner) -> M
  ) {
    name = caseName(plainName(M.self), variant)
    compare = { record, type in
      let inner = try make(RandomSource(seed: 1))
        .filled(parameters: record.parameters, statistics: record.statistics, type)
      return passed(outer(inner), record, type) { [$0($1[0])] }
    }
  }
}

/// A value and its inputs, so that both are differentiated together.
private struct Applied<Part: Parameterized>: Parameterized {
  var part: Part
  var inputs: [Tensor]

  mutating func forEachParameter(_ visit: (inout Tensor) throws -> Void) rethrows {
    try inputs.forEachParameter(visit)
    try part.forEachParameter(visit)
  }

  mutating func forEachStatistic(_ visit: (inout Tensor) throws -> Void) rethrows {
    try part.forEachStatistic(visit)
  }
}

/// Compares results, the gradient of their sum times fixed weights, and running statistics with the recorded ones.
private func passed<Part: Parameterized>(
  _ part: Part, _ record: RecordedPass, _ type: ScalarType, _ f: (Part, [Tensor]) -> [Tensor]
) -> [Comparison] {
  let point = Applied(part: part, inputs: record.inputs.map { $0.made(type) })
  var outputs: [Tensor] = []
  let slopes = gradient(at: point, mode: record.isTraining ? .training : .evaluation) { point in
    outputs = f(point.part, point.inputs)
    return outputs.enumerated().reduce(Tensor(0, scalarType: type)) { sum, output in
      let (k, y) = output
      return sum + (y * spread(y.shape, offset: 400 + 50 * k).converted(to: type)).sum()
    }
  }
  let statistics = record.isTraining ? slopes.statistics.filter { $0.rank > 0 } : []
  return compared("output", outputs, with: record.outputs)
    + compared("gradient", slopes.parameters, with: record.gradients)
    + compared("statistic", statistics, with: record.observed)
}
