import Checking
import Foundations
import Tensors
import Testing
import Training

@Suite("§ 1.8 State of the art: Kolmogorov–Arnold networks")
struct KolmogorovArnoldTests {
  @Test("§ 1.8: basis functions are not negative and sum to 1 in their range", arguments: 0...4)
  func partitionOfUnity(degree: Int) {
    let basis = SplineBasis(from: -2, to: 1, intervals: 6, degree: degree)
    let x = Tensor.linear(from: -2, to: degree == 0 ? 0.999 : 1, count: 101, scalarType: .double)
    let B = basis(x)
    #expect(B.shape == [101, 6 + degree] && B.min().item >= 0)
    expectClose(B.sum(axes: [1]), Tensor.ones([101], scalarType: .double), tolerance: 1e-14)
  }

  @Test("§ 1.8: each function is positive on degree + 1 intervals and 0 elsewhere", arguments: 0...3)
  func locality(degree: Int) {
    let basis = SplineBasis(from: 0, to: 5, intervals: 5, degree: degree)
    for interval in 0..<5 {
      let values = basis(Tensor([Double(interval) + 0.4], scalarType: .double))[0].scalars
      #expect(values.indices.filter { values[$0] > 0 } == Array(interval...interval + degree))
    }
  }

  @Test("§ 1.8: degrees 0 to 3 at a knot and between knots have the values of the cardinal splines")
  func values() {
    // At the point m + t, degree k: box, hat, and the quadratic and cubic pieces, for functions m … m + k.
    let t = 0.25
    let s = 1 - t
    let between: [[Double]] = [
      [1], [s, t], [s * s / 2, 0.5 + t - t * t, t * t / 2],
      [
        s * s * s / 6, (4 - 6 * t * t + 3 * t * t * t) / 6, (1 + 3 * t + 3 * t * t - 3 * t * t * t) / 6,
        t * t * t / 6,
      ],
    ]
    let atKnot: [[Double]] = [[1], [1, 0], [0.5, 0.5, 0], [1.0 / 6, 4.0 / 6, 1.0 / 6, 0]]
    for degree in 0...3 {
      let basis = SplineBasis(from: 0, to: 4, intervals: 4, degree: degree)
      for (point, expected) in [(2 + t, between[degree]), (2, atKnot[degree])] {
        let nonzero = basis(Tensor([point], scalarType: .double))[0][2..<3 + degree]
        expectClose(nonzero, Tensor(expected, scalarType: .double), tolerance: 1e-15, scale: 1, "degree \(degree)")
      }
    }
  }

  @Test("§ 1.8: cubic splines reproduce cubic polynomials: the curvature does not jump at a knot")
  func reproduction() {
    let basis = SplineBasis()
    let x = Tensor.linear(from: -1, to: 1, count: 41, scalarType: .double)
    let y = 2 * x.power(3) - x.squared() + 0.5
    let B = basis(x)
    expectClose(matmul(B, LinearAlgebra.leastSquares(B, y)), y, tolerance: 1e-9, scale: 1)
    let nearKnots = Tensor([-0.6 - 1e-7, -0.6 + 1e-7, 0.2 - 1e-7, 0.2 + 1e-7], scalarType: .double)
    let weights = spread([8])
    let curvature = gradient(at: nearKnots) { x in
      gradient(at: x) { matmul(basis($0), weights).sum() }.sum()
    }.scalars
    #expect(abs(curvature[0] - curvature[1]) < 1e-3 && abs(curvature[2] - curvature[3]) < 1e-3)
  }

  @Test("§ 1.8: a layer is Σᵢ φⱼᵢ(xᵢ), φ(x) = w x σ(x) + Σₘ cₘ Bₘ(x): edge by edge")
  func layerByHand() {
    let layer = Self.layer(3, 2)
    let x = 0.9 * spread([4, 3], offset: 70)
    for n in 0..<4 {
      for j in 0..<2 {
        let sum = (0..<3).reduce(0.0) { sum, i in
          let xᵢ = x[n, i].reshaped([1])
          let smooth = layer.base[j, i] * xᵢ * sigmoid(xᵢ)
          return sum + (smooth + (layer.coefficients[j, i] * layer.basis(xᵢ)[0]).sum()).item
        }
        #expect(abs(layer(x)[n, j].item - sum) < 1e-14)
      }
    }
  }

