import DataSets
import RNN
import Tensors
import Training
import Transformer

/// Texts as tokens, for the classifiers of § 7.8, § 7.9 and Exercise 7.6.
public struct TextTask: Sendable {
  /// What the texts are.
  public let provenance: String
  /// The words of the training texts.
  public let vocabulary: Vocabulary
  /// The texts to learn from and those to be judged by.
  public let train, test: LabeledTokens
  /// The number of classes.
  public let classes: Int
  /// The most words of a text.
  public let longest: Int
  /// Whether people wrote the texts.
  public let isReal: Bool

  /// Texts of at most `longest` words. Real texts are cut; of the generated reviews the longer ones are left out,
  /// because the words that are cut off may decide the verdict.
  public init(_ data: TextClassification, longest: Int) throws {
    func kept(_ texts: [LabeledText]) -> [LabeledText] {
      data.isReal ? texts : texts.filter { $0.words.count <= longest }
    }
    let (trainTexts, testTexts) = (kept(data.train), kept(data.test))
    let vocabulary = Vocabulary(wordsOf: trainTexts.map(\.words), atMost: 9_998)  // and two special symbols
    train = try LabeledTokens(trainTexts, vocabulary: vocabulary, longest: longest)
    test = try LabeledTokens(testTexts, vocabulary: vocabulary, longest: longest)
    self.vocabulary = vocabulary
    (classes, self.longest, isReal) = (data.classNames.count, longest, data.isReal)
    provenance = data.provenance
  }

  /// One line about the texts.
  public var description: String {
    let rule = isReal ? "the first \(longest) words of each" : "those of at most \(longest) words"
    return "\(provenance); \(rule): \(train.count) to learn from, \(test.count) to be judged by"
  }

  /// The test accuracy of word counts: logistic regression on ln(1 + count) of the same words. Chapter 5's `BagOfWords`
  public func bagOfWords(epochs: Int, random: RandomSource) -> Double {
    var (model, recipe) = (BagOfWords(symbols: vocabulary.count, classes: classes), TokenRecipe())
    recipe.learningRate = 3e-3
    trainOnTokens(
      &model, by: recipe, on: train, plan: TrainingPlan(epochs: epochs, batchSize: 64), random: random)
    return test.accuracy(of: model)
  }
}
