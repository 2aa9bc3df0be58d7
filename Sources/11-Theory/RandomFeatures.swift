// § 11.4.1  Double descent: least squares on random ReLU features

import Messages
import Tensors

/// The features φⱼ(x) = √(2/p) relu(vⱼᵀx), j = 1 … p, with vⱼ ~ N(0, I): a network with one hidden layer whose first
/// weights are never trained. § 11.4.1
///
/// φ(x)ᵀφ(x′) tends to `reluKernel` as p grows. Rahimi and Recht (2007).
public struct RandomFeatures: Sendable {
  /// The vectors vⱼ as rows. [p×d]
  public let directions: Tensor

  /// The features with these vectors as rows. [p×d]
  public init(directions: Tensor) { self.directions = directions }

  /// p random features of inputs with d numbers.
  public init(_ p: Int, inputs d: Int, random: RandomSource) {
    directions = random.normal([p, d], scalarType: .double)
  }

  /// The first p of these features.
  public func prefix(_ p: Int) -> RandomFeatures { RandomFeatures(directions: directions[0..<p]) }

  /// φ of every row. [N×d] → [N×p]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let p = directions.shape[0]
    return Tensor(2 / Double(p), scalarType: x.scalarType).squareRoot() * maximum(0, matmul(x, directions.transposed))
  }
}

/// The w with the smallest ‖X w − y‖, and the shortest of several such w: X⁺y. (11.8) [N×p], [N] → [p]
///
/// With more columns than rows, and independent rows, Xᵀ = Q R gives X⁺y = Q R⁻ᵀy. This is Xᵀ(XXᵀ)⁻¹y, without squaring
/// the condition number of X.
public func minimumNormSolution(_ X: Tensor, _ y: Tensor) -> Tensor {
  require(
    X.rank == 2 && y.shape == [X.shape[0]],
    "cannot fit \(y.shape) targets to examples \(X.shape): one target per row is needed")
  let (n, p) = (X.shape[0], X.shape[1])
  if n < p {
    let (Q, R) = LinearAlgebra.qr(X.transposed)
    let diagonal = (R * Tensor.identity(n, scalarType: R.scalarType)).sum(axes: [1])
    if diagonal.min().item > 1e-13 * diagonal.max().item, let z = try? LinearAlgebra.solve(R.transposed, y) {
      return matmul(Q, z)
    }
  }
  return LinearAlgebra.leastSquares(X, y)
}

/// The w that minimizes 1/2N ‖X w − y‖² + λ/2 ‖w‖², from N equations instead of p: w = Xᵀ(XXᵀ + NλI)⁻¹y. § 11.4.1
///
/// The same w as `ridgeRegression`, which solves p equations. [N×p], [N] → [p]
public func dualRidgeRegression(_ X: Tensor, _ y: Tensor, penalty λ: Double) throws -> Tensor {
  matmul(X.transposed, try KernelRidge.coefficients(gram: matmul(X, X.transposed), y, penalty: λ))
}

/// A regression problem with a known truth: y = bᵀx + σε for x ~ N(0, I), ‖b‖ = 1 and ε ~ N(0, 1). § 11.4.1
public struct NoisyLine: Sendable {
  /// Training examples and their noisy targets. [n×d], [n]
  public let x, y: Tensor
  /// Test examples, and their targets without noise. [M×d], [M]
  public let testX, truth: Tensor

  /// n training and M test examples with d numbers each.
  public init(examples n: Int, tests M: Int, inputs d: Int, noise σ: Double, random: RandomSource) {
    let b = random.normal([d], scalarType: .double)
    let unit = b / b.norm()
    x = random.normal([n, d], scalarType: .double)
    y = matmul(x, unit) + σ * random.normal([n], scalarType: .double)
    testX = random.normal([M, d], scalarType: .double)
    truth = matmul(testX, unit)
  }

  /// The mean squared distance of predictions from the truth on the test examples.
  public func error(of predictions: Tensor) -> Double { (predictions - truth).squared().mean().item }
}

