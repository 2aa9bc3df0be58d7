// § 12.9  The risk classes of the European Union's regulation of artificial intelligence

/// The four classes of Regulation (EU) 2024/1689, the AI Act, from the strictest to the mildest. § 12.9
public enum RiskClass: Int, CaseIterable, Sendable {
  case unacceptable = 1, high, limited, minimal

  /// The name of the class.
  public var name: String {
    switch self {
    case .unacceptable: "unacceptable risk"
    case .high: "high risk"
    case .limited: "limited risk"
    case .minimal: "minimal risk"
    }
  }

  /// What follows for a system of this class.
  public var obligation: String {
    switch self {
    case .unacceptable: "prohibited"
    case .high: "allowed with duties: risk management, data quality, records, human oversight, conformity assessment"
    case .limited: "people must be told that they deal with a machine, or that content was generated"
    case .minimal: "no new duties; voluntary codes of conduct"
    }
  }

  /// The articles that say so.
  public var articles: String {
    switch self {
    case .unacceptable: "Article 5"
    case .high: "Articles 6 to 49, Annexes I and III"
    case .limited: "Article 50"
    case .minimal: "Article 95"
    }
  }

  /// Examples.
  public var examples: [String] {
    switch self {
    case .unacceptable: ["social scoring", "subliminal manipulation"]
    case .high: ["medical devices", "administration of justice", "recruitment"]
    case .limited: ["chatbots", "generated pictures and voices"]
    case .minimal: ["spam filters", "video games"]
    }
  }
}

/// The training operations from which Article 51 presumes that a general-purpose model has systemic risk: 10²⁵. § 12.9
///
/// The classes above are of systems and their uses. For general-purpose models, which have no single use, the
/// regulation has its own chapter V, which § 12.9 leaves out.
public let systemicRiskOperations = 1e25
