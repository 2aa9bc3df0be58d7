public import Tensors

// The records of arrays that the scripts of Tests/Golden make, and the deviation of a result from them.

/// A tensor that Swift and Python both make: scale · spread(shape, offset) + shift.
public struct TensorRecipe: Decodable, Sendable {
  let shape: [Int], offset: Int, scale, shift: Double

  /// The recipe of a tensor of this shape.
  public init(shape: [Int], offset: Int = 0, scale: Double = 1, shift: Double = 0) {
    (self.shape, self.offset, self.scale, self.shift) = (shape, offset, scale, shift)
  }

  /// The tensor, in this scalar type.
  public func made(_ type: ScalarType) -> Tensor {
    (scale * spread(Shape(shape), offset: offset) + shift).converted(to: type)
  }
}

/// The record of an array: its largest magnitude, a weighted sum, and all or some of its numbers.
public struct RecordedArray: Decodable, Sendable {
  let shape: [Int], scale, sum: Double, values: [Double]

  /// The record of an array of this shape.
  public init(shape: [Int], scale: Double, sum: Double, values: [Double]) {
    (self.shape, self.scale, self.sum, self.values) = (shape, scale, sum, values)
  }

  /// Whether the array is 0 up to rounding; then `scale` is the largest magnitude of its neighbours.
  private var vanishes: Bool { sum == 0 && values.allSatisfy { $0 == 0 } }

  /// The largest difference from the record, relative to the largest magnitude of the whole array.
  ///
  /// It compares the recorded numbers, the largest magnitude and the weighted sum, whose difference is divided by √n
  /// for n numbers. Infinite for a different shape and for NaN.
  public func deviation(of tensor: Tensor) -> Double {
    guard tensor.shape.lengths == shape else { return .infinity }
    let n = tensor.count
    let numbers = tensor.converted(to: .double).reshaped([n])
    let (largest, weighted) = (numbers.abs().max().item, weightedSum(numbers))
    guard largest.isFinite && weighted.isFinite else { return .infinity }
    let isWhole = n == values.count
    let places = isWhole ? Array(0..<n) : spread([values.count]).scalars.map { Int(($0 + 1) / 2 * Double(n)) }
    let differences =
      zip(numbers.gathered(places).scalars, values).map { $0 - $1 }
      + [largest - (vanishes ? 0 : scale), (weighted - sum) / Double(n).squareRoot()]
    return differences.reduce(0) { max($0, abs($1)) } / scale
  }
}

/// The sum of a vector with weights from −1 to 1 that repeat after a thousand numbers.
public func weightedSum(_ numbers: Tensor) -> Double {
  let (n, period) = (numbers.count, min(numbers.count, 1000))
  let rows = (n + period - 1) / period
  let filled = numbers.padded(axis: 0, before: 0, after: rows * period - n).reshaped([rows, period])
  return (filled * spread([period], offset: 7)).sum().item
}

/// The comparison of an array with its record.
public struct Comparison: Sendable {
  /// The array.
  public let name: String
  /// The deviation from the record.
  public let deviation: Double
  /// The number of compared numbers.
  public let count: Int
}

/// Arrays compared with their records, in order; a different count deviates infinitely.
func compared(_ name: String, _ tensors: [Tensor], with recorded: [RecordedArray]) -> [Comparison] {
  guard tensors.count == recorded.count else {
    return [Comparison(name: "the number of \(name)", deviation: .infinity, count: 0)]
  }
  return zip(tensors, recorded).enumerated().map { place, pair in
    Comparison(
      name: "\(name) \(place)", deviation: pair.1.deviation(of: pair.0), count: pair.1.values.count + 2)
  }
}

/// The parameters of a value do not fit the record.
struct Mismatch: Error, CustomStringConvertible {
  let description: String
}

extension Parameterized {
  /// A copy with parameters and running statistics, except counters, made by these recipes.
  func filled(parameters: [TensorRecipe], statistics: [TensorRecipe], _ type: ScalarType) throws -> Self {
    var copy = converted(to: type)
    var rest = parameters[...]
    func next(for tensor: Tensor) throws -> Tensor {
      guard let recipe = rest.popFirst(), recipe.shape == tensor.shape.lengths else {
        throw Mismatch(
          description: "\(Self.self): a parameter or statistic of shape \(tensor.shape) is not the one recorded")
      }
      return recipe.made(type)
    }
    try copy.forEachParameter { $0 = try next(for: $0) }
    guard rest.isEmpty else { throw Mismatch(description: "\(Self.self): \(rest.count) more parameters are recorded") }
    rest = statistics[...]
    try copy.forEachStatistic { if $0.rank > 0 { $0 = try next(for: $0) } }
    guard rest.isEmpty else { throw Mismatch(description: "\(Self.self): \(rest.count) more statistics are recorded") }
    return copy
  }
}

/// The name of a type without its generic arguments.
func plainName(_ type: Any.Type) -> String { String("\(type)".prefix { $0 != "<" }) }

/// A name, followed by the variant if there is one.
public func caseName(_ name: String, _ variant: String) -> String { variant.isEmpty ? name : "\(name), \(variant)" }
