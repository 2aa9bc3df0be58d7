import CNN
import DataSets
import GAN
import Tensors

/// A set of images of which we know how good it is. § 8.8
public struct KnownSet: Sendable {
  /// The name.
  public let name: String
  /// The images. [N×1×H×W]
  public let images: Tensor
}

/// Real images, and the same images spoiled in known ways. § 8.8
///
/// `judge` chooses the copied images: of each class the one that it recognizes best. Sets of fewer than ten images are
/// left out.
public func knownSets(of set: LabeledImages, classes: Int, judge: ImageJudge, random: RandomSource) -> [KnownSet] {
  // Data sets are often sorted, for example by writer: their first images are no sample of all.
  let set = set.subset(random.permutation(set.count))
  let (x, labels) = (set.images, set.labels)
  func chosen(_ isWanted: (Int) -> Bool) -> Tensor { x.gathered(labels.indices.filter { isWanted(labels[$0]) }) }
  func noisy(_ σ: Double) -> Tensor { (x + random.normal(x.shape, standardDeviation: σ)).clamped(to: 0...1) }
  let real = [1, 2, 4, 8].map { part in
    KnownSet(name: part == 1 ? "all training images" : "1/\(part) of them", images: x[0..<set.count / part])
  }
  let spoiled = [
    KnownSet(name: "blurred 3×3", images: blurred(x)),
    KnownSet(name: "with noise of 0.1", images: noisy(0.1)),
    KnownSet(name: "with noise of 0.3", images: noisy(0.3)),
    KnownSet(name: "without the last class", images: chosen { $0 != classes - 1 }),
    KnownSet(name: "first half of the classes", images: chosen { $0 < classes / 2 }),
    KnownSet(name: "one image a class, copied", images: copies(of: set, classes: classes, judge: judge)),
    KnownSet(name: "pixels drawn one by one", images: independentPixels(of: x, random: random)),
    KnownSet(name: "uniform noise", images: random.uniform(x.shape)),
  ]
  return (real + spoiled).filter { $0.images.shape[0] >= 10 }
}

/// Every pixel replaced by the mean of the 3×3 pixels around it, with zeros outside the image. [N×1×H×W]
public func blurred(_ x: Tensor) -> Tensor {
  convolution(x, Tensor(repeating: 1.0 / 9, [1, 1, 3, 3]), padding: 1)
}

/// As many images as in the set, but only one of each class: the one whose class the judge finds likeliest.
public func copies(of set: LabeledImages, classes: Int, judge: ImageJudge) -> Tensor {
  let p = judge.judged(set.images).probabilities
  let best = (0..<classes).compactMap { k in
    set.labels.indices.filter { set.labels[$0] == k }.max { p[$0, k].item < p[$1, k].item }
  }
  return set.images.gathered((0..<set.count).map { best[$0 % best.count] })
}

/// Images whose pixels are each taken from another image: every pixel has its own distribution, and no two belong
/// together. [N×1×H×W]
public func independentPixels(of x: Tensor, random: RandomSource) -> Tensor {
  let (N, pixels) = (x.shape[0], x.count / x.shape[0])
  let places = (0..<N * pixels).map { random.integer(below: N) * pixels + $0 % pixels }
  return x.reshaped([x.count]).gathered(places).reshaped(x.shape)
}
