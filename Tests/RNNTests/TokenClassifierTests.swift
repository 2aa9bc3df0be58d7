import Checking
import DataSets
import Figures
import RNN
import Tensors
import Testing
import Training
import ch05

@Suite("§ 5.8 and § 5.9 Classifying sequences of unequal length")
struct TokenClassifierTests {
  @Test("Listing 5.8 has 2,561,410 parameters, and not the 1,447,170 of Output 5.8")
  func sentimentCount() {
    let network = SentimentNetwork(symbols: 1_000, random: RandomSource(seed: 1))
    #expect(network.embedding.parameterCount == 128_000)
    #expect(network.layers.parameterCount == 2_367_488)
    #expect(network.hidden.parameterCount + network.output.parameterCount == 65_922)
    #expect(network.parameterCount == 2_561_410)
  }

  @Test("Listing 5.9 has in seven configurations these counts, and not those of Output 5.9")
  func flexibleCounts() {
    let counts = RecurrentConfiguration.all.map { configuration in
      let random = RandomSource(seed: 1)
      let (hidden, layers) = (configuration.hidden, configuration.layers)
      return configuration.kind == .lstm
        ? FlexibleNetwork<LongShortTermMemory>(symbols: 1_000, hidden: hidden, layers: layers, random: random)
          .parameterCount
        : FlexibleNetwork<GatedRecurrentUnit>(symbols: 1_000, hidden: hidden, layers: layers, random: random)
          .parameterCount
    }
    #expect(counts == [227_586, 392_706, 919_554, 787_970, 1_183_234, 326_658, 623_106])
    let printed = [226_434, 560_642, 1_568_258, 823_810, 1_086_978, 432_386, 630_530]
    #expect(zip(counts, printed).allSatisfy { $0 != $1 })
  }

  @Test("padding changes nothing: another number there leaves every bit, and each sequence alone has the same logits")
  func padding() {
    let random = RandomSource(seed: 2)
    let sequences = [[3, 1, 4, 1, 5], [9, 2], [6], [5, 3, 5, 8, 9, 7, 9]]
    func check<M: Module<Tokens, Tensor>>(_ model: M) {
      let together = model(Tokens(sequences))
      #expect(model(Tokens(sequences, padding: 7)).scalars == together.scalars)
      for (row, sequence) in sequences.enumerated() {
        // The linear layers round a product of four rows otherwise than one of one row.
        #expect(largestGap(together[row], model(Tokens([sequence]))[0], scale: 1).relative < 1e-6)
      }
    }
    check(SentimentNetwork(symbols: 10, width: 4, hidden: 3, head: 5, random: random))
    check(FlexibleNetwork<GatedRecurrentUnit>(symbols: 10, width: 4, hidden: 3, layers: 2, random: random))
    check(
      FlexibleNetwork<LongShortTermMemory>(symbols: 10, width: 4, hidden: 3, summary: .maximum, random: random))
    check(BagOfWords(symbols: 10))
  }

  @Test("an encoder by attention sees no padding either, but it sees the order of its places")
  func encoder() {
    let encoder = SmallEncoder(symbols: 10, width: 8, random: RandomSource(seed: 3))
    let batch = encoder(Tokens([[3, 1, 4], [9, 2, 6, 5, 3]]))
    #expect(largestGap(batch[0], encoder(Tokens([[3, 1, 4]]))[0]).relative < 1e-5)
    #expect((encoder(Tokens([[3, 1, 4]])) - encoder(Tokens([[4, 1, 3]]))).abs().max().item > 1e-4)
  }

  @Test("the data of Listing 5.8: 5 to 49 numbers from 1 to 999, class 1 for a share of 0.49993")
  func data() {
    let set = LabeledTokens.syntheticSentiment(count: 40_000, from: RandomSource(seed: 4))
    let lengths = set.sequences.map(\.count)
    #expect(lengths.min() == 5 && lengths.max() == 49)
    #expect(set.sequences.allSatisfy { $0.allSatisfy { (1...999).contains($0) } })
    let share = Double(set.labels.reduce(0, +)) / 40_000
    #expect(abs(share - 0.49993) < 4 * 0.0025)
    // A mean of exactly 500, which belongs to class 0, is what takes class 1 below one half.
    #expect(zip(set.sequences, set.labels).allSatisfy { ($0.reduce(0, +) > 500 * $0.count) == ($1 == 1) })
  }

