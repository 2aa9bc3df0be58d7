import BookText
import Testing

@Suite("§ 12.11  The summary's key formulas")
struct SummaryTests {
  /// A key formula of the summary: the section that has it, and a word that the name of its test must contain.
  struct Formula: Sendable, CustomTestStringConvertible {
    let name, section, word: String
    var testDescription: String { name }
  }

  private static let formulas = [
    Formula(name: "boxes and classes of each grid cell", section: "§ 12.1.1", word: "cells"),
    Formula(name: "an encoder and a decoder with skip connections", section: "§ 12.1.2", word: "skips"),
    Formula(name: "Grad-CAM", section: "§ 12.5.2", word: "α"),
    Formula(name: "Shapley values", section: "§ 12.5.3", word: "efficiency"),
    Formula(name: "DP-SGD", section: "§ 12.7.1", word: "clip"),
    Formula(name: "the average weighted by examples", section: "§ 12.7.2", word: "clients"),
  ]

  @Test("§ 12.11: each key formula is what the name of a test of its section says", arguments: formulas)
  func isTested(formula: Formula) {
    let files = Book.swift.filter { $0.path.hasPrefix("Tests/ApplicationsTests/") && $0.name != "SummaryTests.swift" }
    let names = files.flatMap { $0.text.matches(of: /@Test\(\s*"([^"]*)"/).map { String($0.1) } }
    #expect(
      names.contains { $0.contains(formula.section) && $0.contains(formula.word) },
      "no test that cites \(formula.section) has “\(formula.word)” in its name")
  }
}
