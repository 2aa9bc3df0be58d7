import Applications
import Checking
import RNN
import Tensors
import Testing

@Suite("§ 12.10, § 6.5  Sound as numbers")
struct ShortTimeTransformTests {
  private let x = RandomSource(seed: 12).normal([2, 200], scalarType: .double)

  @Test("§ 12.10: the transform is the discrete Fourier transform of every windowed frame, by two definitions")
  func definition() {
    for window in ShortTimeTransform.Window.allCases {
      let transform = ShortTimeTransform(length: 32, hop: 12, window: window, scalarType: .double)
      let X = transform(x)
      #expect(X.real.shape == [2, 15, 17])
      let frames = transform.frames(of: x) * transform.window
      let fast = fourierTransform(ComplexTensor(frames))
      expectClose(X.real, fast.real.sliced(0..<17, axis: 2), tolerance: 1e-12, scale: 1)
      expectClose(X.imaginary, fast.imaginary.sliced(0..<17, axis: 2), tolerance: 1e-12, scale: 1)
      let (f, k) = (7, 5)
      let sum = (0..<32).reduce(0.0) { sum, j in
        let angle = Tensor(2 * Double.pi * Double(j * k) / 32, scalarType: .double)
        return sum - transform.window[j].item * x[1, 12 * f + j].item * angle.sin().item
      }
      #expect(abs(X.imaginary[1, f, k].item - sum) < 1e-12)
    }
  }

  @Test("§ 12.10: the transform is a convolution with fixed kernels and the hop as its stride")
  func asConvolution() {
    let transform = ShortTimeTransform(length: 16, hop: 5, scalarType: .double)
    let kernels = transform.cosines.transposed.expanded(axis: 1)  // [K×1×n]
    let y = convolution(x.expanded(axis: 1), kernels, stride: 5)  // [N×K×F]
    expectClose(transform(x).real, y.transposed, tolerance: 1e-12, scale: 1)
  }

  @Test("§ 12.10: a tone of a bin's frequency is in that bin alone, and under a Hann window in three")
  func tone() {
    let (n, k, rate) = (64, 9, 8_000)
    let plain = ShortTimeTransform(length: n, hop: 32, window: .rectangular, scalarType: .double)
    #expect(plain.frequency(ofBin: k, rate: rate) == 1_125)
    let times = Tensor.range(0..<320, scalarType: .double) / Double(rate)
    let x = (2 * Double.pi * 1_125 * times + 0.3).sin()
    let P = plain.power(x)
    #expect(P.argmax() == [Int](repeating: k, count: 9))
    #expect(abs(P[4, k].item - 32 * 32) < 1e-9)
    #expect(abs(P.sum().item - 9 * 32 * 32) < 1e-9)
    let smooth = ShortTimeTransform(length: n, hop: 32, scalarType: .double).power(x)
    #expect(abs(smooth[4, k].item - 16 * 16) < 1e-9 && abs(smooth[4, k - 1].item - 8 * 8) < 1e-9)
    #expect(abs(smooth.sliced(k - 1..<k + 2, axis: 1).sum().item - smooth.sum().item) < 1e-9)
  }

  @Test("§ 12.10: the energies of the frames follow from the power by Parseval's theorem")
  func parseval() {
    let transform = ShortTimeTransform(length: 48, hop: 20, scalarType: .double)
    let energies = (transform.frames(of: x) * transform.window).squared().sum(axes: [-1])
    expectClose(transform.energies(ofPower: transform.power(x)), energies, tolerance: 1e-10)
  }

  @Test("§ 12.10: overlap and add gives the sound back where a window lies on it")
  func inverse() {
    for window in ShortTimeTransform.Window.allCases {
      let transform = ShortTimeTransform(length: 40, hop: 10, window: window, scalarType: .double)
      let back = transform.sound(from: transform(x[0]))
      #expect(back.count == 200)
      expectClose(back[1..<199], x[0][1..<199], tolerance: 1e-9, scale: 1)
    }
  }

  @Test("§ 12.10: mel bands share every bin between the first and the last centre, and 1,000 Hz is about 1,000 mel")
  func bands() {
    let transform = ShortTimeTransform(length: 256, hop: 128, scalarType: .double)
    let bands = MelBands(24, to: 4_000, of: transform, rate: 8_000)
    let sums = bands.weights.sum(axes: [1]).scalars
    let inner = (0..<transform.bins).filter {
      (bands.centres[0]...bands.centres[23]).contains(transform.frequency(ofBin: $0, rate: 8_000))
    }
    #expect(inner.count > 110 && inner.allSatisfy { abs(sums[$0] - 1) < 1e-12 })
    #expect(abs(mel(1_000) - 999.9856) < 1e-3 && mel(0) == 0)
    let steps = zip(bands.centres, bands.centres.dropFirst()).map { mel($1) - mel($0) }
    #expect(steps.allSatisfy { abs($0 - steps[0]) < 1e-9 })
  }
}
