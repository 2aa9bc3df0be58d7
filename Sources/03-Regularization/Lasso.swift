// § 3.3  L1 regularization (lasso)

import Tensors

/// The L1 penalty λ ‖θ‖₁ = λ Σᵢ |θᵢ|, which is added to a loss: L̃(θ) = L(θ) + λ ‖θ‖₁. (3.5)
///
/// The lasso of Tibshirani (1996).
public func l1Penalty<P: Parameterized>(_ θ: P, strength λ: Double) -> Tensor {
  λ * θ.mapParameters { $0.abs().sum() }.parameters.reduce(Tensor(0, scalarType: θ.flattened.scalarType)) { $0 + $1 }
}

/// A subgradient of the L1 penalty: λ sign(θᵢ), which at θᵢ = 0 is the middle of the interval [−λ, λ]. (3.6)
public func l1Subgradient(_ θ: Tensor, strength λ: Double) -> Tensor { λ * θ.sign() }

/// The distance of 0 from the subgradients ∂L/∂θᵢ + λ ∂|θᵢ|, element by element: all zeros exactly at the minimum of
/// L + λ ‖θ‖₁. (3.6)
///
/// Where θᵢ ≠ 0 it is |∂L/∂θᵢ + λ sign(θᵢ)|. Where θᵢ = 0 the interval [−λ, λ] balances a slope of up to λ, which
/// leaves max(|∂L/∂θᵢ| − λ, 0).
public func l1OptimalityGap(_ θ: Tensor, gradient g: Tensor, strength λ: Double) -> Tensor {
  select(θ .== 0, maximum(0, g.abs() - λ), (g + l1Subgradient(θ, strength: λ)).abs())
}

/// The soft threshold: S(z, t) = sign(z) max(|z| − t, 0), the minimum of ½ ‖θ − z‖² + t ‖θ‖₁. Remark 3.3
///
/// It is the proximal map of the L1 penalty and the source of its exact zeros: every |zᵢ| ≤ t becomes 0.
public func softThreshold(_ z: Tensor, _ t: Double) -> Tensor { z.sign() * maximum(0, z.abs() - t) }

/// One step of proximal gradient descent on L + λ ‖θ‖₁: θ ← S(θ − η ∇L(θ), ηλ). § 3.3
///
/// Daubechies, Defrise and De Mol (2004).
public func lassoStep(_ θ: Tensor, gradient: Tensor, strength λ: Double, stepSize η: Double) -> Tensor {
  softThreshold(θ - η * gradient, η * λ)
}

/// The weights that minimise 1/2N ‖X w − y‖² + λ ‖w‖₁. § 3.3
public func lassoRegression(_ X: Tensor, _ y: Tensor, penalty λ: Double, from start: Tensor? = nil) -> Tensor {
  ElasticNet(strength: λ, mix: 1).regression(X, y, from: start)
}

/// The smallest λ for which all weights of the lasso are 0: ‖Xᵀy‖∞ / N. § 3.3
public func lassoLimit(_ X: Tensor, _ y: Tensor) -> Double {
  (matmul(X.transposed, y) / Double(X.shape[0])).abs().max().item
}
