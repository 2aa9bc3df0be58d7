import Figures
import Messages
import Tensors

/// Mistakes that everybody makes once: each compiles, runs, and is wrong. Every chapter adds its own for its gallery.
public enum Mistake {}

/// A mistake in a gallery: the wrong code and the right one, an input that reveals it and one that hides it, and the
/// test that catches it.
public struct Exhibit: Sendable {
  /// What the mistake gives for one input, and what is right.
  public struct Trial: Sendable {
    /// The input, in words.
    public let input: String
    /// What the mistake gives, and what is right: two tensors with the same number of entries.
    public let wrong, right: Tensor

    /// The outcome for an input.
    public init(_ input: String, wrong: Tensor, right: Tensor) {
      require(
        wrong.count == right.count,
        "cannot compare \(wrong.shape) with \(right.shape) on \(input): both sides need the same number of entries")
      (self.input, self.wrong, self.right) = (input, wrong, right)
    }

    /// The largest difference between two entries, divided by the largest magnitude of all: 0 if nothing differs,
    /// infinite if one of two entries is infinite or NaN.
    public var distance: Double {
      let pairs = Array(zip(wrong.scalars, right.scalars))
      let largest = pairs.flatMap { [abs($0), abs($1)] }.filter(\.isFinite).max() ?? 0
      let gaps = pairs.map { $0 == $1 ? 0 : abs($0 - $1) / largest }
      return gaps.allSatisfy(\.isFinite) ? gaps.max() ?? 0 : .infinity
    }
  }

  /// The mistake in a few words, with the input on which it shows.
  public let mistake: String
  /// The line of code that is wrong, and the one that is right.
  public let wrong, right: String
  /// An input that reveals the mistake, and one that hides it.
  public let shows, hides: Trial
  /// The beginning of the name of the test that catches it.
  public let test: String

  /// The mistake `mistake`, written as `wrong` where `right` belongs.
  public init(
    _ mistake: String, wrong: String, right: String, shows: Trial, hides: Trial, caughtBy test: String
  ) {
    (self.mistake, self.wrong, self.right) = (mistake, wrong, right)
    (self.shows, self.hides, self.test) = (shows, hides, test)
  }
}

extension Run {
  /// Prints a gallery: a table of the outcomes, which is saved as CSV, then the two lines of code and the test for
  /// every mistake.
  public func show(_ gallery: [Exhibit]) {
    show(
      Table(
        "Where each mistake shows, and where it hides",
        columns: ["", "mistake", "gives", "right", "hides in", "apart there"],
        rows: gallery.enumerated().map { place, exhibit in
          [
            .integer(place + 1), .text("\(exhibit.mistake): \(exhibit.shows.input)"), .text(brief(exhibit.shows.wrong)),
            .text(brief(exhibit.shows.right)), .text(exhibit.hides.input), .text(told(exhibit.hides.distance)),
          ]
        }), as: "mistakes")
    for (place, exhibit) in gallery.enumerated() {
      say("\(place + 1). \(exhibit.mistake)")
      say("   wrong  \(exhibit.wrong)\n   right  \(exhibit.right)\n   test   \(exhibit.test)\n")
    }
  }
}

/// A distance for the table. Rounding errors differ between machines, so they are not shown digit by digit.
private func told(_ distance: Double) -> String {
  distance < 1e-14 ? "0" : distance < 1e-6 ? "< 1e-6" : scientific(distance)
}

/// The first numbers of a tensor, for the table.
private func brief(_ tensor: Tensor) -> String {
  let shown = tensor.scalars.prefix(4).map { $0.isNaN ? "NaN" : NumberText.formatted($0, "%.4g") }
  if tensor.count == 1 { return shown[0] }
  return "(\(shown.joined(separator: ", "))\(tensor.count > 4 ? ", …" : ""))"
}
