import Kernels

// Elementary functions of every element, each with its derivative.

extension Tensor {
  /// eˣ, with d eˣ = eˣ dx.
  public func exp() -> Tensor { Tensor.map(.exp, self).recorded([Edge(self) { g, y in g * y }]) }

  /// ln x, with d ln x = dx / x. Zero gives −∞, negative numbers NaN.
  public func log() -> Tensor { Tensor.map(.log, self).recorded([Edge(self) { g in g / self }]) }

  /// ln(1 + x), accurate for small x too, with d ln(1 + x) = dx / (1 + x). −1 gives −∞, smaller numbers NaN.
  public func log1p() -> Tensor { Tensor.map(.log1p, self).recorded([Edge(self) { g in g / (1 + self) }]) }

  /// eˣ − 1, accurate for small x too, with d (eˣ − 1) = eˣ dx.
  public func expm1() -> Tensor { Tensor.map(.expm1, self).recorded([Edge(self) { g in g * self.exp() }]) }

  /// √x, with d √x = dx / (2 √x). Negative numbers give NaN.
  public func squareRoot() -> Tensor { Tensor.map(.squareRoot, self).recorded([Edge(self) { g, y in g / (2 * y) }]) }

  /// x², with d x² = 2 x dx.
  public func squared() -> Tensor { Tensor.map(.square, self).recorded([Edge(self) { g in 2 * (g * self) }]) }

  /// 1 / x, with d (1 / x) = −(1 / x)² dx.
  public func reciprocal() -> Tensor {
    Tensor.map(.reciprocal, self).recorded([Edge(self) { g, y in -(g * y) * y }])  // y² may be 0 or ∞ where this is not
  }

  /// xᶜ for a constant exponent c, with d xᶜ = c xᶜ⁻¹ dx.
  public func power(_ c: Double) -> Tensor {
    if c == 0 { return Tensor.ones(shape, scalarType: scalarType) }
    if c == 1 { return self }
    return Tensor.map(.power(c), self).recorded([Edge(self) { g in g * (c * self.power(c - 1)) }])
  }

  /// xʸ element by element, with d xʸ = y xʸ⁻¹ dx + xʸ ln x dy. Where x is 0 the second term counts as 0, whatever the
  /// exponent, and x⁰ as constant.
  public func power(_ exponent: Tensor) -> Tensor {
    Tensor.combine(.power, self, exponent, "raise to a power").recorded(
      [
        Edge(self) { [shape] g in
          let isConstant = (self .== 0) * (exponent .== 0)  // where y xʸ⁻¹ would be 0 · ∞
          return (g * exponent * self.power(select(isConstant, .one(like: self), exponent) - 1)).summed(to: shape)
        },
        Edge(exponent) { [shape = exponent.shape] g in
          // 0 to a negative power is ∞, and ∞ · ln 1 would be NaN
          let base = select(self .== 0, .one(like: self), self)
          return (g * base.power(exponent) * base.log()).summed(to: shape)
        },
      ])
  }

  /// w x, where 0 · ±∞ counts as 0 and as constant: a sum Σ w x then leaves out terms without weight, as p ln p is 0
  /// for p = 0.
  ///
  /// NaN stays NaN, whatever its weight. Shapes are broadcast.
  public func weighted(by w: Tensor) -> Tensor {
    let isLeftOut = (w .== 0) * (abs() .== .infinity)
    return w * select(isLeftOut, .zero(like: self), self)
  }

  /// tanh x, with d tanh x = (1 − tanh² x) dx.
  public func tanh() -> Tensor { Tensor.map(.tanh, self).recorded([Edge(self) { g, y in g * (1 - y * y) }]) }

  /// 1 / (1 + e⁻ˣ), stable for every x, with dσ = σ (1 − σ) dx.
  public func sigmoid() -> Tensor { Tensor.map(.sigmoid, self).recorded([Edge(self) { g, y in g * (y * (1 - y)) }]) }

  /// ln(1 + eˣ), stable for every x, with derivative 1 / (1 + e⁻ˣ).
  public func softplus() -> Tensor { Tensor.map(.softplus, self).recorded([Edge(self) { g in g * self.sigmoid() }]) }

  /// The error function erf x = 2/√π ∫₀ˣ e^(−t²) dt.
  public func erf() -> Tensor {
    Tensor.map(.erf, self).recorded(
      [Edge(self) { g in g * (2 / Double.pi.squareRoot() * (-self.squared()).exp()) }])
  }

  /// sin x, with d sin x = cos x dx.
  public func sin() -> Tensor { Tensor.map(.sin, self).recorded([Edge(self) { g in g * self.cos() }]) }

  /// cos x, with d cos x = −sin x dx.
  public func cos() -> Tensor { Tensor.map(.cos, self).recorded([Edge(self) { g in -(g * self.sin()) }]) }

  /// |x|, with derivative sign x: 0 at 0.
  public func abs() -> Tensor { Tensor.map(.absolute, self).recorded([Edge(self) { g in g * self.sign() }]) }

  /// −1, 0 or 1 for the sign of x. Constant almost everywhere: no derivative passes through.
  public func sign() -> Tensor { Tensor.map(.sign, self) }

  /// x limited to a range; the derivative is 1 strictly inside and 0 elsewhere.
  public func clamped(to range: ClosedRange<Double>) -> Tensor {
    Tensor.map(.clamp(lower: range.lowerBound, upper: range.upperBound), self).recorded(
      [Edge(self) { g in g * ((self .> range.lowerBound) * (self .< range.upperBound)) }])
  }
}
