import Backprop
import CNN
import DataSets
import Figures
import Foundations
import Running
import Tensors

/// The mistakes of chapter 4: each on an input that shows it, and on one that hides it.
public let gallery4 = Exercise(.gallery, "4", "Mistakes that everybody makes once", seconds: 1) { run in
  run.show(exhibits4)
  run.show(planesFigure(), as: "planes")
}

/// The exhibits of the gallery, in the order of the chapter.
public var exhibits4: [Exhibit] { [biasExhibit, sizeExhibit, turnedExhibit, flattenedExhibit, planesExhibit] }

private var biasExhibit: Exhibit {
  let (X, K) = (spreadOut([4, 4]), FixedKernel.laplacian.kernel(.double))
  let right = { (b: Double) in crossCorrelation(X, K) + b }
  return Exhibit(
    "a bias inside the sum", wrong: "X.sliced(m..<m + H, axis: 0).sliced(n..<n + W, axis: 1) * K[m, n] + b",
    right: "crossCorrelation(X, K) + b",
    shows: .init(
      "a black image, 3 × 3, b = 0.5", wrong: Mistake.biasInEveryTerm(0 * X, K, bias: 0.5)[0, 0],
      right: (crossCorrelation(0 * X, K) + 0.5)[0, 0]),
    hides: .init("b = 0, as biases begin", wrong: Mistake.biasInEveryTerm(X, K, bias: 0), right: right(0)),
    caughtBy: "§ 4.2.3: an image of zeros becomes the bias")
}

private var sizeExhibit: Exhibit {
  let sizes = { (H: Int, k: Int, s: Int, p: Int) in
    (
      wrong: Tensor(Double(Mistake.outputSizeRoundedUp(H, kernel: k, stride: s, padding: p))),
      right: Tensor(Double(outputSize(H, kernel: k, stride: s, padding: p)))
    )
  }
  let (first, usual) = (sizes(224, 7, 2, 3), sizes(224, 3, 1, 1))
  return Exhibit(
    "an output size that is rounded up", wrong: "(H - k + 2 * p + s - 1) / s + 1",
    right: "(H - reach + 2 * p) / s + 1",
    shows: .init("224, k = 7, s = 2, p = 3", wrong: first.wrong, right: first.right),
    hides: .init("stride 1", wrong: usual.wrong, right: usual.right),
    caughtBy: "§ 4.2.2: the output has a number for every place")
}

private var turnedExhibit: Exhibit {
  let δ = Tensor([[1]], scalarType: .double)
  let gradients = { (kernel: FixedKernel) in
    let K = kernel.kernel(.double)
    return (wrong: Mistake.inputGradientNotTurned(δ, K)[1], right: fullConvolution(δ, K)[1])
  }
  let (sobel, gaussian) = (gradients(.sobelX), gradients(.gaussian))
  return Exhibit(
    "a backward pass with the kernel not turned", wrong: "crossCorrelation(padded(δ, by: K.shape[0] - 1), K)",
    right: "fullConvolution(δ[o], K[o, c])",
    shows: .init("middle row of ∂L/∂X, Sobel →", wrong: sobel.wrong, right: sobel.right),
    hides: .init("symmetric kernels: Gaussian, Laplace", wrong: gaussian.wrong, right: gaussian.right),
    caughtBy: "§ 4.2.3: the gradient in the image has the kernel turned")
}

private var flattenedExhibit: Exhibit {
  let maps = Tensor.linear(from: 0, to: 7, count: 8, scalarType: .double).reshaped([1, 2, 2, 2])
  let w = Tensor([1, 1, 0, 0, 0, 0, 0, -1], scalarType: .double)
  let means = maps.mean(axes: [2, 3], keepsAxes: true)
  return Exhibit(
    "maps flattened with channels last", wrong: "x.moved(axis: 1, to: 3).flattened(from: 1)",
    right: "maps.flattened(from: 1)",
    shows: .init(
      "a weight on pixels 0 and 1, one on 7", wrong: matmul(Mistake.flattenedChannelsLast(maps), w),
      right: matmul(maps.flattened(from: 1), w)),
    hides: .init(
      "maps of 1 × 1, after a global mean", wrong: Mistake.flattenedChannelsLast(means),
      right: means.flattened(from: 1)),
    caughtBy: "flattened maps: entry (c H + h) W + w")
}

private var planesExhibit: Exhibit {
  let pixels = Tensor.linear(from: 0, to: 11, count: 12, scalarType: .double).reshaped([2, 2, 3])
  let grey = pixels.sliced(0..<1, axis: 2)
  return Exhibit(
    "pixels reshaped into planes", wrong: "pixels.reshaped([pixels.shape[2], pixels.shape[0], pixels.shape[1]])",
    right: "pixels.permuted([2, 0, 1])",
    shows: .init(
      "the red plane of 2 × 2 pixels", wrong: Mistake.planesByReshaping(pixels)[0],
      right: pixels.permuted([2, 0, 1])[0]),
    hides: .init("grey images", wrong: Mistake.planesByReshaping(grey), right: grey.permuted([2, 0, 1])),
    caughtBy: "planes: entry (c, h, w) is pixel (h, w, c)")
}

/// Images, and their pixels reshaped into planes.
private func planesFigure() -> Panels {
  let images = LabeledImages.drawnShapes(count: 6, from: RandomSource(seed: 6)).images
  let files = images.moved(axis: 1, to: 3)  // [N×H×W×C], the order of pixels in a file
  func grid(_ title: String, _ planes: (Tensor) -> Tensor) -> ImageGrid {
    ImageGrid(
      title, images: (0..<6).map { Pixels(width: 32, height: 32, planes: planes(files[$0]).scalars) }, columns: 6)
  }
  return Panels(
    "", columns: 1,
    [grid("permuted", { $0.permuted([2, 0, 1]) }), grid("reshaped", Mistake.planesByReshaping)])
}

private func spreadOut(_ shape: Shape) -> Tensor {
  Tensor.linear(from: -1, to: 1, count: shape.count, scalarType: .double)
    .gathered(RandomSource(seed: 1).permutation(shape.count)).reshaped(shape)
}
