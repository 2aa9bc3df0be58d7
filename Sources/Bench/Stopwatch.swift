import Foundation

/// Median times of repeated runs after a warm-up, because single times on a shared machine mean nothing.
public enum Stopwatch {
  /// The median milliseconds of `body` over `seconds` and at least `least` runs, after two runs for warming up.
  static func milliseconds<R>(seconds: Double = 2, least: Int = 5, _ body: () -> R) -> Double {
    _ = body()
    _ = body()
    var times: [Double] = []
    let start = now()
    while now() - start < seconds || times.count < least {
      let before = now()
      _ = body()
      times.append((now() - before) * 1e3)
    }
    return median(times)
  }

  /// The middle number in sorted order, or the mean of the two middle numbers.
  public static func median(_ numbers: [Double]) -> Double {
    let ordered = numbers.sorted()
    let middle = ordered.count / 2
    return ordered.count.isMultiple(of: 2) ? (ordered[middle - 1] + ordered[middle]) / 2 : ordered[middle]
  }

  /// Seconds of a monotonic clock.
  static func now() -> Double { ProcessInfo.processInfo.systemUptime }
}
