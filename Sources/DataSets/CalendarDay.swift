// Days of the calendar.

/// A day of the Gregorian calendar, known by its number: day 0 is 1 January 1970.
public struct CalendarDay: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The number of the day.
  public let number: Int

  /// The day with this number.
  public init(number: Int) { self.number = number }

  /// A day by its date, years from 1 on; nil if the calendar has no such day.
  public init?(year: Int, month: Int, day: Int) {
    guard year >= 1, (1...12).contains(month), (1...Self.lengths(of: year)[month - 1]).contains(day) else { return nil }
    let before = Self.lengths(of: year).prefix(month - 1).reduce(0, +)
    number = Self.days(beforeYear: year) + before + day - 1
  }

  /// A day written as 1981-01-31; nil if the text is not of this form or the calendar has no such day.
  public init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.count) == [4, 2, 2], let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2])
    else { return nil }
    self.init(year: year, month: month, day: day)
  }

  /// Year, month and day.
  public var date: (year: Int, month: Int, day: Int) {
    var year = 1970 + number / 366
    if number < 0 { year = 1969 + number / 365 - 1 }
    while Self.days(beforeYear: year + 1) <= number { year += 1 }
    var (rest, month) = (number - Self.days(beforeYear: year), 0)
    while rest >= Self.lengths(of: year)[month] {
      rest -= Self.lengths(of: year)[month]
      month += 1
    }
    return (year, month + 1, rest + 1)
  }

  /// The place of the day in its year, counted from 1.
  public var ofYear: Int { number - Self.days(beforeYear: date.year) + 1 }

  /// The date as 1981-01-31.
  public var description: String {
    func padded(_ number: Int, _ width: Int) -> String {
      String(repeating: "0", count: max(0, width - "\(number)".count)) + "\(number)"
    }
    let (year, month, day) = date
    return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
  }

  /// Whether one day comes before another.
  public static func < (a: CalendarDay, b: CalendarDay) -> Bool { a.number < b.number }

  private static func lengths(of year: Int) -> [Int] {
    let isLeap = year % 4 == 0 && year % 100 != 0 || year % 400 == 0
    return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  }

  /// The number of 1 January of a year.
  private static func days(beforeYear year: Int) -> Int {
    let before = year - 1
    return 365 * before + before / 4 - before / 100 + before / 400 - 719_162
  }
}
