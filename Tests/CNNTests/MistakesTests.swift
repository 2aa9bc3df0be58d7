import Backprop
import CNN
import Checking
import Running
import Tensors
import Testing

@Suite("Chapter 4, a gallery of mistakes: what each gives, where it hides, and the property that catches it")
struct CNNMistakesTests {
  @Test("§ 4.2.3: an image of zeros becomes the bias, unless it is added k² times; b = 0 hides it, and so does 1 × 1")
  func biasInEveryTerm() {
    let (X, K) = (spread([5, 6]), spread([3, 3], offset: 40))
    let zeros = Tensor.zeros([5, 6], scalarType: .double)
    #expect((crossCorrelation(zeros, K) + 0.5).scalars.allSatisfy { $0 == 0.5 })
    #expect(Mistake.biasInEveryTerm(zeros, K, bias: 0.5).scalars.allSatisfy { abs($0 - 4.5) < 1e-14 })
    expectClose(Mistake.biasInEveryTerm(X, K, bias: 0), crossCorrelation(X, K), tolerance: 1e-13, scale: 1)
    let point = K.sliced(0..<1, axis: 0).sliced(0..<1, axis: 1)
    expectClose(
      Mistake.biasInEveryTerm(X, point, bias: 0.5), crossCorrelation(X, point) + 0.5, tolerance: 1e-13, scale: 1)
  }

  @Test("§ 4.2.2: the output has a number for every place of the kernel, unless the quotient of (4.2) is rounded up")
  func outputSizeRoundedUp() {
    for H in 5...12 {
      for (k, s, p) in [(3, 1, 1), (3, 2, 1), (2, 2, 0), (5, 3, 2)] {
        let places = kernelPlaces(H, kernel: k, stride: s, padding: p).count
        let wrong = Mistake.outputSizeRoundedUp(H, kernel: k, stride: s, padding: p)
        #expect(outputSize(H, kernel: k, stride: s, padding: p) == places)
        #expect(wrong == ((H - k + 2 * p).isMultiple(of: s) ? places : places + 1))
      }
    }
  }

  @Test(
    "§ 4.2.3: the gradient in the image has the kernel turned, as differences show; symmetric kernels hide the mistake"
  )
  func notTurned() {
    let (X, δ) = (spread([5, 5]), spread([3, 3], offset: 60))
    for (kernel, isSymmetric) in [(FixedKernel.sobelX, false), (.sobelY, false), (.gaussian, true), (.laplacian, true)]
    {
      let K = kernel.kernel(.double)
      let truth = numericGradient(at: X) { (crossCorrelation($0, K) * δ).sum() }
      #expect(relativeDistance(fullConvolution(δ, K), truth) < 1e-8)
      let distance = relativeDistance(Mistake.inputGradientNotTurned(δ, K), truth)
      #expect(isSymmetric ? distance < 1e-8 : distance > 1)
    }
  }

  @Test(
    "flattened maps: entry (c H + h) W + w is map c at (h, w), unless channels are last; one channel or pixel hides it"
  )
  func channelsLast() {
    let x = spread([2, 3, 4, 5])
    let (right, wrong) = (x.flattened(from: 1), Mistake.flattenedChannelsLast(x))
    #expect(right[1, (2 * 4 + 1) * 5 + 3] == x[1, 2, 1, 3])
    #expect(wrong[1, (1 * 5 + 3) * 3 + 2] == x[1, 2, 1, 3])
    #expect(relativeDistance(wrong, right) > 0.5 && wrong.shape == right.shape)
    for hidden in [x.sliced(0..<1, axis: 1), x.globalAveragePooled2D().reshaped([2, 3, 1, 1])] {
      #expect(Mistake.flattenedChannelsLast(hidden) == hidden.flattened(from: 1))
    }
  }

  @Test(
    "planes: entry (c, h, w) is pixel (h, w, c), unless the pixels are reshaped where they must be moved; grey hides it"
  )
  func reshaped() {
    let pixels = spread([4, 5, 3])
    let (right, wrong) = (pixels.permuted([2, 0, 1]), Mistake.planesByReshaping(pixels))
    #expect(right[2, 3, 1] == pixels[3, 1, 2])
    #expect(wrong.shape == right.shape && wrong.scalars == pixels.scalars)
    #expect(relativeDistance(wrong, right) > 0.5)
    let grey = pixels.sliced(0..<1, axis: 2)
    #expect(Mistake.planesByReshaping(grey) == grey.permuted([2, 0, 1]))
  }
}
