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

  /// The public structs that list one of these protocols first.
  private func structs(_ protocols: Set<String>, in files: [Book.File]) -> Set<String> {
    Set(
      files.flatMap { $0.text.matches(of: /public struct (\w+)(?:<.*>)?: (\w+)/) }
        .filter { protocols.contains(String($0.2)) }.map { String($0.1) })
  }

  @Test("every layer, block and network of the chapters has them")
  func layers() {
    let files = sources("0", "1")
    let refined = files.flatMap { $0.text.matches(of: /public protocol (\w+): Module\b/) }.map { String($0.1) }
    let found = structs(Set(refined + ["Module"]), in: files)
    #expect(
      found.isSuperset(of: ["Linear", "BatchNormalization", "StochasticDepth", "BottleneckBlock", "TransferNetwork"]))
    #expect(found.subtracting(subjects) == [])
  }

  @Test("every optimizer has them, and every schedule")
  func optimizers() {
    let files = sources("0", "1", "Training")
    let schedules = files.flatMap { $0.text.matches(of: /(?m)^public func (\w+)\([^{}]*\) -> Schedule/) }.map {
      String($0.1)
    }
    let found = structs(["Optimizer"], in: files).union(schedules)
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
