// Points in the plane, in classes that no straight line separates.

import Foundation
import Messages
import Tensors

/// Points, each with the number of its class.
public struct LabeledPoints: Sendable {
  /// The number of coordinates of a point.
  public let dimension: Int
  /// All coordinates, point after point (N×D).
  public let coordinates: [Double]
  /// The class of every point, counted from 0.
  public let labels: [Int]

  /// The points with these coordinates and labels. Stops the program unless there are `dimension` coordinates for every
  /// label.
  public init(dimension: Int, coordinates: [Double], labels: [Int]) {
    require(
      coordinates.count == labels.count * dimension,
      "cannot make \(labels.count) points of \(dimension) coordinates each out of \(coordinates.count) numbers")
    (self.dimension, self.coordinates, self.labels) = (dimension, coordinates, labels)
  }

  /// The points as rows. [N×D]
  public var points: Tensor { points(.float) }

  /// The points as rows, with this scalar type. [N×D]
  public func points(_ scalarType: ScalarType) -> Tensor {
    Tensor(coordinates, shape: [count, dimension], scalarType: scalarType)
  }

  /// The number of points.
  public var count: Int { labels.count }

  /// The coordinates of one point.
  public subscript(index: Int) -> ArraySlice<Double> {
    coordinates[index * dimension..<(index + 1) * dimension]
  }
}

extension LabeledPoints {
  /// Two interleaving half circles of radius 1, with alternating classes and Gaussian noise.
  ///
  /// The upper one is (cos t, sin t), the lower one (1 − cos t, ½ − sin t), with t uniform in [0, π).
  public static func moons(count: Int, noise: Double = 0.1, from source: RandomSource) -> LabeledPoints {
    plane(count: count, classes: 2, noise: noise, from: source) { moon in
      let t = source.uniform(in: 0..<Double.pi)
      return moon == 0 ? (cos(t), sin(t)) : (1 - cos(t), 0.5 - sin(t))
    }
  }

  /// Arms that wind `turns` times around the origin, with alternating classes and Gaussian noise.
  ///
  /// Arm k of K is r (cos φ, sin φ) with φ = 2π (turns · r + k/K) and r uniform in [0.1, 1).
  public static func spirals(
    count: Int, arms: Int = 2, turns: Double = 1.5, noise: Double = 0.02, from source: RandomSource
  ) -> LabeledPoints {
    plane(count: count, classes: arms, noise: noise, from: source) { arm in
      let radius = source.uniform(in: 0.1..<1)
      let angle = 2 * Double.pi * (turns * radius + Double(arm) / Double(arms))
      return (radius * cos(angle), radius * sin(angle))
    }
  }

  /// Circles around the origin with radii 1, 2, …, with alternating classes and Gaussian noise.
  public static func rings(
    count: Int, rings: Int = 2, noise: Double = 0.1, from source: RandomSource
  ) -> LabeledPoints {
    plane(count: count, classes: rings, noise: noise, from: source) { ring in
      let angle = source.uniform(in: 0..<2 * Double.pi)
      return (Double(ring + 1) * cos(angle), Double(ring + 1) * sin(angle))
    }
  }

  /// The exclusive or: Gaussian clouds around the corners (±1, ±1), of class 1 where the signs of the coordinates
  /// differ.
  public static func exclusiveOr(count: Int, noise: Double = 0.2, from source: RandomSource) -> LabeledPoints {
    plane(count: count, classes: 2, noise: noise, from: source) { differs in
      let x = source.bernoulli(0.5) ? 1.0 : -1.0
      return (x, differs == 1 ? -x : x)
    }
  }

  /// `count` noisy points in the plane, with alternating classes.
  private static func plane(
    count: Int, classes: Int, noise: Double, from source: RandomSource, _ place: (_ label: Int) -> (Double, Double)
  ) -> LabeledPoints {
    require(count > 0 && classes > 0, "cannot draw \(count) points in \(classes) classes")
    let labels = (0..<count).map { $0 % classes }
    let coordinates = labels.flatMap { label in
      let (x, y) = place(label)
      return [x + noise * source.normal(), y + noise * source.normal()]
    }
    return LabeledPoints(dimension: 2, coordinates: coordinates, labels: labels)
  }
}