/// Test errors against the number of features: without penalty, and with the same ridge penalty for all. § 11.4.1
public struct DescentCurve: Sendable {
  /// The numbers of features p, ascending.
  public let counts: [Int]
  /// The test errors of least squares of minimum norm, and of ridge regression.
  public let errors, ridgeErrors: [Double]
  /// The training errors of least squares.
  public let trainingErrors: [Double]

  /// The curve of one problem: the first p of the given features for every count.
  ///
  /// `report` gets the number of finished counts.
  public init(
    of line: NoisyLine, features φ: RandomFeatures, counts: [Int], penalty λ: Double,
    report: (_ finished: Int) -> Void = { _ in }
  ) throws {
    var (errors, ridgeErrors, trainingErrors): ([Double], [Double], [Double]) = ([], [], [])
    for (done, p) in counts.enumerated() {
      let (F, G) = (φ.prefix(p)(line.x), φ.prefix(p)(line.testX))
      let w = minimumNormSolution(F, line.y)
      errors.append(line.error(of: matmul(G, w)))
      trainingErrors.append((matmul(F, w) - line.y).squared().mean().item)
      ridgeErrors.append(line.error(of: matmul(G, try dualRidgeRegression(F, line.y, penalty: λ))))
      report(done + 1)
    }
    (self.counts, self.errors, self.ridgeErrors, self.trainingErrors) = (counts, errors, ridgeErrors, trainingErrors)
  }

  /// The number of features with the largest test error.
  public var peak: Int { zip(counts, errors).max { $0.1 < $1.1 }?.0 ?? 0 }

  /// The smallest test error with fewer than n features: the bottom of the classical U.
  public func classicalMinimum(below n: Int) -> Double {
    zip(counts, errors).filter { $0.0 < n }.map(\.1).min() ?? .infinity
  }
}

/// The expected risk of least squares of minimum norm on p of D coordinates, exactly. § 11.4.1
///
/// y = βᵀx + σε with x ~ N(0, I) in D dimensions; the p coordinates are chosen at random, so that they hold the share
/// p/D of ‖β‖² on average. The peak is at p = n, where the risk is infinite. Belkin, Hsu and Xu (2020).
public struct ExactDescent: Sendable {
  /// The number of examples n, and of coordinates D.
  public let examples, coordinates: Int
  /// ‖β‖², and σ².
  public let signal, noise: Double

  /// The problem with these sizes.
  public init(examples: Int, coordinates: Int, signal: Double, noise: Double) {
    (self.examples, self.coordinates, self.signal, self.noise) = (examples, coordinates, signal, noise)
  }

  /// E[(y − ŷ)²] of a new example. With s = (1 − p/D)‖β‖² + σ², all that p coordinates cannot explain:
  ///
  ///     s (1 + p/(n − p − 1))                               for p ≤ n − 2
  ///     ∞                                                   for p = n − 1, n, n + 1
  ///     ‖β‖² p/D (1 − n/p) + s (1 + n/(p − n − 1))          for p ≥ n + 2
  public func risk(features p: Int) -> Double {
    let (n, share) = (examples, Double(p) / Double(coordinates))
    let rest = (1 - share) * signal + noise
    if p <= n - 2 { return rest * (1 + Double(p) / Double(n - p - 1)) }
    if p <= n + 1 { return .infinity }
    return signal * share * (1 - Double(n) / Double(p)) + rest * (1 + Double(n) / Double(p - n - 1))
  }

  /// The risk of one fit, of a random β to n random examples, exactly: ‖ŵ − β‖² + σ².
  public func sampledRisk(features p: Int, random: RandomSource) -> Double {
    let β = random.normal([coordinates], scalarType: .double)
    let scaled = signal.squareRoot() * β / β.norm()
    let X = random.normal([examples, coordinates], scalarType: .double)
    let y = matmul(X, scaled) + noise.squareRoot() * random.normal([examples], scalarType: .double)
    let w = minimumNormSolution(X[0..<p, axis: 1], y)
    return (w - scaled[0..<p]).squared().sum().item + scaled[p..<coordinates].squared().sum().item + noise
  }
}
