// § 4.9  Depthwise separable convolutions

import Messages
import Tensors

/// A depthwise separable convolution: one k × k filter for each channel, then a 1 × 1 convolution over the channels.
/// § 4.9, Exercise 4.4.1
///
/// Sifre (2014); Howard et al. (2017), "MobileNets". It equals a full convolution with a product as its kernel,
/// `fullKernel`, and takes 1/C_out + 1/k² of the multiplications of a full convolution, (4.10).
public struct SeparableConvolution: Module {
  /// The filter of every channel: as many groups as channels. [C_in × 1 × k × k]
  public var depthwise: Convolution
  /// The weights that combine the channels. [C_out × C_in × 1 × 1]
  public var pointwise: Convolution

  /// The layer for images of `inputs` channels; stride, padding and dilation are those of the depthwise part.
  public init(
    _ inputs: Int, _ outputs: Int, kernel k: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1,
    hasBias: Bool = true, random: RandomSource
  ) {
    depthwise = Convolution(
      inputs, inputs, kernel: k, stride: stride, padding: padding, dilation: dilation, groups: inputs,
      hasBias: hasBias, random: random)
    pointwise = Convolution(inputs, outputs, kernel: 1, hasBias: hasBias, random: random)
  }

  /// The two convolutions.
  public static var parameters: [PartialKeyPath<SeparableConvolution>] { [\.depthwise, \.pointwise] }

  /// The depthwise convolution, then the pointwise one. [N×C_in×H×W] → [N×C_out×H'×W']
  public func callAsFunction(_ x: Tensor) -> Tensor { pointwise(depthwise(x)) }

  /// The kernel of the equal full convolution: K[o, c, m, n] = P[o, c] D[c, m, n]. § 4.9 [C_out × C_in × k × k]
  ///
  /// As a matrix of C_out rows and k² columns, the slice of each input channel has rank one.
  public var fullKernel: Tensor { pointwise.weight * depthwise.weight.permuted([1, 0, 2, 3]) }

  /// The bias of that convolution: P b_D + b_P, at the border too, because zeros are added before any bias. [C_out]
  public var fullBias: Tensor? {
    guard let inner = depthwise.bias, let outer = pointwise.bias else { return nil }
    return matmul(pointwise.weight.flattened(from: 1), inner) + outer
  }
}

/// The multiplications that a convolution takes for one position of its window, without biases. § 4.9
public enum MultiplicationsPerPosition {
  /// A standard convolution: C_in · C_out · k².
  public static func standard(inputs C_in: Int, outputs C_out: Int, kernel k: Int) -> Int { C_in * C_out * k * k }

  /// One filter for each channel: C_in · k².
  public static func depthwise(inputs C_in: Int, kernel k: Int) -> Int { C_in * k * k }

  /// A 1 × 1 convolution: C_in · C_out.
  public static func pointwise(inputs C_in: Int, outputs C_out: Int) -> Int { C_in * C_out }

  /// Depthwise and pointwise together: C_in · k² + C_in · C_out.
  public static func separable(inputs C_in: Int, outputs C_out: Int, kernel k: Int) -> Int {
    depthwise(inputs: C_in, kernel: k) + pointwise(inputs: C_in, outputs: C_out)
  }

  /// The multiplications of a separable convolution relative to a standard one: 1/C_out + 1/k², for any C_in. (4.10)
  ///
  /// For 256 filters of size 3 × 3 it is 265/2304, a reduction by a factor of 8.694; it never falls below 1/k².
  public static func ratio(outputs C_out: Int, kernel k: Int) -> Double { 1 / Double(C_out) + 1 / Double(k * k) }
}

extension Convolution {
  /// The positions of the window times the multiplications for one of them, C_out (C_in / groups) k². § 4.9
  ///
  /// Products with the zeros around the image count, as in all published figures.
  public func multiplications(height H: Int, width W: Int) -> Int {
    let k = weight.shape[2]
    func positions(_ length: Int) -> Int {
      outputSize(length, kernel: k, stride: stride, padding: padding, dilation: dilation)
    }
    return positions(H) * positions(W) * weight.count
  }
}

/// The convolution (4.3) by loops, with groups, and the number of its multiplications. § 4.9
///
/// Only for counting: x [C×H×W] is one image without padding; K is [C_out × C/groups × k × k].
public func countedConvolution(
  _ x: Tensor, _ K: Tensor, groups: Int = 1
) -> (output: Tensor, multiplications: Int) {
  require(
    x.rank == 3 && K.rank == 4 && x.shape[0] == K.shape[1] * groups && K.shape[0].isMultiple(of: groups),
    "cannot convolve \(x.shape) and \(K.shape) in \(groups) groups: the channels do not match")
  let (H, W, k, perGroup) = (x.shape[1], x.shape[2], K.shape[2], K.shape[1])
  let (image, filters, outputs) = (x.scalars, K.scalars, K.shape[0])
  var (y, multiplications): ([Double], Int) = ([], 0)
  for o in 0..<outputs {
    let first = o / (outputs / groups) * perGroup
    for i in 0...H - k {
      for j in 0...W - k {
        var sum = 0.0
        for place in 0..<perGroup * k * k {
          let (c, m, n) = (place / (k * k), place / k % k, place % k)
          sum += image[((first + c) * H + i + m) * W + j + n] * filters[o * perGroup * k * k + place]
          multiplications += 1
        }
        y.append(sum)
      }
    }
  }
  return (Tensor(y, shape: [outputs, H - k + 1, W - k + 1], scalarType: x.scalarType), multiplications)
}
