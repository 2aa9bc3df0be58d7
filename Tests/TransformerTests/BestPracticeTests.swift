import Backprop
import CNN
import Checking
import DataSets
import RNN
import Tensors
import Testing
import Training
import Transformer

@Suite("§ 7.8  AdamW, warm-up, cosine, groups")
struct BestPracticeTests {
  private let random = RandomSource(seed: 7)

  @Test("§ 7.8, § 2.5.3: the learning rate is 0 at step 0, η at T_w and 0 at T; it rises along a line and then falls")
  func schedule() {
    var recipe = TransformerRecipe(learningRate: 2e-3)
    let rate = recipe.schedule(over: 200)
    #expect(rate(0) == 0 && abs(rate(20) - 2e-3) < 1e-15 && abs(rate(200)) < 1e-15)
    #expect((0..<20).allSatisfy { abs(rate($0) - 1e-4 * Double($0)) < 1e-15 })
    #expect((20..<200).allSatisfy { rate($0 + 1) < rate($0) })
    #expect(abs(rate(110) - 1e-3) < 1e-15)  // half of it in the middle of the decay
    recipe.warmup = 0
    #expect(recipe.schedule(over: 200)(0) == 2e-3)
    #expect(recipe.schedule(over: 1)(0) == 2e-3)
  }

  @Test("§ 7.8: matrices decay; biases and normalizations do not")
  func groups() {
    let model = TransformerClassifier(
      vocabulary: 5, width: 8, heads: 2, hidden: 12, blocks: 1, random: random)
    let (decayed, kept) = model.decayGroups
    #expect(
      decayed == [
        "embedding.table", "encoder.blocks.0.attention.query.weight", "encoder.blocks.0.attention.key.weight",
        "encoder.blocks.0.attention.value.weight", "encoder.blocks.0.attention.output.weight",
        "encoder.blocks.0.network.widening.weight", "encoder.blocks.0.network.narrowing.weight", "classifier.weight",
      ])
    #expect(kept.count == 13 && kept.allSatisfy { $0.hasSuffix("bias") || $0.contains("orm.") })
    #expect(decayed.count + kept.count == model.parameters.count)
  }

  @Test("§ 7.8: along a gradient of 0 a step shrinks matrices by 1 − η λ and leaves vectors alone")
  func decay() {
    var model = TransformerClassifier(
      vocabulary: 5, width: 8, heads: 2, hidden: 12, blocks: 1, random: random
    ).converted(to: .double)
    model.classifier.bias = Tensor([1, 2], scalarType: .double)
    let before = model.parameters
    var nothing = model
    nothing.forEachParameter { $0 = 0 * $0 }
    var optimizer = ParameterGroups.adamW(of: model, learningRate: 0.1, weightDecay: 0.5)
    #expect(optimizer.optimizers.map(\.weightDecay) == [0.5, 0])
    optimizer.update(&model, along: nothing)
    for (θ, old) in zip(model.parameters, before) {
      expectClose(θ, (old.rank >= 2 ? 0.95 : 1) * old, tolerance: 1e-14, scale: 1)
    }
  }

  @Test("§ 7.8: a rule assigns parameters to groups; nil keeps a parameter as it is")
  func rule() async {
    struct Pair: Model {
      var first = Tensor([1.0], scalarType: .double), second = Tensor([1.0], scalarType: .double)
      static var parameters: [PartialKeyPath<Pair>] { [\.first, \.second] }
    }
    var pair = Pair()
    var optimizer = ParameterGroups(of: pair, optimizers: [GradientDescent(learningRate: 0.5)]) { name, _ in
      name == "second" ? 0 : nil
    }
    optimizer.update(&pair, along: pair)
    #expect(pair.first.item == 1 && pair.second.item == 0.5)
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = ParameterGroups(of: Pair(), optimizers: [GradientDescent(learningRate: 1)]) { _, _ in 1 }
    }
    expectMessage(result, "cannot put parameters into groups [1]: there are 1 optimizers, numbered from 0")
  }

  @Test("§ 7.8, (5.8): the recipe trains by its schedule: a warm-up's first step changes nothing, its second does")
  func training() {
    let set = LabeledTokens([[1, 2], [3, 4], [2, 1], [4, 3]], labels: [0, 1, 0, 1])
    let start = TransformerClassifier(
      vocabulary: 5, width: 8, heads: 2, hidden: 12, blocks: 1, dropout: 0, random: random)
    func trained(_ epochs: Int) -> TransformerClassifier {
      var (model, recipe) = (start, TransformerRecipe(learningRate: 1e-2))
      recipe.warmup = 0.5
      trainTransformer(
        &model, by: recipe, on: set, plan: TrainingPlan(epochs: epochs, batchSize: 4), random: RandomSource(seed: 1))
      return model
    }
    var (model, recipe, changed) = (start, TransformerRecipe(learningRate: 1e-2), [Bool]())
    recipe.warmup = 0.5
    trainTransformer(
      &model, by: recipe, on: set, plan: TrainingPlan(epochs: 2, batchSize: 4), random: RandomSource(seed: 1)
    ) { model, _ in
      changed.append(model.classifier.weight != start.classifier.weight)
      return [:]
    }
    #expect(changed == [false, true])  // η₀ = 0, η₁ = η
    let loss = { (model: TransformerClassifier) in
      model(Tokens(set.sequences)).crossEntropy(labels: set.labels).item
    }
    #expect(loss(trained(20)) < 0.5 * loss(start))
  }
}
