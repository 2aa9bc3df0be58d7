import Figures
import RNN
import Running
import Tensors

/// What the sLSTM gives with and without its stabilizer.
public struct StabilizerResult: Sendable {
  /// By what the gates' weights are multiplied.
  public let scale: Double
  /// The largest activation ĩ of an input gate.
  public let largest: Double
  /// Whether the states are finite.
  public let isFinite: (stabilized: Bool, unstabilized: Bool)
  /// The largest difference of the two, if both are finite.
  public let difference: Double?
}

/// How well a matrix memory remembers.
public struct Recall: Sendable {
  /// The number of stored pairs.
  public let pairs: Int
  /// The mean distance of what is read from the stored value, over the value's length.
  public let orthonormal, random: Double
}

/// Shows the stabilizer of exponential gates and the capacity of a matrix memory. § 5.10
func showExtendedLSTM(_ run: Run) {
  run.show(
    Table(
      "sLSTM in Float: exponential gates with and without the stabilizer",
      columns: ["weights ×", "largest ĩ", "stabilized", "unstabilized", "difference below 1e-5"],
      rows: stabilizerResults(scales: [1, 10, 100], random: run.random).map { result in
        [
          .integer(Int(result.scale)), .number(result.largest, decimals: 1),
          .text(result.isFinite.stabilized ? "finite" : "not finite"),
          .text(result.isFinite.unstabilized ? "finite" : "not finite"),
          .text(result.difference.map { $0 < 1e-5 ? "yes" : "no" } ?? "–"),
        ]
      }), as: "stabilizer")
  let recalls = recalls(size: 64, pairs: [1, 2, 4, 8, 16, 32, 64], random: run.random)
  run.show(
    Table(
      "Reading a matrix memory with keys of 64 numbers", columns: ["pairs", "orthonormal keys", "random keys"],
      rows: recalls.map {
        [.integer($0.pairs), .number($0.orthonormal, decimals: 4), .number($0.random, decimals: 4)]
      }),
    as: "memory")
  let x = recalls.map { Double($0.pairs) }
  run.show(
    LineChart(
      "What a matrix memory of 64 × 64 gives back", x: Axis("stored pairs", .logarithmic), y: Axis("relative error"),
      series: [
        Series("orthonormal keys", x: x, recalls.map(\.orthonormal), style: .both),
        Series("random keys", x: x, recalls.map(\.random), style: .both),
        Series("√((m − 1)/64)", x: x, x.map { (($0 - 1) / 64).squareRoot() }),
      ]), as: "memory")
}

/// Runs an sLSTM of 8 units over 50 steps of noise, with its gates' weights multiplied.
public func stabilizerResults(scales: [Double], random: RandomSource) -> [StabilizerResult] {
  let layer = ScalarLSTM(4, 8, forget: .exponential, random: random)
  let x = random.normal([1, 50, 4])
  return scales.map { scale in
    var scaled = layer
    let rows = Tensor((0..<32).map { $0 < 16 ? scale : 1 }).expanded(axis: 1)  // those of i and f
    scaled.weights.input = rows * layer.weights.input
    let (stabilized, unstabilized) = (scaled(x), scaled.unstabilized(x))
    let finite = [stabilized, unstabilized].map { $0.scalars.allSatisfy(\.isFinite) }
    let largest = matmul(x, scaled.weights.input[0..<8].transposed, plus: scaled.weights.inputBias[0..<8]).max().item
    return StabilizerResult(
      scale: scale, largest: largest, isFinite: (finite[0], finite[1]),
      difference: finite[0] && finite[1] ? (stabilized - unstabilized).abs().max().item : nil)
  }
}

/// Stores pairs of a random value and a key in a matrix memory, and reads all of them; means over eight memories.
public func recalls(size d: Int, pairs: [Int], random: RandomSource) -> [Recall] {
  func drawn() -> Tensor { random.normal([d, d], scalarType: .double) }
  let trials = (0..<8).map { _ in
    let (keys, values) = (drawn(), drawn())
    let unit = keys / keys.norm(axes: [1], keepsAxes: true)
    return (orthonormal: LinearAlgebra.qr(drawn()).q.transposed, unit: unit, values: values)
  }
  return pairs.map { m in
    func mean(_ error: [Double]) -> Double { error.reduce(0, +) / Double(error.count) }
    return Recall(
      pairs: m, orthonormal: mean(trials.map { recallError($0.orthonormal, $0.values, m) }),
      random: mean(trials.map { recallError($0.unit, $0.values, m) }))
  }
}

/// The mean error of m values, read without the denominator, which other keys change as well.
private func recallError(_ keys: Tensor, _ values: Tensor, _ m: Int) -> Double {
  var memory = MatrixMemory(values: values.shape[1], keys: keys.shape[1], scalarType: .double)
  for j in 0..<m { memory.store(values[j], key: keys[j]) }
  let read = matmul(keys[0..<m], memory.matrix.transposed)
  return ((read - values[0..<m]).norm(axes: [1]) / values[0..<m].norm(axes: [1])).mean().item
}
