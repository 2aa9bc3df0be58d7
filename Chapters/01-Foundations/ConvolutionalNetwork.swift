import Foundations
import Tensors

/// The "simple CNN" of Exercise 1.5: two 3×3 convolutions, each with ReLU and 2×2 max pooling, and a linear head.
///
/// A convolution is written here as the same linear map for the neighbourhood of every pixel; chapter 4 makes it fast.
public struct SmallConvolutionalNetwork: Module {
  var first: Linear
  var second: Linear
  var head: Linear

  /// A network for square images of this size with these channels.
  public init(imageSize: Int, colors: Int, channels: [Int] = [16, 32], classes: Int, random: RandomSource) {
    first = Linear(9 * colors, channels[0], initialization: .he, random: random)
    second = Linear(9 * channels[0], channels[1], initialization: .he, random: random)
    let side = imageSize / 4
    head = Linear(side * side * channels[1], classes, initialization: .xavier, random: random)
  }

  /// The two convolutions and the head.
  public static var parameters: [PartialKeyPath<SmallConvolutionalNetwork>] { [\.first, \.second, \.head] }

  /// The logits of images [N×C×H×W]. [N×classes]
  public func callAsFunction(_ images: Tensor) -> Tensor {
    let x = images.permuted([0, 2, 3, 1])  // [N×H×W×C]
    let h1 = pooled(relu(first(neighbourhoods(x))))
    let h2 = pooled(relu(second(neighbourhoods(h1))))
    return head(h2.flattened(from: 1))
  }
}

/// The 3×3 neighbourhood of every pixel as one row, zeros beyond the border. [N×H×W×C] → [N×H×W×9C]
public func neighbourhoods(_ x: Tensor) -> Tensor {
  let (H, W) = (x.shape[1], x.shape[2])
  let padded = x.padded(axis: 1, before: 1, after: 1).padded(axis: 2, before: 1, after: 1)
  let shifts = (0..<9).map { k in
    padded.sliced(k / 3..<k / 3 + H, axis: 1).sliced(k % 3..<k % 3 + W, axis: 2)
  }
  return Tensor.concatenated(shifts, axis: -1)
}

/// The largest of every 2×2 block. [N×H×W×C] → [N×H/2×W/2×C]
public func pooled(_ x: Tensor) -> Tensor {
  x.reshaped([x.shape[0], x.shape[1] / 2, 2, x.shape[2] / 2, 2, x.shape[3]]).max(axes: [2, 4])
}
