// § 12.10  Sound as numbers: the short-time Fourier transform, and energies in bands

import Messages
import RNN
import Tensors

/// The short-time Fourier transform: the spectrum of every short piece of a sound. § 12.10
///
/// X[f, k] = Σⱼ w[j] x[f h + j] e^(−2πi jk/n) for the frames f, which begin every h samples and have n samples each,
/// and for the bins k = 0 … n/2; the others are their conjugates. The real part is one matrix product of all frames
/// with w[j] cos(2π jk/n), and the imaginary part one with −w[j] sin(2π jk/n). Fleuret, *The Little Book of Deep
/// Learning*, § 6.5
public struct ShortTimeTransform: Sendable {
  /// The window w. [n]
  public let window: Tensor
  /// The number h of samples between the beginnings of neighbouring frames.
  public let hop: Int
  /// w[j] cos(2π jk/n) and −w[j] sin(2π jk/n). [n×(n/2+1)]
  public let cosines, sines: Tensor

  /// Window functions.
  public enum Window: Sendable, CaseIterable {
    /// ½ − ½ cos(2πj/n). von Hann
    case hann
    /// 1 everywhere.
    case rectangular
  }

  /// The transform of frames of n samples, n even, every h samples.
  public init(length n: Int, hop h: Int, window kind: Window = .hann, scalarType: ScalarType = .float) {
    require(
      n >= 2 && n.isMultiple(of: 2) && (1...n).contains(h),
      "cannot transform frames of \(n) samples every \(h): an even number and a hop of 1 to \(n) are needed")
    let angles = Self.angles(n)
    let ones = Tensor.ones([n, 1], scalarType: .double)
    let column = kind == .hann ? 0.5 - 0.5 * angles.sliced(1..<2, axis: 1).cos() : ones
    window = column.squeezed(axis: 1).converted(to: scalarType)
    cosines = (column * angles.cos()).converted(to: scalarType)
    sines = (-(column * angles.sin())).converted(to: scalarType)
    hop = h
  }

  /// 2π jk/n, with jk reduced modulo n first, so that large products stay exact. [n×(n/2+1)]
  private static func angles(_ n: Int) -> Tensor {
    let K = n / 2 + 1
    let turns = (0..<n * K).map { Double($0 / K * ($0 % K) % n) / Double(n) }
    return 2 * Double.pi * Tensor(turns, shape: [n, K], scalarType: .double)
  }

  /// The number n of samples in a frame.
  public var length: Int { window.count }
  /// The number of bins, n/2 + 1.
  public var bins: Int { length / 2 + 1 }

  /// The number of whole frames in T samples.
  public func frames(in T: Int) -> Int { T < length ? 0 : (T - length) / hop + 1 }

  /// The frequency of a bin in Hz, k/n times the rate.
  public func frequency(ofBin k: Int, rate: Int) -> Double { Double(k) * Double(rate) / Double(length) }

  /// The frames of sounds. [… T] → [… F×n]
  public func frames(of x: Tensor) -> Tensor {
    let F = frames(in: x.shape[-1])
    require(F > 0, "cannot transform \(x.shape[-1]) samples in frames of \(length): at least one frame is needed")
    let places = (0..<F * length).map { $0 / length * hop + $0 % length }
    return x.gathered(places, axis: -1).reshaped(Shape(x.shape.lengths.dropLast() + [F, length]))
  }

  /// X. [… T] → [… F×(n/2+1)]
  public func callAsFunction(_ x: Tensor) -> ComplexTensor {
    let frames = frames(of: x)
    return ComplexTensor(matmul(frames, cosines), matmul(frames, sines))
  }

  /// |X|², the spectrogram. [… T] → [… F×(n/2+1)]
  public func power(_ x: Tensor) -> Tensor {
    let X = self(x)
    return X.real.squared() + X.imaginary.squared()
  }

  /// The energies Σⱼ (w[j] x[f h + j])² of the frames by Parseval's theorem: (|X₀|² + |X_{n/2}|² + 2 Σ |X_k|²)/n, since
  /// every other bin stands for two. [… F×(n/2+1)] → [… F]
  public func energies(ofPower P: Tensor) -> Tensor {
    let ends = P.sliced(0..<1, axis: -1) + P.sliced(bins - 1..<bins, axis: -1)
    return (2 * P.sum(axes: [-1]) - ends.squeezed(axis: -1)) / Double(length)
  }

  /// The sound with this transform, by overlap and add: the inverse transforms of all frames times w, added where they
  /// lie, and divided by the sum of the w² that lie there. Exact where that sum is not 0. [F×(n/2+1)] → [T]
  public func sound(from X: ComplexTensor) -> Tensor {
    let (F, n) = (X.real.shape[0], length)
    let counts = [1] + [Double](repeating: 2, count: bins - 2) + [1]  // an inner bin stands for its conjugate, too
    let c = Tensor(counts, scalarType: window.scalarType)
    // w[j] times the inverse transform, 1/n Σₖ cₖ Re(X[k] e^(2πi jk/n)): the matrices already hold w.
    let pieces =
      (matmul(c * X.real, cosines.transposed) + matmul(c * X.imaginary, sines.transposed)) / Double(n)  // [F×n]
    let places = (0..<F * n).map { $0 / n * hop + $0 % n }
    let T = (F - 1) * hop + n
    let sum = pieces.reshaped([F * n]).scatterAdded(places, length: T)
    let weights = window.squared().expanded(axis: 0).repeated(F, axis: 0).reshaped([F * n])
      .scatterAdded(places, length: T)
    return select(weights .> 1e-8, sum / maximum(1e-8, weights), 0 * sum)
  }
}

/// The mel of a frequency in Hz, a scale on which equal steps sound equal: 2595 log₁₀(1 + f/700). § 12.10
public func mel(_ frequency: Double) -> Double {
  2595 * Tensor(1 + frequency / 700, scalarType: .double).log().item / Tensor(10, scalarType: .double).log().item
}

/// Energies in D bands: triangles with centres at equal steps on the mel scale, each falling to 0 at the centres of its
/// neighbours, so that every bin between the first and the last centre is divided among two bands. § 12.10
public struct MelBands: Sendable {
  /// The share of each bin that each band takes. [K×D]
  public let weights: Tensor
  /// The frequencies of the centres, in Hz.
  public let centres: [Double]

  /// D bands between two frequencies in Hz, for a transform of sounds at this rate.
  public init(_ D: Int, from low: Double = 60, to high: Double, of transform: ShortTimeTransform, rate: Int) {
    require(
      D >= 1 && 0 <= low && low < high && high <= Double(rate) / 2,
      "cannot make \(D) bands from \(low) to \(high) Hz of \(rate) samples per second: at least 1 band, and "
        + "frequencies up to \(rate / 2) Hz, are needed")
    let step = (mel(high) - mel(low)) / Double(D + 1)
    let shares = (0..<transform.bins).flatMap { k in
      let place = (mel(transform.frequency(ofBin: k, rate: rate)) - mel(low)) / step  // centres are at 1, …, D
      return (1...D).map { max(0, 1 - (place - Double($0)).magnitude) }
    }
    weights = Tensor(shares, shape: [transform.bins, D], scalarType: transform.window.scalarType)
    centres = (1...D).map { band in
      let exponent = (mel(low) + step * Double(band)) / 2595
      return 700 * (Tensor(10, scalarType: .double).power(exponent).item - 1)
    }
  }

  /// The energies of all bands. [… F×K] → [… F×D]
  public func callAsFunction(_ power: Tensor) -> Tensor { matmul(power, weights) }
}
