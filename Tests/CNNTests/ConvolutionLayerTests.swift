import CNN
import Checking
import Tensors
import Testing

@Suite("§ 4.2.3 The convolutional layer")
struct ConvolutionLayerTests {
  @Test("§ 4.2.3: C_out (C_in k² + 1) parameters, C_out C_in k² / groups without bias")
  func parameters() {
    let random = RandomSource(seed: 1)
    #expect(Convolution(3, 64, kernel: 3, random: random).parameterCount == 1_792)
    #expect(Convolution(32, 64, kernel: 5, groups: 4, hasBias: false, random: random).parameterCount == 12_800)
  }

  @Test("(4.3): the layer is the convolution with its own filters, stride, padding, dilation and groups")
  func applies() {
    let random = RandomSource(seed: 2)
    let layer = Convolution(4, 6, kernel: 3, stride: 2, padding: 2, dilation: 2, groups: 2, random: random)
    let x = random.normal([2, 4, 9, 7])
    let y = convolution(x, layer.weight, bias: layer.bias, stride: 2, padding: 2, dilation: 2, groups: 2)
    #expect(layer(x).scalars == y.scalars)
    #expect(layer(x).shape == [2, 6, 5, 4])
  }

  @Test("filters and biases lie within ±1/√(C_in k² / groups) and fill that range")
  func range() throws {
    let layer = Convolution(8, 64, kernel: 3, groups: 2, random: RandomSource(seed: 3))
    for values in [layer.weight, try #require(layer.bias)] {
      #expect(values.abs().max().item <= 1.0 / 6)
      #expect(values.abs().max().item > 0.95 / 6)
    }
  }

  @Test("groups that do not divide the channels stop with a message that names both")
  func mistakes() async {
    await #expect(processExitsWith: .failure) {
      _ = Convolution(3, 8, kernel: 3, groups: 2, random: RandomSource(seed: 1))
    }
  }
}