  @Test("§ 1.8: gradients agree with finite differences in every coefficient and input")
  func derivatives() {
    var network = KolmogorovArnoldNetwork([2, 2, 1], basis: SplineBasis(intervals: 2), random: RandomSource(seed: 1))
    network = network.withParameters(from: 0.2 * spread([network.parameterCount]))
    let x = 0.9 * spread([3, 2], offset: 3)
    expectGradient(at: network, tolerance: 1e-6) { $0(x).squared().sum() }
    expectGradient(at: x, tolerance: 1e-6) { network($0).squared().sum() }
    #expect(network.parameterCount == (2 * 2 + 2 * 1) * (1 + 5))
  }

  @Test("§ 1.8: exp(sin πx₁ + x₂²) is a sum of functions of one variable inside another: two layers, solved exactly")
  func composition() {
    let x = 2 * unitCubeGrid(dimensions: 2, perAxis: 15) - 1
    let (x₁, x₂) = (x.sliced(0..<1, axis: 1), x.sliced(1..<2, axis: 1))
    let inner = (Double.pi * x₁).sin() + x₂.squared()
    let y = inner.exp()  // [225×1]
    var network = KolmogorovArnoldNetwork([2, 1], random: RandomSource(seed: 1)).converted(to: .double)
    let outer = SplineBasis(from: -1.25, to: 2.25, intervals: 7)
    network.layers.append(
      KolmogorovArnoldLayer(1, 1, basis: outer, random: RandomSource(seed: 1)).converted(to: .double))
    network.layers[0] = Self.fitted(network.layers[0], x, inner)
    network.layers[1] = Self.fitted(network.layers[1], network.layers[0](x), y)
    let residual = meanSquaredError(network(x), y).item
    let affine = Tensor.concatenated([Tensor.ones([225, 1], scalarType: .double), x], axis: 1)
    let plane = matmul(affine, LinearAlgebra.leastSquares(affine, y))
    #expect(residual < 0.001 * meanSquaredError(plane, y).item)
    #expect((network(x) - y).abs().max().item < 0.1)
  }

  @Test("§ 1.8: trained by gradients, a network 2-3-1 learns x₁x₂, of which no affine model explains anything")
  func product() {
    let x = 2 * unitCubeGrid(dimensions: 2, perAxis: 7).converted(to: .float) - 1
    let y = x.product(axes: [1], keepsAxes: true)
    var network = KolmogorovArnoldNetwork([2, 3, 1], random: RandomSource(seed: 4))
    var optimizer = Adam(learningRate: 0.05)
    for _ in 0..<80 {
      optimizer.update(&network, along: gradient(at: network) { meanSquaredError($0(x), y) })
    }
    // x₁x₂ is orthogonal to 1, x₁ and x₂ on the grid, so the best plane is 0.
    let plane = y.squared().mean().item
    #expect(meanSquaredError(network(x), y).item < 0.05 * plane)
  }

  @Test("a spline basis on an empty interval stops with a message that names it")
  func emptyInterval() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = SplineBasis(from: 1, to: 1)
    }
    expectMessage(result, "cannot make splines on 5 parts of [1.0, 1.0]")
  }

  private static func layer(_ inputs: Int, _ outputs: Int) -> KolmogorovArnoldLayer {
    let layer = KolmogorovArnoldLayer(inputs, outputs, random: RandomSource(seed: 1))
    return layer.withParameters(from: spread([layer.parameterCount]))
  }

  /// The layer with the parameters that fit y best: it is linear in them, so one linear system gives them.
  private static func fitted(_ layer: KolmogorovArnoldLayer, _ x: Tensor, _ y: Tensor) -> KolmogorovArnoldLayer {
    let design = jacobian(at: layer.flattened) { layer.withParameters(from: $0)(x).reshaped([x.shape[0]]) }
    return layer.withParameters(from: LinearAlgebra.leastSquares(design, y.reshaped([x.shape[0]])))
  }
}
