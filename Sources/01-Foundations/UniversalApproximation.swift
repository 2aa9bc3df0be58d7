// § 1.4  The universal approximation theorem

import Tensors

/// The network of Theorem 1.3: x ↦ Σⱼ cⱼ σ(Σᵢ wᵢⱼ xᵢ + bⱼ), one hidden layer of n neurons. § 1.9.7
///
/// Theorem 1.3: if σ is continuous and not a polynomial, such networks approximate any continuous function on [0, 1]ᵈ
/// as closely as desired. Cybenko (1989) for sigmoidal σ, Hornik (1991) for bounded σ, Leshno, Lin, Pinkus and Schocken
/// (1993) as stated here.
public struct ShallowNetwork: Module {
  /// The weights wᵢⱼ, one row per neuron. [n×d]
  public var w: Tensor
  /// The biases bⱼ. [n]
  public var b: Tensor
  /// The coefficients cⱼ. [n]
  public var c: Tensor
  /// The activation σ.
  public let σ: Activation

  /// The network with these weights, biases and coefficients.
  public init(w: Tensor, b: Tensor, c: Tensor, σ: Activation) {
    (self.w, self.b, self.c, self.σ) = (w, b, c, σ)
  }

  /// Weights, biases and coefficients.
  public static var parameters: [PartialKeyPath<ShallowNetwork>] { [\.w, \.b, \.c] }

  /// Σⱼ cⱼ σ(Σᵢ wᵢⱼ xᵢ + bⱼ) for inputs stored as rows. [N×d] → [N]
  public func callAsFunction(_ x: Tensor) -> Tensor { matmul(hidden(x), c) }

  /// The hidden layer σ(w x + b). [N×n]
  public func hidden(_ x: Tensor) -> Tensor { σ(matmul(x, w.transposed) + b) }

  /// The largest distance from `f` at these points: an estimate from below of the ε of Theorem 1.3.
  public func largestError(from f: (Tensor) -> Tensor, at x: Tensor) -> Double { (f(x) - self(x)).abs().max().item }
}

// MARK: - Fitting: hidden neurons at random, coefficients by least squares

extension ShallowNetwork {
  /// The network of n random neurons whose coefficients fit `f` best, in the sense of least squares, at the points x.
  /// [N×d]
  ///
  /// Each neuron switches at a hyperplane through a random point of the cube, in a random direction, with the given
  /// steepness. Only c is fitted, so the fit is the exact optimum, and no optimizer affects the error.
  public init(
    fitting f: (Tensor) -> Tensor, at x: Tensor, neurons n: Int, activation σ: Activation, steepness: Double = 4,
    random: RandomSource
  ) {
    let d = x.shape[1]
    let direction = random.normal([n, d], scalarType: .double)
    w = steepness * direction / direction.norm(axes: [1], keepsAxes: true)
    let pivot = random.uniform([n, d], scalarType: .double)
    b = -(w * pivot).sum(axes: [1])
    c = Tensor.zeros([n], scalarType: .double)
    self.σ = σ
    c = LinearAlgebra.leastSquares(hidden(x), f(x))
  }
}

// MARK: - Constructing: the theorem without any fitting

extension ShallowNetwork {
  /// The ReLU network that equals `f` at n + 1 equally spaced points of [0, 1] and is linear between them.
  ///
  /// Neuron j switches on at the point x_j and adds the change of slope there. If |f″| ≤ M the error is at most
  /// M / (8 n²).
  public static func interpolating(_ f: (Double) -> Double, pieces n: Int) -> ShallowNetwork {
    let x = (0...n).map { Double($0) / Double(n) }
    let slopes = (0..<n).map { (f(x[$0 + 1]) - f(x[$0])) * Double(n) }
    let changes = slopes.indices.map { $0 == 0 ? slopes[0] : slopes[$0] - slopes[$0 - 1] }
    let constant = f(0)  // ReLU(0·x + 1) = 1 carries the value at 0
    return ShallowNetwork(
      w: Tensor([0] + x.dropLast().map { _ in 1 }, shape: [n + 1, 1], scalarType: .double),
      b: Tensor([1] + x.dropLast().map { -$0 }, scalarType: .double),
      c: Tensor([constant] + changes, scalarType: .double), σ: .relu)
  }

