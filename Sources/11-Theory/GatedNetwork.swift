// Exercise 11.3  The tangent kernel of a network with one hidden layer of ReLU

import Foundations
import Messages
import Tensors

/// f(x; θ) = 1/√n Σⱼ aⱼ ReLU(wⱼ·x), with aⱼ ∼ N(0, 1) fixed and trained wⱼ ∼ N(0, I). Exercise 11.3
public struct GatedNetwork: Module {
  /// The trained weights wⱼ, one row per neuron. [n×d]
  public var w: Tensor
  /// The fixed output weights aⱼ. [n]
  public let a: Tensor

  /// The network with these weights.
  public init(w: Tensor, a: Tensor) { (self.w, self.a) = (w, a) }

  /// A network of n neurons for inputs of dimension d.
  public init(inputs d: Int, width n: Int, scalarType: ScalarType = .double, random: RandomSource) {
    self.init(
      w: random.normal([n, d], scalarType: scalarType), a: random.normal([n], scalarType: scalarType))
  }

  /// The weights of the hidden layer only.
  public static var parameters: [PartialKeyPath<GatedNetwork>] { [\.w] }

  /// f(x; θ). [N×d] → [N]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    matmul(relu(matmul(x, w.transposed)), a) / Double(a.count).squareRoot()
  }

  /// Θ(x, x′) = x·x′/n Σⱼ aⱼ² 1[wⱼ·x > 0] 1[wⱼ·x′ > 0]. Exercise 11.3.1  x: [N×d], x₂ = x′: [M×d] → [N×M]
  public func tangentKernel(_ x: Tensor, _ x₂: Tensor) -> Tensor {
    let (gates, gates₂) = (matmul(x, w.transposed) .> 0, matmul(x₂, w.transposed) .> 0)
    return matmul(x, x₂.transposed) * matmul(gates * a.squared(), gates₂.transposed) / Double(a.count)
  }

  /// The limit x·x′ (π − θ)/2π for n → ∞, with the angle θ between x and x′. Exercise 11.3.2, Exercise 11.3.3
  public static func limitKernel(_ x: Tensor, _ x₂: Tensor) -> Tensor {
    matmul(x, x₂.transposed) * (Double.pi - angles(x, x₂)) / (2 * Double.pi)
  }

  /// The standard deviation of the kernel over the draws: |x·x′| √((3q − q²)/n) with q = (π − θ)/2π, because
  /// E[a⁴] = 3. Exercise 11.3.2
  public static func kernelDeviation(_ x: Tensor, _ x₂: Tensor, width n: Int) -> Tensor {
    let q = (Double.pi - angles(x, x₂)) / (2 * Double.pi)
    return (matmul(x, x₂.transposed)).abs() * ((3 * q - q.squared()) / Double(n)).squareRoot()
  }

  private static func angles(_ x: Tensor, _ x₂: Tensor) -> Tensor {
    let norms = matmul(x.norm(axes: [1], keepsAxes: true), x₂.norm(axes: [1], keepsAxes: true).transposed)
    return angle(cosine: (matmul(x, x₂.transposed) / norms).clamped(to: -1...1))
  }
}
