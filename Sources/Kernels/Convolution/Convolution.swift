// The convolution and its two transposes: first their definitions, then the fast versions.
//
// All three derive from one trilinear form, the sum of x[n, c, h, w] · weight[f, c, k, l] · y[n, f, i, j] over all
// terms with h = s i + d k − p (and the same for w): the convolution leaves out y, the transposed convolution x, and
// the gradient of the weights the weight. That is why the derivatives of each are the other two.

/// One axis of a convolution: y[i] = Σₖ weight[k] x[stride·i + dilation·k − padding], with x zero outside its range.
public struct ConvolutionAxis: Sendable {
  /// The lengths of x, of the weight and of y.
  public let input, kernel, output: Int
  /// The distances in x between the elements that neighbours in y read, and that neighbours in the weight read.
  public let stride, dilation: Int
  /// The number of zeros assumed before x.
  public let padding: Int

  /// Creates an axis; without `output`, y is as long as the number of places where the kernel fits into x with
  /// `padding` zeros on either side.
  public init(input: Int, kernel: Int, output: Int? = nil, stride: Int = 1, padding: Int = 0, dilation: Int = 1) {
    (self.input, self.kernel, self.stride) = (input, kernel, stride)
    (self.padding, self.dilation) = (padding, dilation)
    let room = input + 2 * padding - dilation * (kernel - 1) - 1
    self.output = output ?? (room < 0 ? 0 : room / stride + 1)
  }
}

/// The sizes of a convolution of x [images × channels × rows × columns] with weights [filters × channels/groups ×
/// kernel rows × kernel columns] to y [images × filters × output rows × output columns].
public struct ConvolutionShape: Sendable {
  /// The number of images.
  public let images: Int
  /// The number of planes of each image in x, and in y.
  public let channels, filters: Int
  /// The number of groups into which channels and filters are divided; a filter sees only the channels of its group.
  public let groups: Int
  /// The two axes of the planes.
  public let rows, columns: ConvolutionAxis

  /// Creates the sizes of a convolution.
  public init(
    images: Int, channels: Int, filters: Int, groups: Int = 1, rows: ConvolutionAxis, columns: ConvolutionAxis
  ) {
    (self.images, self.channels, self.filters, self.groups) = (images, channels, filters, groups)
    (self.rows, self.columns) = (rows, columns)
  }

  /// The elements of a plane of x.
  public var inputPlane: Int { rows.input * columns.input }
  /// The elements of a plane of the weight.
  public var kernelPlane: Int { rows.kernel * columns.kernel }
  /// The elements of a plane of y.
  public var outputPlane: Int { rows.output * columns.output }
  /// The elements of x.
  public var inputCount: Int { images * channels * inputPlane }
  /// The elements of the weight.
  public var weightCount: Int { filters * (channels / groups) * kernelPlane }
  /// The elements of y.
  public var outputCount: Int { images * filters * outputPlane }
}

/// Computes y = x ∗ weight + bias by the definition. Tests compare `convolve` with this function.
public func convolveDefinition(_ x: Region, _ weight: Region, bias: Region?, _ shape: ConvolutionShape, into y: Buffer)
{
  for i in 0..<shape.outputCount { y[i] = bias?[i / shape.outputPlane % shape.filters] ?? 0 }
  shape.forEachTerm { y[$2] += x[$0] * weight[$1] }
}

/// Computes the transposed convolution x by the definition: what y contributes along the weights, plus bias. Tests
/// compare `convolveTransposed` with this function.
public func convolveTransposedDefinition(
  _ y: Region, _ weight: Region, bias: Region?, _ shape: ConvolutionShape, into x: Buffer
) {
  for i in 0..<shape.inputCount { x[i] = bias?[i / shape.inputPlane % shape.channels] ?? 0 }
  shape.forEachTerm { x[$0] += y[$2] * weight[$1] }
}

/// Computes the gradient of the weights by the definition, given x and the cotangent y. Tests compare
/// `convolveForWeights` with this function.
public func convolveForWeightsDefinition(_ x: Region, _ y: Region, _ shape: ConvolutionShape, into weight: Buffer) {
  for i in 0..<shape.weightCount { weight[i] = 0 }
  shape.forEachTerm { weight[$1] += x[$0] * y[$2] }
}

/// Computes y = x ∗ weight + bias: y[n, f, i, j] = bias[f] + Σ x[n, c, s i + d k − p, s j + d l − p] weight[f, c, k, l]
/// over c, k and l.
public func convolve(_ x: Region, _ weight: Region, bias: Region? = nil, _ shape: ConvolutionShape, into y: Buffer) {
  convolve(shape, x, weight, bias, y, isTransposed: false)
}

/// Computes the transposed convolution, which is also the gradient of x: x[n, c, h, w] = bias[c] + Σ y[n, f, i, j]
/// weight[f, c, k, l] over f and all i, j, k, l with h = s i + d k − p and w = s j + d l − p.
public func convolveTransposed(
  _ y: Region, _ weight: Region, bias: Region? = nil, _ shape: ConvolutionShape, into x: Buffer
) {
  convolve(shape, y, weight, bias, x, isTransposed: true)
}

