import Kernels
import Messages

// The convolution, its transpose and the gradient of its weights: three bilinear operations. Each is the derivative of
// the other two, so derivatives of every order use the same three kernels.

/// The convolution (in networks, a cross-correlation) of images or sequences with the filters in `weight`, plus a bias.
///
/// y[n, o, i, j] = bias[o] + Σ x[n, c, s i + d k − p, s j + d l − p] weight[o, c, k, l] over c, k and l, for stride s,
/// dilation d and padding p, with x zero outside its range: [N×C×H×W] ∗ [O×C×K×L] = [N×O×H'×W'],
/// H' = ⌊(H + 2 p − d (K − 1) − 1) / s⌋ + 1; sequences have one axis less. With `groups`, channels and filters are
/// divided into this many groups, and each filter sees only the C/groups channels of its group.
///
/// Infinity and NaN reach the results that see them. With kernels of 3 × 3 between many channels, in `Float`, they also
/// reach results up to two positions further, which are computed together.
public func convolution(
  _ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, dilation: Int = 1,
  groups: Int = 1
) -> Tensor {
  convolution(
    x, weight, bias: bias, stride: (stride, stride), padding: (padding, padding), dilation: (dilation, dilation),
    groups: groups)
}

/// The convolution whose strides, padding and dilation differ between rows and columns; see `convolution`. A sequence
/// has columns only.
public func convolution(
  _ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, stride: (rows: Int, columns: Int),
  padding: (rows: Int, columns: Int) = (0, 0), dilation: (rows: Int, columns: Int) = (1, 1), groups: Int = 1
) -> Tensor {
  let steps = Steps(stride: stride, padding: padding, dilation: dilation, groups: groups)
  steps.requireSense(x, weight, bias, "convolve")
  let filters = weight.shape[0]
  require(filters % groups == 0, "cannot divide \(filters) filters into \(groups) groups of one size")
  require(
    x.shape[1] == weight.shape[1] * groups,
    "cannot convolve \(x.shape) and \(weight.shape) in \(groups) groups: there are \(x.shape[1]) channels, "
      + "but filters of \(weight.shape[1]) channels need \(weight.shape[1] * groups)")
  let shape = ConvolutionShape(
    images: x.shape[0], channels: x.shape[1], filters: filters, groups: groups,
    rows: x.rank == 3 ? .init(input: 1, kernel: 1) : steps.axis(\.rows, x.shape[2], weight.shape[2]),
    columns: steps.axis(\.columns, x.shape[-1], weight.shape[-1]))
  require(
    shape.rows.output > 0 && shape.columns.output > 0,
    "cannot convolve \(x.shape) and \(weight.shape): the kernel is larger than the padded image")
  require(
    bias == nil || bias?.shape == [filters],
    "cannot add a bias \(bias?.shape ?? []) to \(filters) filters: one number for each is needed")
  return Bilinear(shape: shape, rank: x.rank).convolve(x.contiguous(), weight.contiguous(), bias?.contiguous())
}

/// The transposed convolution of images or sequences with the filters in `weight`, plus a bias: each x[n, c, i, j] adds
/// to the positions that `convolution` with the same weight, stride, padding and dilation would have read.
///
/// y[n, o, h, w] = bias[o] + Σ x[n, c, i, j] weight[c, o, k, l] over c and all i, j, k, l with h = s i + d k − p and
/// w = s j + d l − p: [N×C×H×W] ∗ᵀ [C×O×K×L] = [N×O×H'×W'], H' = (H − 1) s − 2 p + d (K − 1) + 1 + `outputPadding`;
/// sequences have one axis less. With `groups`, the second axis of the weight is O/groups.
public func transposedConvolution(
  _ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0,
  dilation: Int = 1, groups: Int = 1
) -> Tensor {
  transposedConvolution(
    x, weight, bias: bias, stride: (stride, stride), padding: (padding, padding),
    outputPadding: (outputPadding, outputPadding), dilation: (dilation, dilation), groups: groups)
}

/// The transposed convolution whose strides, padding and dilation differ between rows and columns; see
/// `transposedConvolution`.
public func transposedConvolution(
  _ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, stride: (rows: Int, columns: Int),
  padding: (rows: Int, columns: Int) = (0, 0), outputPadding: (rows: Int, columns: Int) = (0, 0),
  dilation: (rows: Int, columns: Int) = (1, 1), groups: Int = 1
) -> Tensor {
  let steps = Steps(
    stride: stride, padding: padding, outputPadding: outputPadding, dilation: dilation, groups: groups)
  steps.requireSense(x, weight, bias, "transpose-convolve")
  let channels = weight.shape[1] * groups
  require(x.shape[1] % groups == 0, "cannot divide \(x.shape[1]) channels into \(groups) groups of one size")
  require(
    x.shape[1] == weight.shape[0],
    "cannot transpose-convolve \(x.shape) and \(weight.shape) in \(groups) groups: "
      + "there are \(x.shape[1]) channels, but the weight needs \(weight.shape[0])")
  let shape = ConvolutionShape(
    images: x.shape[0], channels: channels, filters: x.shape[1], groups: groups,
    rows: x.rank == 3 ? .init(input: 1, kernel: 1) : steps.transposedAxis(\.rows, x.shape[2], weight.shape[2]),
    columns: steps.transposedAxis(\.columns, x.shape[-1], weight.shape[-1]))
  require(
    shape.rows.input > 0 && shape.columns.input > 0,
    "cannot transpose-convolve \(x.shape) and \(weight.shape): the padding removes the whole result")
  require(
    bias == nil || bias?.shape == [channels],
    "cannot add a bias \(bias?.shape ?? []) to \(channels) channels: one number for each is needed")
  return Bilinear(shape: shape, rank: x.rank).transposed(x.contiguous(), weight.contiguous(), bias?.contiguous())
}

