import BookText
import Checking
import Testing

@Suite("Every layer, loss and optimizer has reference values")
struct ReferenceTests {
  /// The subjects of the cases in all golden files: their names up to the first comma.
  private let subjects = Set(
    Book.files("Tests/Golden", ending: "json").flatMap(\.lines)
      .compactMap { $0.prefixMatch(of: /"([^",]+)[^"]*":\s?\{/).map { String($0.1) } })

  private func sources(_ beginnings: String...) -> [Book.File] {
    Book.swift.filter { file in beginnings.contains { file.path.hasPrefix("Sources/" + $0) } }
  }

  /// The types that list one of these protocols, or one that refines it, anywhere in their list.
  private func types(_ protocols: Set<String>, in files: [Book.File]) -> Set<String> {
    let refining = declarations(/public protocol (\w+)(?:<.*>)?: ([^{]+)/, in: files)
    let conforming = declarations(/(?:public struct|public enum|extension) (\w+)(?:<.*>)?: ([^{]+)/, in: files)
    var (known, count) = (protocols, 0)
    while known.count > count {
      count = known.count
      known.formUnion(refining.filter { !known.isDisjoint(with: $0.protocols) }.map(\.name))
    }
    return Set(conforming.filter { !known.isDisjoint(with: $0.protocols) }.map(\.name))
  }

  /// The names of declarations, and the protocols they list, without arguments.
  private func declarations(
    _ pattern: Regex<(Substring, Substring, Substring)>, in files: [Book.File]
  ) -> [(name: String, protocols: Set<String>)] {
    files.flatMap { $0.text.matches(of: pattern) }.map { match in
      (String(match.1), Set(match.2.matches(of: /(?:^|[,&])\s*(\w+)/).map { String($0.1) }))
    }
  }

  /// Models without cases of their own, because they are never used alone, and a case that holds their numbers: that of
  /// the operation or of the network which uses them.
  private let parts = [
    "Embedding": "embedding", "LabelBlind": "conditionalGameValue", "QueriesAndKeys": "DifferentialAttention",
    "RecurrentWeights": "VanillaRNN", "SmallEncoderBlock": "SmallEncoder",
  ]

  @Test("every layer, block and network of the chapters has them, or is a part of one that has")
  func layers() {
    let found = types(["Model", "Module"], in: sources("0", "1"))
    #expect(
      found.isSuperset(of: [
        "Linear", "BatchNormalization", "StochasticDepth", "BottleneckBlock", "TransferNetwork", "LongShortTermMemory",
        "AutoregressiveVAE", "ConditionalGenerator", "TargetPredictor",
      ]))
    #expect(found.subtracting(subjects) == Set(parts.keys))
    #expect(Set(parts.values).subtracting(subjects) == [])
  }

  @Test("every optimizer has them, and every schedule")
  func optimizers() {
    let files = sources("0", "1", "Training")
    let schedules = files.flatMap { $0.text.matches(of: /(?m)^public func (\w+)\([^{}]*\) -> Schedule/) }.map {
      String($0.1)
    }
    let found = types(["Optimizer"], in: files).union(schedules)
    #expect(found.isSuperset(of: ["GradientDescent", "Adam", "Muon", "ParameterGroups", "oneCycle"]))
    #expect(found.subtracting(subjects) == [])
  }

  @Test("every loss and penalty has them")
  func losses() {
    let name = /public func (\w*(?:Loss|Entropy|SquaredError|Penalty|Divergence|Posterior)(?:OfProbabilities)?)[<(]/
    let found = Set(sources("0", "1", "Tensors").flatMap { $0.text.matches(of: name) }.map { String($0.1) })
    #expect(
      found.isSuperset(of: ["meanSquaredError", "crossEntropy", "klDivergence", "l1Penalty", "negativeLogPosterior"]))
    #expect(found.subtracting(subjects) == [])
  }

  @Test("every operation made for networks has them")
  func operations() {
    let topics = [
      "Activation", "Attention", "Convolution", "CrossEntropy", "Embedding", "Normalization", "Pooling", "Recurrence",
      "Softmax",
    ]
    let files = topics.flatMap { topic in sources("Tensors").filter { $0.name == topic + ".swift" } }
    let found = Set(files.flatMap { $0.text.matches(of: /public func (\w+)/) }.map { String($0.1) })
    #expect(found.isSuperset(of: ["convolution", "lstm", "scaledDotProductAttention", "maxPooled2D"]))
    #expect(found.subtracting(subjects) == [])
  }
}
