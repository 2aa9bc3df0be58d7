import Figures
import Messages
import Tensors

/// Mistakes that everybody makes once: each compiles, runs, and is wrong. Every chapter adds its own, for its gallery to show.
public enum Mistake {}

/// A mistake on show: what is written and what belongs there, where it shows and where it does not, and the test that catches it.
public struct Exhibit: Sendable {
  /// What a mistake makes of one input, and what is right there.
  public struct Trial: Sendable {
    /// The input, in words.
    public let input: String
    /// What the mistake gives, and what is right: as many numbers.
    public let wrong, right: Tensor

    /// The outcome on an input.
    public init(_ input: String, wrong: Tensor, right: Tensor) {
      require(
        wrong.count == right.count,
        "cannot compare \(wrong.shape) with \(right.shape) on \(input): as many numbers on both sides are needed")
      (self.input, self.wrong, self.right) = (input, wrong, right)
    }

    /// The largest difference of two entries over the largest number of all: 0 where nothing differs, infinite where one of two is no number.
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
  /// An input on which the mistake shows, and one on which nobody sees it.
  public let shows, hides: Trial
  /// How the name of the test that catches it begins.
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
  /// Prints a gallery: a table of what one sees, kept as CSV, then for every mistake the two lines of code and the test.
  public func show(_ gallery: [Exhibit]) {
    show(
      Table(
        "What one sees, and where one does not",
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

/// A distance as it stands in a table: what is rounding differs from machine to machine, and is not told to the digit.
private func told(_ distance: Double) -> String {
  distance < 1e-14 ? "0" : distance < 1e-6 ? "< 1e-6" : scientific(distance)
}

/// The first numbers of a tensor, as they stand in a table.
private func brief(_ tensor: Tensor) -> String {
  let shown = tensor.scalars.prefix(4).map { $0.isNaN ? "NaN" : NumberText.formatted($0, "%.4g") }
  if tensor.count == 1 { return shown[0] }
  return "(\(shown.joined(separator: ", "))\(tensor.count > 4 ? ", …" : ""))"
}