  @Test("§ 5.8: a smaller network of the kind learns the data of the listing, and tells the epochs as it does")
  func learning() {
    var network = FlexibleNetwork<GatedRecurrentUnit>(
      symbols: 50, width: 8, hidden: 8, random: RandomSource(seed: 5))
    let random = RandomSource(seed: 6)
    let train = LabeledTokens.syntheticSentiment(count: 1_000, symbols: 50, longest: 12, from: random)
    let test = LabeledTokens.syntheticSentiment(count: 400, symbols: 50, longest: 12, from: random)
    var recipe = TokenRecipe.listing5_8
    recipe.learningRate = 1e-2
    let history = trainOnTokens(
      &network, by: recipe, on: train, plan: TrainingPlan(epochs: 4, batchSize: 32), random: random)
    #expect(history.losses[3] < 0.5 * history.losses[0] && test.accuracy(of: network) > 0.85)
  }

  @Test("Output 5.8 can be printed with 1,000 validation rows; five accuracies of Output 5.9 cannot")
  func multiples() {
    func isPossible(_ tenThousandths: Int) -> Bool { tenThousandths.isMultiple(of: 10) }
    #expect([7120, 8210, 8650, 8890].allSatisfy(isPossible))
    #expect(
      [8234, 8650, 8812, 8745, 8701, 8590, 8678].map(isPossible) == [false, true, false, false, false, true, false])
  }

  @Test("Listing 5.8 prints the epochs in its format, and its accuracies are multiples of one over the rows")
  func listing() {
    var lines: [String] = []
    let result = trainSentimentNetwork(
      samples: 60, plan: TrainingPlan(epochs: 1, batchSize: 32), random: RandomSource(seed: 1)
    ) { lines.append($0) }
    #expect(lines[0] == "Parameters: 2,561,410")
    #expect(lines[1].wholeMatch(of: /Epoch  1 \| Loss: 0\.\d{4} \| Val Acc: \d\.\d{4}/) != nil)
    #expect(result.training == 48 && result.hits.count == 12 && result.ruleAccuracy == 1)
    #expect((result.accuracy * 12).rounded() == result.accuracy * 12)
  }

  @Test("Remark 5.8: a GRU has 25 % fewer numbers in its recurrent layers, in the whole model 16.8 % or 20.9 %")
  func fewerParameters() {
    func counts<Layer: RecurrentLayer>(_: Layer.Type, layers: Int) -> (whole: Int, recurrent: Int) {
      let network = FlexibleNetwork<Layer>(symbols: 1_000, layers: layers, random: RandomSource(seed: 1))
      return (network.parameterCount, network.layers.parameterCount)
    }
    for (layers, share) in [(1, 0.168), (2, 0.209)] {
      let lstm = counts(LongShortTermMemory.self, layers: layers)
      let gru = counts(GatedRecurrentUnit.self, layers: layers)
      #expect(4 * gru.recurrent == 3 * lstm.recurrent)
      #expect(abs(1 - Double(gru.whole) / Double(lstm.whole) - share) < 5e-4)
    }
  }

  @Test(
    "Remark 5.8 compares accuracies that chance alone moves by more: the best of 15 equal epochs looks better by 0.018")
  func bestOfMany() {
    // 15 epochs, each right with probability 0.87 on 1,000 rows of its own.
    let random = RandomSource(seed: 7)
    let gains = (0..<300).map { _ in
      let accuracies = (0..<15).map { _ in
        0.87 + (0.87 * 0.13 / 1_000).squareRoot() * random.normal()
      }
      return (accuracies.max() ?? 0) - 0.87
    }
    #expect(abs(gains.reduce(0, +) / 300 - 0.018) < 0.002)
    // 2 against 3 layers in Output 5.9: 0.8745 against 0.8701.
    let error = (0.8745 * 0.1255 / 1_000 + 0.8701 * 0.1299 / 1_000).squareRoot()
    #expect((0.8745 - 0.8701) / error < 0.31)
  }

  @Test(
    "§ 5.9: the ablation reports the best epoch on its own rows, and that epoch on rows that had no part in the choice")
  func ablation() {
    let small = [RecurrentConfiguration(kind: .gru, hidden: 4, layers: 2)]
    let result = compareRecurrentNetworks(AblationPlan(epochs: 3, samples: 100, seeds: 2), small, seed: 1)
    #expect(result.rows.count == 1 && result.rows[0].trials.count == 2)
    let trial = RecurrentTrial(validation: [0.5, 0.9, 0.7], test: [0.6, 0.8, 0.95])
    #expect(trial.best == 0.9 && trial.chosen == 0.8)
  }
}
