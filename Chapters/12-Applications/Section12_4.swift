import Applications
import Figures
import Messages
import Running

/// § 12.4: a timeline with sources.
public let section12_4 = Exercise(.section, "12.4", "Timeline of major advances", seconds: 1) { run in
  run.show(
    Table(
      "§ 12.4: advances, each with its source", columns: ["year", "advance", "source", "chapter"],
      rows: Advance.all.map { [.text("\($0.year)"), .text($0.title), .text($0.source), .integer($0.chapter)] }),
    as: "advances")
  run.show(timelineFigure, as: "timeline")
  run.card("advances", "\(Advance.all.count)")
  run.card("of them since 2012", "\(Advance.all.count { $0.year >= 2012 })")
}

/// Each advance by its year and by its chapter, before and after 2012.
private var timelineFigure: Panels {
  func part(_ title: String, _ years: ClosedRange<Int>) -> ScatterPlot {
    let advances = Advance.all.filter { years.contains($0.year) }
    return ScatterPlot(
      title, x: Axis("year", range: Double(years.lowerBound)...Double(years.upperBound)),
      y: Axis("chapter", range: 0...13),
      groups: [Series("", x: advances.map { Double($0.year) }, advances.map { Double($0.chapter) }, style: .points)])
  }
  return Panels(
    "Major advances, and the chapters that treat them",
    [part("until 2011", 1940...2011), part("since 2012", 2011...2025)])
}
