import CNN
import Tensors
import Testing

@Suite("§ 4.4 Networks on paper")
struct NetworkSketchTests {
  @Test("§ 4.4: the networks have 5, 8, 16, 18 and 50 layers with parameters, projections not counted")
  func depths() {
    let nets = [NetworkSketch.leNet5, .alexNet, .vgg16, .resNet18, .resNet50()]
    #expect(nets.map(\.depth) == [5, 8, 16, 18, 50])
    #expect(nets.map(\.name) == ["LeNet-5", "AlexNet", "VGG-16", "ResNet-18", "ResNet-50"])
  }

  @Test("§ 4.4: multiplications for one image: 416,520 for LeNet-5, 15.5 billion for VGG-16, 1.81 and 4.09 for ResNets")
  func multiplications() {
    #expect(NetworkSketch.leNet5.multiplications == 416_520)
    #expect(NetworkSketch.vgg16.multiplications == 15_470_264_320)
    #expect(NetworkSketch.resNet18.multiplications == 1_814_073_344)
    #expect(NetworkSketch.resNet50().multiplications == 4_089_184_256)
    #expect(NetworkSketch.resNet50(stride: .first).multiplications == 3_857_973_248)
  }

  @Test("§ 4.4: a sketched block has the parameters, shapes and multiplications of its convolutions and its projection")
  func block() {
    var net = NetworkSketch("one block", input: [8, 6, 6])
    net.addBlock([(16, 3), (16, 3)], stride: 2, at: 0)
    let built = ResidualBlock(8, 16, stride: 2, random: RandomSource(seed: 1))
    #expect(net.parameters == built.parameterCount)
    #expect(net.layers.map(\.shape) == [[16, 3, 3], [16, 3, 3], [16, 3, 3]])
    #expect(net.layers.map(\.isShortcut) == [false, false, true])
    #expect(net.multiplications == 9 * (16 * 8 * 9 + 16 * 16 * 9 + 16 * 8))
    #expect(net.activations == 3 * 144)
    #expect(net.depth == 2)
  }

  @Test(
    "(4.2): AlexNet's first maps are 55×55 for images of 227×227, or of 224×224 padded by 2, and 54×54 without padding")
  func alexNetSides() {
    let sides = [(227, 0), (224, 2), (224, 0)].map { side, padding in
      var net = NetworkSketch("first layer", input: [3, side, side])
      net.convolve(96, kernel: 11, stride: 4, padding: padding)
      return net.layers[0].shape[1]
    }
    #expect(sides == [55, 55, 54])
  }

  @Test("(4.2), (4.6): sizes on paper are those of the real layers: LeNet-5, and the mean of all pixels in ResNet-18")
  func leNet5() {
    let (sketch, net) = (NetworkSketch.leNet5, LeNet.leNet5(random: RandomSource(seed: 1)))
    let maps = net.maps(Tensor.zeros([1, 1, 28, 28])).dropFirst().map { Array($0.shape.lengths.dropFirst()) }
    #expect(sketch.layers.prefix(4).map(\.shape.lengths) == maps)
    #expect(NetworkSketch.resNet18.layers.suffix(3).map(\.shape) == [[512, 7, 7], [512, 1, 1], [1000, 1, 1]])
    #expect(sketch.parameters == net.parameterCount)
    #expect(sketch.layers.map(\.parameters) == [156, 0, 2_416, 0, 48_120, 10_164, 850])
    #expect(sketch.activations == 4_704 + 1_176 + 1_600 + 400 + 120 + 84 + 10)
  }
}
