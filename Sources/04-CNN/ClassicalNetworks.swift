// § 4.4  The classical networks on paper

import Tensors

extension NetworkSketch {
  /// LeNet-5 for images of 28×28. § 4.4.1
  public static var leNet5: NetworkSketch {
    var net = NetworkSketch("LeNet-5", input: [1, 28, 28])
    net.convolve(6, kernel: 5, padding: 2)
    net.pool(2)
    net.convolve(16, kernel: 5)
    net.pool(2)
    [120, 84, 10].forEach { net.connect($0) }
    return net
  }

  /// AlexNet in two groups, for images of 227×227. § 4.4.2
  ///
  /// The paper states 224×224. By (4.2) these give maps of 54×54 in the first layer, not its 55×55, unless padded by 2.
  public static var alexNet: NetworkSketch {
    var net = NetworkSketch("AlexNet", input: [3, 227, 227])
    net.convolve(96, kernel: 11, stride: 4)
    net.pool(3, stride: 2)
    net.convolve(256, kernel: 5, padding: 2, groups: 2)
    net.pool(3, stride: 2)
    net.convolve(384, kernel: 3, padding: 1)
    net.convolve(384, kernel: 3, padding: 1, groups: 2)
    net.convolve(256, kernel: 3, padding: 1, groups: 2)
    net.pool(3, stride: 2)
    [4096, 4096, 1000].forEach { net.connect($0) }
    return net
  }

  /// VGG-16 for images of 224×224. § 4.4.3
  public static var vgg16: NetworkSketch {
    var net = NetworkSketch("VGG-16", input: [3, 224, 224])
    for (depth, channels) in zip(VGG16.depths, [64, 128, 256, 512, 512]) {
      for _ in 0..<depth { net.convolve(channels, kernel: 3, padding: 1) }
      net.pool(2)
    }
    [4096, 4096, 1000].forEach { net.connect($0) }
    return net
  }

  /// ResNet-18 for images of 224×224. § 4.4.4
  public static var resNet18: NetworkSketch {
    resNet("ResNet-18", blocks: [2, 2, 2, 2], place: 0) { [($0, 3), ($0, 3)] }
  }

  /// ResNet-50 for images of 224×224, with the stride in the 3×3 convolution or, as in the paper, in the first 1×1 one.
  /// § 4.4.4
  public static func resNet50(stride place: BottleneckBlock.Stride = .middle) -> NetworkSketch {
    resNet("ResNet-50", blocks: [3, 4, 6, 3], place: place == .first ? 0 : 1) { [($0, 1), ($0, 3), (4 * $0, 1)] }
  }

  private static func resNet(
    _ name: String, blocks: [Int], place: Int, block: (_ width: Int) -> [(outputs: Int, kernel: Int)]
  ) -> NetworkSketch {
    var net = NetworkSketch(name, input: [3, 224, 224])
    net.convolve(64, kernel: 7, stride: 2, padding: 3, isNormalized: true)
    net.pool(3, stride: 2, padding: 1)
    for (stage, depth) in blocks.enumerated() {
      for number in 0..<depth {
        net.addBlock(block(64 << stage), stride: stage > 0 && number == 0 ? 2 : 1, at: place)
      }
    }
    net.average()
    net.connect(1000)
    return net
  }
}
