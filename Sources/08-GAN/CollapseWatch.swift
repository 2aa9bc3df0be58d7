// § 8.3.1  A warning during the training

import Messages
import Tensors
import Training

/// Warns during the training when the generator makes too few kinds of examples. No loss is NaN then, so nothing else
/// would stop the training or warn. § 8.3.1
///
/// The examples are always made from the same noise, and a label is found for each: the nearest mode, or the class that
/// a classifier sees. exp H of their shares, H = −Σ pₖ log pₖ, is the number of classes if all are equally frequent.
///
///     let watch = CollapseWatch(classes: 8, say: run.say)
///     trainAgainst(&players, …) { players, epoch in
///       players.watched(by: watch, labels: modes(players.generator(noise)), epoch: epoch.number)
///     }
public struct CollapseWatch {
  /// The number K of classes.
  public let classes: Int
  /// The share of K below which exp H is a collapse, and the share from which the collapse is over.
  public var leastShare = 0.5, recoveredShare = 0.75
  /// The first epoch with a warning: at the beginning no generator makes any class.
  public var firstEpoch = 2
  /// Prints a line.
  public let say: (String) -> Void

  /// A watch for K classes.
  public init(classes: Int, say: @escaping (String) -> Void) { (self.classes, self.say) = (classes, say) }

  /// H in nats of the labels that are not nil; 0 if there are none.
  public static func entropy(_ labels: [Int?], classes: Int) -> Double {
    let n = labels.count { $0 != nil }
    let p = (0..<classes).map { k in Double(labels.count { $0 == k }) / Double(max(1, n)) }
    let terms = Tensor(p.filter { $0 > 0 }, scalarType: .double)
    return terms.count == 0 ? 0 : -(terms * terms.log()).sum().item
  }
}

extension Adversaries {
  /// Takes the labels of examples that are always made from the same noise. Warns once when they have too few classes,
  /// and reports once when they have enough again.
  ///
  /// Returns the metrics "label entropy", in nats, and "classes", the number of different labels.
  public mutating func watched(by watch: CollapseWatch, labels: [Int?], epoch: Int) -> [String: Double] {
    let H = CollapseWatch.entropy(labels, classes: watch.classes)
    let effective = labels.contains { $0 != nil } ? Tensor(H, scalarType: .double).exp().item : 0
    let seen = Set(labels.compactMap { $0 }).count
    let least = isCollapsed ? watch.recoveredShare : watch.leastShare
    let isCollapsed = effective < least * Double(watch.classes)
    if epoch >= watch.firstEpoch && isCollapsed != self.isCollapsed {
      let found = "\(seen) of \(watch.classes) classes, spread as over \(NumberText.formatted(effective, "%.1f"))"
      watch.say(
        isCollapsed
          ? "warning: mode collapse in epoch \(epoch): the samples of the fixed noise have \(found)"
          : "epoch \(epoch): the samples of the fixed noise have \(found) again")
      self.isCollapsed = isCollapsed
    }
    return ["label entropy": H, "classes": Double(seen)]
  }
}
