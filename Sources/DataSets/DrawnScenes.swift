// Drawn scenes: small colour images with several objects, whose boxes, classes and masks are known exactly.

import Messages
import Tensors

/// An object of a drawn scene: a form that fills a box of whole pixels, in one of six colours.
public struct DrawnObject: Sendable, Hashable {
  /// The index of the form in `formNames`, and of the colour in `colourNames`.
  public let form, colour: Int
  /// The first column and the first row of the box.
  public let left, top: Int
  /// The sides of the box in pixels.
  public let width, height: Int

  /// The object with this form and colour in a box. Stops the program unless the sides are at least 4 pixels and
  /// neither is more than twice the other, because narrower forms do not reach all sides of their boxes.
  public init(form: Int, colour: Int, left: Int, top: Int, width: Int, height: Int) {
    require(
      Self.formNames.indices.contains(form) && Self.colourNames.indices.contains(colour),
      "cannot draw form \(form) in colour \(colour): there are \(Self.formNames.count) forms and "
        + "\(Self.colourNames.count) colours, counted from 0")
    require(
      min(width, height) >= 4 && max(width, height) <= 2 * min(width, height),
      "cannot draw an object of \(width)×\(height) pixels: sides of at least 4 pixels are needed, none more than twice "
        + "the other")
    (self.form, self.colour) = (form, colour)
    (self.left, self.top, self.width, self.height) = (left, top, width, height)
  }

  /// The names of the forms: the classes of objects.
  public static let formNames = ["disc", "square", "triangle", "cross"]
  /// The names of the colours.
  public static let colourNames = ["red", "green", "blue", "yellow", "purple", "cyan"]

  /// The column behind the last one of the box.
  public var right: Int { left + width }
  /// The row below the last one of the box.
  public var bottom: Int { top + height }

  /// Whether a pixel belongs to the object. The pixels of every form touch all four sides of its box.
  public func covers(row: Int, column: Int) -> Bool {
    guard (top..<bottom).contains(row), (left..<right).contains(column) else { return false }
    let (w, h) = (Double(width), Double(height))
    let x = (2 * Double(column - left) + 1) / w - 1  // the pixel's centre in a box from −1 to 1
    let y = (2 * Double(row - top) + 1) / h - 1
    switch form {
    case 0: return x * x + y * y <= 1
    case 1: return true
    case 2: return x.magnitude <= (y + 1) / 2 + 1 / w
    default: return min(x.magnitude, y.magnitude) <= 1.0 / 3
    }
  }

  /// Whether another object's box comes closer than one pixel.
  public func touches(_ other: DrawnObject) -> Bool {
    left <= other.right && other.left <= right && top <= other.bottom && other.top <= bottom
  }
}

/// Colour images of 32×32 pixels with objects on a grey ground; the objects are known.
///
/// Objects have sharp edges: every pixel belongs to one object or to the ground. The class of an object is its form.
/// Colour, position and sides vary, and so do the ground's lightness, the light from one side, and the grain.
public struct DrawnScenes: Sendable {
  /// The pixels, from 0 to 1. [N×3×32×32]
  public let images: Tensor
  /// The objects of every scene, in the order in which they were drawn.
  public let objects: [[DrawnObject]]

  /// The sides of a scene in pixels.
  public static let side = 32

  /// `count` scenes with a random number of objects with sides of 8 to 16 pixels, no two of which touch.
  public init(count: Int, objects range: ClosedRange<Int> = 1...3, from source: RandomSource) {
    require(
      range.lowerBound >= 1 && range.upperBound <= 3,
      "cannot draw scenes with \(range) objects: 1 to 3 have room without touching")
    let objects = (0..<count).map { _ in
      Self.arrangement(of: range.lowerBound + source.integer(below: range.count), from: source)
    }
    self.init(objects, from: source)
  }

  /// Scenes with these objects. A later object hides what is below it.
  public init(_ objects: [[DrawnObject]], from source: RandomSource) {
    let images = objects.map { Self.painted($0, from: source) }
    self.init(
      images: Tensor(floats: images.flatMap { $0 }, shape: [objects.count, 3, Self.side, Self.side]), objects: objects)
  }

  private init(images: Tensor, objects: [[DrawnObject]]) { (self.images, self.objects) = (images, objects) }

  /// The number of scenes.
  public var count: Int { objects.count }

  /// The scenes with these indices, in this order.
  public func subset(_ indices: [Int]) -> DrawnScenes {
    DrawnScenes(images: images.gathered(indices), objects: indices.map { objects[$0] })
  }

  /// The first `length` scenes, or all if there are fewer.
  public func prefix(_ length: Int) -> DrawnScenes {
    DrawnScenes(images: images[0..<min(length, count)], objects: Array(objects.prefix(length)))
  }

  /// Which object every pixel of a scene shows, row after row: nil for the ground. [32·32]
  public func owners(inScene scene: Int) -> [Int?] { Self.owners(objects[scene]) }

  /// The class of every pixel of every scene: 0 for the ground, 1 + form for an object. [N·32·32]
  public var pixelClasses: [Int] {
    objects.flatMap { these in Self.owners(these).map { $0.map { 1 + these[$0].form } ?? 0 } }
  }

  /// The names of the pixels' classes.
  public static let pixelClassNames = ["ground"] + DrawnObject.formNames
}

// MARK: - Drawing

extension DrawnScenes {
  private static func owners(_ objects: [DrawnObject]) -> [Int?] {
    (0..<side * side).map { place in
      objects.lastIndex { $0.covers(row: place / side, column: place % side) }
    }
  }

  /// Objects that do not touch: each is drawn again until it has room, and all are drawn again if one finds none.
  private static func arrangement(of count: Int, from source: RandomSource) -> [DrawnObject] {
    while true {
      var found: [DrawnObject] = []
      for _ in 0..<60 where found.count < count {
        let next = randomObject(from: source)
        if !found.contains(where: next.touches) { found.append(next) }
      }
      if found.count == count { return found }
    }
  }

  private static func randomObject(from source: RandomSource) -> DrawnObject {
    let (width, height) = (8 + source.integer(below: 9), 8 + source.integer(below: 9))
    return DrawnObject(
      form: source.integer(below: DrawnObject.formNames.count),
      colour: source.integer(below: DrawnObject.colourNames.count),
      left: source.integer(below: side - width + 1), top: source.integer(below: side - height + 1),
      width: width, height: height)
  }

  private static let paints: [[Double]] = [
    [0.85, 0.15, 0.15], [0.15, 0.75, 0.2], [0.2, 0.3, 0.9], [0.9, 0.85, 0.15], [0.65, 0.2, 0.75], [0.15, 0.8, 0.85],
  ]

  /// The pixels of one scene, plane after plane. [3·32·32]
  private static func painted(_ objects: [DrawnObject], from source: RandomSource) -> [Float] {
    let ground = [Double](repeating: source.uniform(in: 0.1..<0.5), count: 3)
    let colours = objects.map { object in paints[object.colour].map { $0 + source.uniform(in: -0.08..<0.08) } }
    let (across, down) = (source.uniform(in: -0.15..<0.15), source.uniform(in: -0.15..<0.15))
    let owners = owners(objects)
    return (0..<3).flatMap { plane in
      owners.enumerated().map { place, owner in
        let (row, column) = place.quotientAndRemainder(dividingBy: side)
        let light = across * (Double(column) / Double(side) - 0.5) + down * (Double(row) / Double(side) - 0.5)
        let paint = owner.map { colours[$0] } ?? ground
        return Float(min(max(paint[plane] + light + source.uniform(in: -0.07..<0.07), 0), 1))
      }
    }
  }
}