  /// The sigmoid network that follows `f` in steep steps between n equally spaced points: Cybenko's idea.
  ///
  /// Its error is about the largest change of `f` over one step of length 1/n, if the steps are steep enough.
  public static func steps(_ f: (Double) -> Double, count n: Int, steepness: Double = 20) -> ShallowNetwork {
    let k = steepness * Double(n)
    let centers = (0..<n).map { (Double($0) + 0.5) / Double(n) }
    let heights = (0..<n).map { f((Double($0) + 1) / Double(n)) - f(Double($0) / Double(n)) }
    return ShallowNetwork(  // σ(50) = 1 to the last bit carries the value at 0
      w: Tensor([0] + centers.map { _ in k }, shape: [n + 1, 1], scalarType: .double),
      b: Tensor([50] + centers.map { -k * $0 }, scalarType: .double),
      c: Tensor([f(0)] + heights, scalarType: .double), σ: .sigmoid)
  }

  /// The ReLU network for a trigonometric sum f(x) = Σₖ aₖ cos(2π mₖ·x) on [0, 1]ᵈ: a ridge for every term.
  ///
  /// Each cos(2π t) along t = mₖ·x is interpolated with `pieces` pieces per period. Such sums come close to any
  /// continuous function (Stone and Weierstrass), so the theorem follows from its one-dimensional case.
  public static func ridges(
    amplitudes a: [Double], frequencies m: [[Int]], pieces: Int
  ) -> ShallowNetwork {
    var (w, b, c): ([[Double]], [Double], [Double]) = ([], [], [])
    for (amplitude, frequency) in zip(a, m) {
      let low = Double(frequency.filter { $0 < 0 }.reduce(0, +))
      let high = Double(frequency.filter { $0 > 0 }.reduce(0, +))
      let periods = Int(max(high - low, 1))
      let along = interpolating({ cosineOfTurns(low + $0 * Double(periods)) }, pieces: pieces * periods)
      let scale = 1 / Double(periods)
      for (weight, (bias, height)) in zip(along.w.scalars, zip(along.b.scalars, along.c.scalars)) {
        w.append(frequency.map { weight * Double($0) * scale })
        b.append(bias - weight * low * scale)
        c.append(amplitude * height)
      }
    }
    return ShallowNetwork(
      w: Tensor(w, scalarType: .double), b: Tensor(b, scalarType: .double), c: Tensor(c, scalarType: .double), σ: .relu)
  }

  private static func cosineOfTurns(_ t: Double) -> Double { Tensor(2 * .pi * t, scalarType: .double).cos().item }
}

// MARK: - What the theorem does not say: depth

/// The tent map x ↦ 1 − |2x − 1| applied `times` times: a network of that depth and of width 2, with 2^times linear
/// pieces.
///
/// One hidden layer of ReLU needs a neuron for each of its 2^times − 1 bends: the advantage of depth. Telgarsky (2016).
public func iteratedTentMap(_ x: Tensor, times: Int) -> Tensor {
  (0..<times).reduce(x) { x, _ in 2 * relu(x) - 4 * relu(x - 0.5) }
}

/// A grid of points of [0, 1]ᵈ, `perAxis` along each axis, both ends included. [perAxisᵈ × d]
public func unitCubeGrid(dimensions d: Int, perAxis: Int) -> Tensor {
  let axis = Tensor.linear(from: 0, to: 1, count: perAxis, scalarType: .double)
  let shape = Shape(Array(repeating: perAxis, count: d))
  let coordinates = (0..<d).map { i in
    axis.reshaped(Shape((0..<d).map { $0 == i ? perAxis : 1 })).broadcast(to: shape).reshaped([shape.count])
  }
  return Tensor.stacked(coordinates, axis: 1)
}