/// Computes the gradient of the weights: weight[f, c, k, l] = Σ x[n, c, s i + d k − p, s j + d l − p] y[n, f, i, j]
/// over n, i and j.
public func convolveForWeights(_ x: Region, _ y: Region, _ shape: ConvolutionShape, into weight: Buffer) {
  switch weight.scalarType {
  case .float:
    if let fast = WinogradWeights<TilesOfTwo>(shape, x, y, weight) { return fast.compute() }
    if let fast = WinogradWeights<TilesOfFour>(shape, x, y, weight) { return fast.compute() }
    convolveForWeights(Float.self, x, y, shape, weight)
  case .double: convolveForWeights(Double.self, x, y, shape, weight)
  }
}

private func convolve(
  _ shape: ConvolutionShape, _ source: Region, _ weight: Region, _ bias: Region?, _ result: Buffer, isTransposed: Bool
) {
  switch result.scalarType {
  case .float:
    let two = WinogradConvolution<TilesOfTwo>(shape, source, weight, bias, result, isTransposed: isTransposed)
    if let two { return two.compute() }
    let four = WinogradConvolution<TilesOfFour>(shape, source, weight, bias, result, isTransposed: isTransposed)
    if let four { return four.compute() }
    convolve(Float.self, shape, source, weight, bias, result, isTransposed)
  case .double: convolve(Double.self, shape, source, weight, bias, result, isTransposed)
  }
}

private func convolve<T: ConvolutionScalar>(
  _: T.Type, _ shape: ConvolutionShape, _ source: Region, _ weight: Region, _ bias: Region?, _ result: Buffer,
  _ isTransposed: Bool
) {
  guard (isTransposed ? shape.inputCount : shape.outputCount) > 0 else { return }
  if shape.isDepthwise {
    DepthwiseConvolution<T>(shape, source, weight, bias, result, isTransposed: isTransposed).compute()
  } else if isTransposed && shape.isPlainProduct {
    let (y, weight) = (source.matrix(shape.filters), weight.matrix(shape.channels * shape.kernelPlane))
    multiplyMatrices(y, weight, into: result, m: shape.images, n: shape.channels * shape.kernelPlane, k: shape.filters)
    if let bias { addBias(T.self, bias, shape, result) }
  } else {
    PatchProduct<T>(shape, source, weight, bias, result, isTransposed: isTransposed).compute()
  }
}

private func convolveForWeights<T: ConvolutionScalar>(
  _: T.Type, _ x: Region, _ y: Region, _ shape: ConvolutionShape, _ weight: Buffer
) {
  guard shape.weightCount > 0 else { return }
  if shape.outputCount == 0 { return weight.pointer(T.self).update(repeating: 0, count: shape.weightCount) }
  if shape.isDepthwise { return DepthwiseWeights<T>(shape, x, y, weight).compute() }
  if shape.isPlainProduct {
    let columns = shape.channels * shape.kernelPlane
    let transposed = MatrixOperand(y.buffer, offsets: [y.offset], rowStride: 1, columnStride: shape.filters)
    return multiplyMatrices(transposed, x.matrix(columns), into: weight, m: shape.filters, n: columns, k: shape.images)
  }
  ConvolutionWeights<T>(shape, x, y, weight).compute()
}

/// x[n, c, h, w] += bias[c]
private func addBias<T: ConvolutionScalar>(_: T.Type, _ bias: Region, _ shape: ConvolutionShape, _ x: Buffer) {
  let (bias, x) = (bias.pointer(T.self), x.pointer(T.self))
  for plane in 0..<shape.images * shape.channels {
    for i in plane * shape.inputPlane..<(plane + 1) * shape.inputPlane { x[i] += bias[plane % shape.channels] }
  }
}

extension ConvolutionShape {
  /// Whether every channel has its own filter.
  fileprivate var isDepthwise: Bool { groups > 1 && groups == channels && groups == filters }

  /// Whether the kernel covers exactly the whole image: every image is then one row of a matrix.
  fileprivate var isPlainProduct: Bool {
    groups == 1
      && [rows, columns].allSatisfy { $0.padding == 0 && $0.output == 1 && $0.input == $0.kernel && $0.dilation == 1 }
  }

  /// Calls `body` with the positions in x, weight and y of every term of the trilinear form.
  fileprivate func forEachTerm(_ body: (_ x: Int, _ weight: Int, _ y: Int) -> Void) {
    let (perGroup, filtersPerGroup) = (channels / groups, filters / groups)
    for n in 0..<images {
      for f in 0..<filters {
        for c in 0..<perGroup {
          let (plane, source) = (n * filters + f, n * channels + f / filtersPerGroup * perGroup + c)
          rows.forEachTerm { h, k, i in
            columns.forEachTerm { w, l, j in
              body(
                (source * rows.input + h) * columns.input + w,
                ((f * perGroup + c) * rows.kernel + k) * columns.kernel + l,
                (plane * rows.output + i) * columns.output + j)
            }
          }
        }
      }
    }
  }
}

extension ConvolutionAxis {
  /// Calls `body` with the positions of every term whose element of x exists.
  fileprivate func forEachTerm(_ body: (_ x: Int, _ weight: Int, _ y: Int) -> Void) {
    for i in 0..<output {
      for k in 0..<kernel {
        let place = stride * i + dilation * k - padding
        if place >= 0 && place < input { body(place, k, i) }
      }
    }
  }
}

extension Region {
  fileprivate subscript(index: Int) -> Double { buffer[offset + index] }

  /// The region as the rows of a matrix.
  fileprivate func matrix(_ columns: Int) -> MatrixOperand {
    MatrixOperand(buffer, offsets: [offset], rowStride: columns, columnStride: 1)
  }
}
