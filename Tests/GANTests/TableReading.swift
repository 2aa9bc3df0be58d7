import Figures

/// The cells of a table's rows, with all digits of the numbers.
func cells(of table: Table) -> [[String]] { cells(ofCSV: table.csv) }

/// The cells of the rows of a table that was written as CSV; none may contain a comma.
func cells(ofCSV text: String) -> [[String]] {
  text.split(separator: "\r\n").dropFirst().map { line in
    line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }
}
