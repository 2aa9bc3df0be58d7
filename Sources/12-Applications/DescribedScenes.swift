// § 12.10  Scenes with descriptions

import DataSets
import Messages
import Tensors

/// Forms, colours and sizes in words. § 12.10
public struct SceneWords: Sendable {
  /// All words; the end follows as the last symbol.
  public static let words =
    ["a", "that", "is", "beside", "small", "large"] + DrawnObject.colourNames + DrawnObject.formNames
  /// The number of the end token.
  public static var end: Int { words.count }
  /// The number of the token that a decoder reads first.
  public static var start: Int { words.count + 1 }
  /// The number of symbols, end and start included.
  public static var symbols: Int { words.count + 2 }

  /// The numbers of the words of a text.
  public static func numbers(_ text: String) -> [Int] {
    text.split(separator: " ").compactMap { words.firstIndex(of: String($0)) }
  }

  /// The text of numbers, without end and start.
  public static func text(_ numbers: [Int]) -> String {
    numbers.filter { $0 < words.count }.map { words[$0] }.joined(separator: " ")
  }

  /// The number of the word of a colour.
  public static func colour(_ colour: Int) -> Int { 6 + colour }
  /// The number of the word of a form.
  public static func form(_ form: Int) -> Int { 6 + DrawnObject.colourNames.count + form }
}

/// A form, a colour and a size: one of 48 combinations. § 12.10
public struct Look: Sendable, Hashable {
  /// The form, the colour, and 0 for small or 1 for large.
  public let form, colour, size: Int

  /// This combination.
  public init(form: Int, colour: Int, size: Int) { (self.form, self.colour, self.size) = (form, colour, size) }

  /// All 4 · 6 · 2 combinations.
  public static let all = (0..<4).flatMap { form in
    (0..<6).flatMap { colour in (0..<2).map { Look(form: form, colour: colour, size: $0) } }
  }
  /// The 12 combinations that are never seen in training. Every pair of colour and size lacks one form, so all words
  /// are learned from the others.
  public static let unseen = all.filter { ($0.form + $0.colour + 2 * $0.size) % 4 == 0 }
  /// The other 36.
  public static let seen = all.filter { !unseen.contains($0) }

  /// A description in one of two wordings.
  public func description(_ wording: Int = 0) -> String {
    let (size, colour) = (["small", "large"][size], DrawnObject.colourNames[colour])
    let form = DrawnObject.formNames[form]
    return wording == 0 ? "a \(size) \(colour) \(form)" : "a \(colour) \(form) that is \(size)"
  }

  /// The symbols of a description, with the end.
  public func symbols(_ wording: Int = 0) -> [Int] { SceneWords.numbers(description(wording)) + [SceneWords.end] }

  /// A scene with one such object: sides of 8 to 10 pixels if it is small, of 13 to 16 if it is large.
  public func object(from source: RandomSource) -> DrawnObject {
    let least = size == 0 ? 8 : 13
    let (width, height) = (least + source.integer(below: 3 + size), least + source.integer(below: 3 + size))
    return DrawnObject(
      form: form, colour: colour, left: source.integer(below: DrawnScenes.side - width + 1),
      top: source.integer(below: DrawnScenes.side - height + 1), width: width, height: height)
  }

  /// `count` scenes of each of these, one after the other. [L·count×3×32×32]
  public static func images(of looks: [Look], count: Int, from source: RandomSource) -> Tensor {
    let objects = looks.flatMap { look in (0..<count).map { _ in [look.object(from: source)] } }
    return DrawnScenes(objects, from: source).images
  }
}

/// Images of the looks that are seen in training, to be drawn in batches with one image of each of N different looks,
/// so that every image has one right text. § 12.10
public struct DescribedImages: Sendable {
  /// The images, look by look. [36·count×3×32×32]
  public let images: Tensor
  /// The number of images of each look.
  public let count: Int

  /// `count` images of each look.
  public init(count: Int, from source: RandomSource) {
    (images, self.count) = (Look.images(of: Look.seen, count: count, from: source), count)
  }

  /// N images and their descriptions, each in a random wording.
  public func batch(_ N: Int, from source: RandomSource) -> (images: Tensor, texts: Tokens) {
    let chosen = source.permutation(Look.seen.count).prefix(N)
    let places = chosen.map { $0 * count + source.integer(below: count) }
    let texts = chosen.map { Look.seen[$0].symbols(source.integer(below: 2)) }
    return (images.gathered(places), Tokens(texts, padding: SceneWords.end))
  }
}

/// The share of images for which the right description is the nearest. The images are those of `looks`, equally many of
/// each, and the right look is sought among `candidates`. § 12.10
public func zeroShotAccuracy(
  _ model: ImageTextModel, _ images: Tensor, of looks: [Look], among candidates: [Look]
) -> Double {
  let nearest = model.nearest(images, among: Tokens(candidates.map { $0.symbols() }, padding: SceneWords.end))
  let count = images.shape[0] / looks.count
  let hits = nearest.enumerated().count { place, found in candidates[found] == looks[place / count] }
  return Double(hits) / Double(images.shape[0])
}
