import Applications
import Figures
import Messages
import Running

/// § 12.9: the four risk classes.
public let section12_9 = Exercise(.section, "12.9", "Regulatory framework", seconds: 1) { run in
  run.show(
    Table(
      "§ 12.9: the risk classes of Regulation (EU) 2024/1689, the AI Act",
      columns: ["class", "name", "what follows", "where", "examples"],
      rows: RiskClass.allCases.map {
        [
          .integer($0.rawValue), .text($0.name), .text($0.obligation), .text($0.articles),
          .text($0.examples.joined(separator: ", ")),
        ]
      }), as: "classes")
  run.say(
    "General-purpose models are not in these classes. Article 51 presumes systemic risk above "
      + "\(powerOfTen(systemicRiskOperations)) operations of training; 6 N D for GPT-3 is "
      + "\(powerOfTen(trainingOperations(parameters: 175e9, tokens: 300e9))).")
  run.card("classes", Double(RiskClass.allCases.count))
}
