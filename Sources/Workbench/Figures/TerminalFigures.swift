extension LineChart {
  /// The title alone, for now.
  public func terminal(columns: Int, color: Bool) -> String { TerminalText.fitted(title, columns: columns) }
}
extension BarChart {
  /// The title alone, for now.
  public func terminal(columns: Int, color: Bool) -> String { TerminalText.fitted(title, columns: columns) }
}
extension Histogram {
  /// The title alone, for now.
  public func terminal(columns: Int, color: Bool) -> String { TerminalText.fitted(title, columns: columns) }
}
extension HeatMap {
  /// The title alone, for now.
  public func terminal(columns: Int, color: Bool) -> String { TerminalText.fitted(title, columns: columns) }
}
extension ImageGrid {
  /// The title alone, for now.
  public func terminal(columns: Int, color: Bool) -> String { TerminalText.fitted(title, columns: columns) }
}
