import Checking
import Foundations
import Tensors
import Testing

@Suite("§ 1.8 State of the art: MLP-Mixer")
struct MixerTests {
  /// 4 tokens of 6 channels, two layers, weights between −1 and 1 in `Double`.
  static let tiny = {
    var c = MixerConfiguration()
    (c.imageSize, c.colors, c.patchSize, c.hidden) = (4, 2, 2, 6)
    (c.tokenWidth, c.channelWidth, c.depth, c.classes) = (5, 7, 2, 3)
    return c
  }()

  static func network(_ c: MixerConfiguration = tiny) -> MLPMixer {
    let network = MLPMixer(c, random: RandomSource(seed: 1))
    return network.withParameters(from: spread([network.parameterCount]))
  }

  /// The images with their patches in another order: patch i of the result is patch order[i].
  private static func rearranged(_ images: Tensor, _ order: [Int]) -> Tensor {
    let c = tiny
    let side = c.imageSize / c.patchSize
    return patches(images, size: c.patchSize).gathered(order, axis: 1)
      .reshaped([images.shape[0], side, side, c.colors, c.patchSize, c.patchSize])
      .permuted([0, 3, 1, 4, 2, 5])
      .reshaped(images.shape)
  }

  @Test("§ 1.8: the number of parameters is the closed form, for three sets of sizes, one of them by hand")
  func parameterCount() {
    #expect(Self.network().parameterCount == Self.tiny.parameterCount)
    // 8·6+6, twice (two norms 24, tokens 4·5+5+5·4+4, channels 6·7+7+7·6+6), last norm 12, head 6·3+3
    #expect(Self.tiny.parameterCount == 54 + 2 * (24 + 49 + 97) + 12 + 21)
    for (hidden, patch, depth) in [(16, 8, 1), (32, 4, 3)] {
      var c = MixerConfiguration()
      (c.hidden, c.patchSize, c.depth) = (hidden, patch, depth)
      #expect(MLPMixer(c, random: RandomSource(seed: 1)).parameterCount == c.parameterCount)
    }
  }

  @Test("§ 1.8: the patches of an image are its squares, row by row, checked element by element")
  func patchContents() {
    let (N, C, H, W, P) = (2, 3, 4, 6, 2)
    let images = Tensor.range(0..<N * C * H * W).reshaped([N, C, H, W])
    let result = patches(images, size: P)
    #expect(result.shape == [N, 6, 12])
    for n in 0..<N {
      for c in 0..<C {
        for i in 0..<H {
          for j in 0..<W {
            let (token, place) = (i / P * (W / P) + j / P, (c * P + i % P) * P + j % P)
            #expect(result[n, token, place].item == images[n, c, i, j].item)
          }
        }
      }
    }
  }

  @Test("§ 1.8: layer normalization gives every token mean 0 and variance 1 over its channels")
  func normalization() {
    let x = 100 * spread([2, 3, 8]) + 40
    let y = ChannelNorm(8).converted(to: .double)(x)
    #expect(y.mean(axes: [-1]).abs().max().item < 1e-13)
    expectClose(y.variance(axes: [-1]), Tensor.ones([2, 3], scalarType: .double), tolerance: 1e-7)
  }

  @Test(
    "§ 1.8: a layer is U = X + W₂σ(W₁LN(X)), Y = U + W₄σ(W₃LN(U)): by columns across tokens, by rows across channels")
  func layerByHand() {
    let layer = Self.network().layers[0]
    let x = spread([4, 6], offset: 31)
    let normal = layer.tokenNorm(x)
    let columns = (0..<6).map { layer.tokenMixing(normal.transposed[$0]) }  // one channel, all tokens
    let u = x + Tensor.stacked(columns, axis: 1)
    let rows = (0..<4).map { layer.channelMixing(layer.channelNorm(u)[$0]) }  // one token, all channels
    expectClose(layer(x.expanded(axis: 0))[0], u + Tensor.stacked(rows, axis: 0), tolerance: 1e-13)
  }

  @Test("§ 1.8: with the token mixing off, the order of the patches does not matter; with it on, it does")
  func order() {
    let images = spread([2, 2, 4, 4])
    let shuffled = Self.rearranged(images, [2, 0, 3, 1])
    var network = Self.network()
    #expect((network(shuffled) - network(images)).abs().max().item > 0.01)
    for l in network.layers.indices {
      network.layers[l].tokenMixing.layers[1] = Linear(
        weight: Tensor.zeros([4, 5], scalarType: .double), bias: Tensor.zeros([4], scalarType: .double))
    }
    expectClose(network(shuffled), network(images), tolerance: 1e-12)
  }

  @Test("§ 1.8: patches and token-mixing weights permuted together give the same output")
  func equivariance() {
    let (images, order) = (spread([2, 2, 4, 4]), [2, 0, 3, 1])
    let network = Self.network()
    var permuted = network
    for l in network.layers.indices {
      let A = network.layers[l].tokenMixing.layers
      permuted.layers[l].tokenMixing.layers[0].weight = A[0].weight.gathered(order, axis: 1)
      permuted.layers[l].tokenMixing.layers[1] = Linear(
        weight: A[1].weight.gathered(order, axis: 0), bias: A[1].bias?.gathered(order))
    }
    expectClose(permuted(Self.rearranged(images, order)), network(images), tolerance: 1e-12)
  }

  @Test("§ 1.8: one patch far away changes every class score: the field of view is the whole image")
  func fieldOfView() {
    let images = spread([1, 2, 4, 4])
    let slopes = jacobian(at: images) { Self.network()($0) }  // [1×3 × 1×2×4×4]
    #expect((slopes.abs() .> 0).min().item == 1)
  }

  @Test("§ 1.8: gradients agree with finite differences in every parameter and every pixel")
  func derivatives() {
    var c = MixerConfiguration()
    (c.imageSize, c.colors, c.patchSize, c.hidden) = (4, 1, 2, 4)
    (c.tokenWidth, c.channelWidth, c.depth, c.classes) = (2, 3, 1, 2)
    let (network, images) = (Self.network(c), spread([2, 1, 4, 4]))
    expectGradient(at: network, tolerance: 1e-6) { crossEntropy(logits: $0(images), labels: [0, 1]) }
    expectGradient(at: images, tolerance: 1e-6) { crossEntropy(logits: network($0), labels: [0, 1]) }
  }

  @Test("images that cannot be cut into whole patches stop with a message that names both sizes")
  func mismatch() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = patches(Tensor.zeros([1, 3, 8, 10]), size: 4)
    }
    expectMessage(result, "cannot cut images [1×3×8×10] into patches of 4×4")
    let network = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var c = MixerConfiguration()
      c.patchSize = 5
      _ = MLPMixer(c, random: RandomSource(seed: 1))
    }
    expectMessage(network, "cannot cut 32×32 images into patches of 5×5")
  }
}