/// One number for each axis of an image.
private struct PerAxis {
  let rows, columns: Int

  init(_ pair: (rows: Int, columns: Int)) { (rows, columns) = pair }

  /// Whether both are at least `least`.
  func isAtLeast(_ least: Int) -> Bool { min(rows, columns) >= least }

  /// The number, or the two if they differ.
  var text: String { rows == columns ? "\(rows)" : "(\(rows), \(columns))" }
}

/// How the kernel moves over the image.
private struct Steps {
  let stride, padding, outputPadding, dilation: PerAxis
  let groups: Int

  init(
    stride: (rows: Int, columns: Int), padding: (rows: Int, columns: Int),
    outputPadding: (rows: Int, columns: Int) = (0, 0), dilation: (rows: Int, columns: Int), groups: Int
  ) {
    (self.stride, self.padding) = (PerAxis(stride), PerAxis(padding))
    (self.outputPadding, self.dilation, self.groups) = (PerAxis(outputPadding), PerAxis(dilation), groups)
  }

  /// Stops unless the operands can be convolved, in either direction.
  func requireSense(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ attempt: String) {
    x.requireSameType(weight, attempt)
    if let bias { x.requireSameType(bias, "\(attempt) with a bias") }
    require(
      x.rank == weight.rank && (x.rank == 3 || x.rank == 4),
      "cannot \(attempt) \(x.shape) and \(weight.shape): both need three axes (sequences) or four (images)")
    require(
      stride.isAtLeast(1) && dilation.isAtLeast(1) && groups >= 1 && padding.isAtLeast(0) && outputPadding.isAtLeast(0),
      "cannot \(attempt) with stride \(stride.text), dilation \(dilation.text), groups \(groups), "
        + "padding \(padding.text) and output padding \(outputPadding.text): "
        + "the first three must be at least 1, paddings at least 0"
    )
    require(
      weight.shape.lengths.dropFirst(2).allSatisfy { $0 >= 1 },
      "cannot \(attempt) \(x.shape) and \(weight.shape): the kernel is empty")
  }

  /// The axis of a convolution.
  func axis(_ axis: KeyPath<PerAxis, Int>, _ input: Int, _ kernel: Int) -> ConvolutionAxis {
    ConvolutionAxis(
      input: input, kernel: kernel, stride: stride[keyPath: axis], padding: padding[keyPath: axis],
      dilation: dilation[keyPath: axis])
  }

  /// The axis of the convolution whose transpose maps a length `output` to its input.
  func transposedAxis(_ axis: KeyPath<PerAxis, Int>, _ output: Int, _ kernel: Int) -> ConvolutionAxis {
    let (stride, padding, dilation) = (stride[keyPath: axis], padding[keyPath: axis], dilation[keyPath: axis])
    let whole = (output - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1 + outputPadding[keyPath: axis]
    return ConvolutionAxis(
      input: output == 0 ? 0 : whole, kernel: kernel, output: output, stride: stride, padding: padding,
      dilation: dilation)
  }
}

/// The closed family: with y = x ∗ w, the three operations are linear in each operand, and each rule is one of the
/// others.
private struct Bilinear: Sendable {
  let shape: ConvolutionShape
  /// 4 for images, 3 for sequences, which are images of one row.
  let rank: Int

  /// The shape of a tensor with these axes; sequences have no rows.
  private func lengths(_ first: Int, _ second: Int, _ rows: Int, _ columns: Int) -> Shape {
    rank == 3 ? [first, second, columns] : [first, second, rows, columns]
  }

  /// y = x ∗ w + b
  func convolve(_ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil) -> Tensor {
    let result = Buffer(x.scalarType, count: shape.outputCount)
    Kernels.convolve(x.elements, weight.elements, bias: bias?.elements, shape, into: result)
    let y = Tensor(lengths(shape.images, shape.filters, shape.rows.output, shape.columns.output), result)
    return y.recorded(
      [
        Edge(x) { g in transposed(g.contiguous(), weight) },
        Edge(weight) { g in weights(x, g.contiguous()) },
      ] + (bias.map { [Edge($0) { g in sumOverPixels(g) }] } ?? []))
  }

  /// x = y ∗ᵀ w + b
  func transposed(_ y: Tensor, _ weight: Tensor, _ bias: Tensor? = nil) -> Tensor {
    let result = Buffer(y.scalarType, count: shape.inputCount)
    convolveTransposed(y.elements, weight.elements, bias: bias?.elements, shape, into: result)
    let x = Tensor(lengths(shape.images, shape.channels, shape.rows.input, shape.columns.input), result)
    return x.recorded(
      [
        Edge(y) { g in convolve(g.contiguous(), weight) },
        Edge(weight) { g in weights(g.contiguous(), y) },
      ] + (bias.map { [Edge($0) { g in sumOverPixels(g) }] } ?? []))
  }

  /// The gradient of the weights.
  func weights(_ x: Tensor, _ y: Tensor) -> Tensor {
    let result = Buffer(x.scalarType, count: shape.weightCount)
    convolveForWeights(x.elements, y.elements, shape, into: result)
    let perGroup = shape.channels / shape.groups
    let weight = Tensor(lengths(shape.filters, perGroup, shape.rows.kernel, shape.columns.kernel), result)
    return weight.recorded(
      [Edge(x) { g in transposed(y, g.contiguous()) }, Edge(y) { g in convolve(x, g.contiguous()) }])
  }

  /// The gradient of the bias: the sum over all axes except the channels, first over every plane, then over the images.
  func sumOverPixels(_ g: Tensor) -> Tensor {
    g.flattened(from: 2).sum(axes: [2]).sum(axes: [0])
  }
}
