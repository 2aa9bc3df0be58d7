import Figures
import Foundation
import Messages
import Testing

@Suite("Running: tables")
struct RunningTableTests {
  @Test("zeros have no minus sign, other numbers keep it")
  func minusZero() {
    #expect([-0.0, -0.004, -0.006, 0.004].map { decimals($0, 2) } == ["0.00", "0.00", "-0.01", "0.00"])
    #expect(decimals(-.infinity, 2) == "-inf")
    let table = Table("T", columns: ["value"], rows: [-0.001, -1, -.infinity].map { [.number($0, decimals: 1)] })
    #expect(table.text == "T\nvalue\n─────\n  0.0\n -1.0\n -inf\n")
    #expect(table.csv == "value\r\n-0.001\r\n-1.0\r\n-inf\r\n")
  }

  @Test("numbers are aligned right and rounded, texts left; CSV keeps every digit and quotes where needed")
  func cells() {
    let table = Table(
      "T", columns: ["name", "value"],
      rows: [["a", .number(0.123456789, decimals: 2)], ["say \"hi\",\nyou", .number(.nan, decimals: 2)]])
    #expect(
      table.text == """
        T
        name           value
        ─────────────  ─────
        a               0.12
        say "hi", you    nan

        """)
    #expect(table.csv == "name,value\r\na,0.123456789\r\n\"say \"\"hi\"\",\nyou\",nan\r\n")
  }

  @Test(
    "whole numbers are grouped by three digits",
    arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")])
  func grouping(number: Int, text: String) { #expect(grouped(number) == text) }

  @Test("a column with a text is aligned left, and so is a table without rows")
  func alignment() {
    let mixed = Table("T", columns: ["n", "m"], rows: [[.integer(1000), .integer(7)], ["none", .integer(12)]])
    #expect(mixed.text == "T\nn       m\n─────  ──\n1,000   7\nnone   12\n")
    #expect(Table("T", columns: ["a", "b"], rows: []).text == "T\na  b\n─  ─\n")
  }

  @Test("combining marks take no column, and wide characters take two")
  func wide() {
    let table = Table("T", columns: ["c", "n"], rows: [["θ̂", .integer(1)], ["学", .integer(2)]])
    #expect(table.text == "T\nc   n\n──  ─\nθ̂   1\n学  2\n")
  }

  @Test("CSV keeps infinities, negative zero and the last bit, and quotes a lone line break")
  func exact() {
    let numbers: [Double] = [.infinity, -.infinity, -0.0, 0.1 + 0.2, 1e-300]
    let csv = Table("T", columns: ["a\rb"], rows: numbers.map { [.number($0, decimals: 1)] }).csv
    #expect(csv == "\"a\rb\"\r\ninf\r\n-inf\r\n-0.0\r\n0.30000000000000004\r\n1e-300\r\n")
  }

  @Test("a row of the wrong length stops with a message")
  func ragged() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Table("Losses", columns: ["a", "b"], rows: [["1", "2"], ["3"]])
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("cannot make the table 'Losses': row 1 has 1 entries for 2 columns"))
  }
}
