// § 3.1  Overfitting and underfitting

import Messages
import Tensors

/// The decomposition of the expected squared error of a learning method:
/// E[(y − f̂(x))²] = Bias²(f̂(x)) + Var(f̂(x)) + σ². (3.1)
///
/// § 3.1.1: y = f(x) + ε with E[ε] = 0 and Var(ε) = σ², and f̂ is the model that the method fits to a random data set.
/// The identity does not need Gaussian noise, only ε independent of f̂. It is exact for a finite collection of models,
/// with their mean in place of E[f̂(x)].
public struct BiasVariance: Sendable {
  /// Bias²(f̂(x)) = (f(x) − E[f̂(x)])², the systematic error at every point. [M]
  public let squaredBias: Tensor
  /// Var(f̂(x)) = E[(f̂(x) − E[f̂(x)])²], the sensitivity to the data at every point. [M]
  public let variance: Tensor
  /// σ², the noise that no model can predict.
  public let noiseVariance: Double

  /// The terms for the predictions of D models, fitted to D data sets, at M points with the true values f. [D×M], [M]
  public init(predictions f̂: Tensor, truth f: Tensor, noiseVariance: Double) {
    require(
      f̂.rank == 2 && f.shape == [f̂.shape[1]] && noiseVariance >= 0,
      "cannot decompose predictions \(f̂.shape) of a truth \(f.shape) with noise of variance \(noiseVariance): "
        + "[D×M] and [M] are needed"
    )
    let mean = f̂.mean(axes: [0])  // [M]
    squaredBias = (f - mean).squared()
    variance = (f̂ - mean).squared().mean(axes: [0])
    self.noiseVariance = noiseVariance
  }

  /// E[(y − f̂(x))²] at every point. [M]
  public var expectedSquaredError: Tensor { squaredBias + variance + noiseVariance }
}

/// The verdict on a fit, from its losses on the training and the test examples. Definition 3.1, Definition 3.2
public enum FitDiagnosis: String, Sendable {
  /// L_train ≪ L_test: the model has learned its examples but not the rule. Definition 3.1
  case overfitting
  /// L_train ≈ L_test ≫ L*: the model cannot even learn its examples. Definition 3.2
  case underfitting
  /// Neither.
  case balanced

  /// The diagnosis for the lowest possible loss L*, such as σ² for squared errors. "Much larger" means more than
  /// `factor` times as large.
  public init(trainLoss: Double, testLoss: Double, lowestLoss: Double, factor: Double = 2) {
    self =
      testLoss > factor * trainLoss
      ? .overfitting : min(trainLoss, testLoss) > factor * lowestLoss ? .underfitting : .balanced
  }
}

/// A polynomial f̂(x) = Σₖ wₖ xᵏ of degree d, fitted by least squares. § 3.1.1
///
/// With d ≥ N many polynomials pass through all N examples. Then this is the one with the shortest vector of
/// coefficients. It depends on the basis of powers: another basis gives another polynomial.
public struct PolynomialRegression: Sendable {
  /// The coefficients w₀, …, w_d. [d+1]
  public let coefficients: Tensor

  /// The powers 1, x, …, xᵈ of every x. [N] → [N×(d+1)]
  public static func features(_ x: Tensor, degree d: Int) -> Tensor {
    let powers = (0..<d).reduce(into: [Tensor.ones(x.shape, scalarType: x.scalarType)]) { powers, k in
      powers.append(powers[k] * x)
    }
    return Tensor.stacked(powers, axis: 1)
  }

  /// The polynomial that minimises 1/2N Σᵢ (yᵢ − f̂(xᵢ))² + λ/2 ‖w‖²; if there are several, the one with the
  /// shortest w. [N], [N]
  public init(fitting x: Tensor, _ y: Tensor, degree: Int, penalty λ: Double = 0) throws {
    require(
      x.rank == 1 && x.shape == y.shape && degree >= 0,
      "cannot fit a polynomial of degree \(degree) to \(x.shape) and \(y.shape): two vectors of one length are needed")
    let Φ = Self.features(x, degree: degree)
    coefficients = λ == 0 ? LinearAlgebra.leastSquares(Φ, y) : try ridgeRegression(Φ, y, penalty: λ)
  }

  /// f̂(x) at every x. [N] → [N]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    matmul(Self.features(x, degree: coefficients.count - 1), coefficients)
  }
}
