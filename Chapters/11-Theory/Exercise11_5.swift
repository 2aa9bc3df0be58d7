import Figures
import Messages
import Running
import Tensors
import Theory

/// Exercise 11.5: descent stays in the row space, has one interpolator there, and what the others are worth.
public let exercise11_5 = Exercise(
  .exercise, "11.5", "The implicit bias of descent", stars: 2, seconds: 2, quick: 1, full: 8
) {
  run in
  let steps = run.choose(quick: 2_000, standard: 50_000, full: 200_000)
  let world = ChosenInterpolators(random: run.random.split())
  let paths = world.paths(steps: steps, random: run.random.split())
  run.show(
    Table(
      "Exercise 11.5.1 and 11.5.2: from w₀ = 0",
      columns: ["", "steps", "largest part off the row space", "‖w − X⁺y‖", "‖w − Xᵀ(XXᵀ)⁻¹y‖"],
      rows: try paths.map { path in
        [
          .text(path.name), .integer(steps), .text(brief(path.largestNullPart)),
          .text(brief((path.end - world.regression.pseudoinverseSolution).norm().item)),
          .text(brief((path.end - (try world.regression.gramSolution())).norm().item)),
        ]
      }), as: "row-space")
  run.show(world.table, as: "interpolators")
  run.show(world.figure, as: "interpolators")
  run.card("risk of X⁺y", world.risk(of: world.regression.pseudoinverseSolution))
  run.card("risk of w = 0", world.risk(of: 0 * world.truth))
  run.card("risk of an interpolator with a null part of 10", world.risk(of: world.interpolator(nullPart: 10)))
}

/// A number that is zero up to rounding.
private func brief(_ value: Double) -> String { value < 1e-10 ? "< 1e-10" : scientific(value) }

/// Interpolators of the same 20 examples of 60 numbers, y = bᵀx without noise. Exercise 11.5.3
///
/// The first ten directions of the inputs have 25 times the variance of the others, and b lies among them.
public struct ChosenInterpolators: Sendable {
  /// The regression.
  public let regression: OverparameterizedRegression
  /// The truth b, and the variances of the inputs. [60]
  public let truth, variances: Tensor
  /// A random direction that X does not see. [60]
  public let nullDirection: Tensor

  /// The world of a random source.
  public init(random: RandomSource) {
    variances = Tensor((0..<60).map { $0 < 10 ? 1 : 0.04 }, scalarType: .double)
    let b = Tensor((0..<60).map { $0 < 10 ? random.normal() : 0 }, scalarType: .double)
    truth = b / b.norm()
    let X = variances.squareRoot() * random.normal([20, 60], scalarType: .double)
    regression = OverparameterizedRegression(X, matmul(X, truth))
    let direction = regression.nullPart(of: random.normal([60], scalarType: .double))
    nullDirection = direction / direction.norm()
  }

  /// E[(wᵀx − bᵀx)²] for a new example, exactly: Σⱼ Var(xⱼ) (wⱼ − bⱼ)².
  public func risk(of w: Tensor) -> Double { (variances * (w - truth).squared()).sum().item }

  /// X⁺y plus a part of this length that X does not see.
  public func interpolator(nullPart length: Double) -> Tensor {
    regression.pseudoinverseSolution + length * nullDirection
  }

  /// A path of descent.
  public struct Path: Sendable {
    /// The kind of descent.
    public let name: String
    /// The last w. [60]
    public let end: Tensor
    /// The largest entry of the part off the row space, over all steps.
    public let largestNullPart: Double
  }

  /// Descent with all examples and with one in each step, from 0. Exercise 11.5.1
  public func paths(steps: Int, random: RandomSource) -> [Path] {
    let (L, zero) = (regression, 0 * truth)
    let longest = L.X.squared().sum(axes: [1]).max().item
    var largest = [0.0, 0]
    func note(_ k: Int) -> (Tensor) -> Void {
      { w in largest[k] = max(largest[k], L.nullPart(of: w).abs().max().item) }
    }
    let full = L.descended(from: zero, learningRate: 1 / L.largestCurvature, steps: steps, visit: note(0))
    let single = L.stochasticallyDescended(
      from: zero, learningRate: 1 / longest, steps: steps, random: random, visit: note(1))
    return [
      Path(name: "all examples", end: full, largestNullPart: largest[0]),
      Path(name: "one random example", end: single, largestNullPart: largest[1]),
    ]
  }

  var table: Table {
    Table(
      "Exercise 11.5.3: all of these fit the 20 examples exactly",
      columns: ["null part", "largest error on the examples", "‖w‖", "risk"],
      rows: [0.0, 1, 3, 10].map { length in
        let w = interpolator(nullPart: length)
        return [
          .number(length, decimals: 0), .text(brief((matmul(regression.X, w) - regression.y).abs().max().item)),
          .number(w.norm().item, decimals: 3), .number(risk(of: w), decimals: 4),
        ]
      })
  }

  var figure: LineChart {
    let lengths = (0...60).map { Double($0 - 30) / 10 }
    return LineChart(
      "X⁺y, and a part c n that the examples do not see", x: Axis("c"),
      y: Axis("risk", .logarithmic),
      series: [
        Series("w = X⁺y + c n", x: lengths, lengths.map { risk(of: interpolator(nullPart: $0)) }),
        Series("X⁺y, found from 0", x: [0], [risk(of: interpolator(nullPart: 0))], style: .points),
        Series("w = 0", x: lengths, lengths.map { _ in risk(of: 0 * truth) }),
      ])
  }
}
