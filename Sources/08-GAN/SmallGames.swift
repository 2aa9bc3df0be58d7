// § 8.11  Games whose dynamics are known, for Exercise 8.5

import Tensors

extension Game {
  /// The Dirac-GAN of Mescheder et al. (2018): data at 0, the generator's point θ, the discriminator σ(ψ x).
  /// V = log ½ + log(1 − σ(ψ θ)), with the penalty R1 = γ/2 ψ² at the data.
  public static func dirac(realPenalty γ: Double = 0) -> Game {
    Game("Dirac-GAN", variables: ["θ", "ψ"], generatorCount: 1, solution: [0, 0]) { s in
      gameValue(real: 0 * s[1], fake: s[1] * s[0])
    }.penalized("R1", factor: γ / 2) { s in s[1].squared() }
  }

  /// The Dirac-GAN with a critic: V = −ψ θ, and the penalty of (8.16), λ (|ψ| − 1)².
  ///
  /// With the penalty the field jumps at ψ = 0, and (0, 0) is no longer a solution: ψ goes to 1 or −1, and one of these
  /// drives θ away from the data. For λ ≥ 1 θ comes to rest at a distance of 2λ, where ψ returns to 0; for smaller λ it
  /// circles.
  public static func diracCritic(gradientPenalty λ: Double = 0) -> Game {
    Game("Dirac-WGAN", variables: ["θ", "ψ"], generatorCount: 1, solution: [0, 0]) { s in
      -(s[1] * s[0])
    }.penalized("penalty (8.16)", factor: λ) { s in (s[1].abs() - 1).squared() }
  }

  /// The GAN of Exercise 8.5: data N(0, 1), G(z) = μ + σ z, and the discriminator σ(a + b x + c x²), the smallest
  /// logistic family that has D* for every μ and σ. With `isLinear`, c is left out. (8.2), Exercise 8.5.2
  public static func gaussian(isLinear: Bool = false, realPenalty γ: Double = 0) -> Game {
    let data = LineNormal(0, 1)
    let variables = ["μ", "σ", "a", "b"] + (isLinear ? [] : ["c"])
    let logit: @Sendable (Tensor, Tensor) -> Tensor = { s, x in
      isLinear ? s[2] + s[3] * x : s[2] + s[3] * x + s[4] * x.squared()
    }
    return Game(
      isLinear ? "Gaussian GAN, linear logit" : "Gaussian GAN", variables: variables, generatorCount: 2,
      solution: [0, 1] + variables.dropFirst(2).map { _ in 0 }
    ) { s in
      -data.expectation { z in (-logit(s, z)).softplus() + logit(s, s[0] + s[1] * z).softplus() }
    }.penalized("R1", factor: γ / 2) { s in
      isLinear ? s[3].squared() : s[3].squared() + 4 * s[4].squared()  // E (b + 2 c x)² over the data
    }
  }

  /// The WGAN of the same data and generator with the critic a + b x + c x²: V = −b μ + c (1 − μ² − σ²). (8.15)
  public static func gaussianCritic(realPenalty γ: Double = 0) -> Game {
    Game(
      "Gaussian WGAN", variables: ["μ", "σ", "a", "b", "c"], generatorCount: 2, solution: [0, 1, 0, 0, 0]
    ) { s in
      0 * s[2] - s[3] * s[0] + s[4] * (1 - s[0].squared() - s[1].squared())
    }.penalized("R1", factor: γ / 2) { s in s[3].squared() + 4 * s[4].squared() }
  }
}
