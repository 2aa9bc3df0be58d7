// Numbers in words and in digits: a translation whose truth is known.

import Messages
import Tensors

/// Whole numbers as English words, a language in which every sentence has one translation: its digits.
public enum NumberWords {
  /// A number from 0 to 999,999 in words: "three hundred forty-seven thousand twelve" is 347,012.
  public static func words(_ number: Int) -> String {
    require((0...999_999).contains(number), "cannot write \(number) in words: 0 to 999,999 are possible")
    if number == 0 { return units[0] }
    let (thousands, rest) = number.quotientAndRemainder(dividingBy: 1000)
    return ((thousands > 0 ? [belowThousand(thousands), "thousand"] : []) + (rest > 0 ? [belowThousand(rest)] : []))
      .joined(separator: " ")
  }

  /// The number that words stand for; nil if `words` never writes it so.
  public static func number(of text: String) -> Int? {
    var (thousands, current) = (0, 0)
    for word in text.split(whereSeparator: { $0 == " " || $0 == "-" }).map(String.init) {
      if let unit = units.firstIndex(of: word) {
        current += unit
      } else if let ten = tens.firstIndex(of: word) {
        current += 10 * (ten + 2)
      } else if word == "hundred" {
        current *= 100
      } else if word == "thousand" {
        (thousands, current) = (current, 0)
      } else {
        return nil
      }
    }
    let number = 1000 * thousands + current
    return (0...999_999).contains(number) && words(number) == text ? number : nil
  }

  /// Pairs of words and digits for `count` different numbers below `bound`, in random order.
  public static func pairs(
    _ count: Int, below bound: Int, from source: RandomSource
  ) -> [(words: String, digits: String)] {
    require(
      (1...1_000_000).contains(bound) && (0...bound).contains(count),
      "cannot draw \(count) different numbers below \(bound): at most 1,000,000 can be written")
    return source.permutation(bound).prefix(count).map { (words($0), "\($0)") }
  }

  private static func belowThousand(_ number: Int) -> String {
    let (hundreds, rest) = number.quotientAndRemainder(dividingBy: 100)
    var parts = hundreds > 0 ? [units[hundreds], "hundred"] : []
    if rest >= 20 {
      parts.append(tens[rest / 10 - 2] + (rest % 10 > 0 ? "-" + units[rest % 10] : ""))
    } else if rest > 0 {
      parts.append(units[rest])
    }
    return parts.joined(separator: " ")
  }

  private static let units = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
  ]
  private static let tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
}
