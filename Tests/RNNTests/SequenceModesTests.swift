import Checking
import RNN
import Tensors
import Testing
import Training
import ch05

@Suite("§ 5.2 One-to-many, many-to-one, many-to-many")
struct SequenceModesTests {
  @Test("§ 5.2.2: what is generated are the likeliest symbols, step by step, up to the end symbol")
  func greedy() {
    let random = RandomSource(seed: 1)
    let generator = SequenceGenerator<LongShortTermMemory>(symbols: 5, width: 3, hidden: 8, random: random)
    let start = RecurrentState(hidden: random.normal([6, 8]), cell: random.normal([6, 8]))
    let written = generator.generate(from: start, longest: 7)
    for i in 0..<6 {
      // The whole sequence at once: the symbol after each prefix is the likeliest.
      let read = [generator.end] + written[i]
      let state = RecurrentState(hidden: start.hidden[i..<i + 1], cell: start.cell.map { $0[i..<i + 1] })
      let states = generator.layer(generator.embedding(read, shape: [1, read.count]), initial: state).states[0]
      let likeliest = generator.output(states).argmax()
      #expect(Array(likeliest.prefix(written[i].count)) == written[i])
      #expect(written[i].count == 7 || likeliest[written[i].count] == generator.end)
      #expect(!written[i].contains(generator.end))
    }
  }

  @Test(
    "§ 5.2.2: the loss of targets of unequal lengths is the mean over their symbols and end symbols"
  )
  func padding() {
    let generator = SequenceGenerator<GatedRecurrentUnit>(
      symbols: 4, width: 3, hidden: 6, random: RandomSource(seed: 2)
    ).converted(to: .double)
    let (h, targets) = (spread([3, 6]), [[1, 2, 3, 0], [], [2]])
    let together = generator.loss(from: RecurrentState(hidden: h), targets: targets).item
    let sum = targets.indices.reduce(0.0) { sum, i in
      let alone = generator.loss(from: RecurrentState(hidden: h[i..<i + 1]), targets: [targets[i]])
      return sum + alone.item * Double(targets[i].count + 1)
    }
    #expect(abs(together - sum / 8) < 1e-14)
  }

  @Test("§ 5.2.4: all that the decoder knows of the source is the encoder's last state")
  func context() {
    let pair = EncoderDecoder<GatedRecurrentUnit>(
      reading: 4, writing: 4, width: 3, hidden: 6, random: RandomSource(seed: 3))
    let words = [[0, 1, 2], [3], [2, 2]]
    #expect(pair.context(words).hidden.shape == [3, 6])
    for (i, word) in words.enumerated() {
      expectClose(pair.context([word]).hidden[0], pair.context(words).hidden[i], tolerance: 1e-6, scale: 1)
    }
    let direct = pair.generator.generate(from: pair.context(words), longest: 5)
    #expect(pair.translate(words, longest: 5) == direct)
  }

  @Test("§ 5.2: the three modes solve a tiny task each, the reversal of letters among them")
  func modes() {
    let modes = trainModes(steps: 700, random: RandomSource(seed: 1)) { _ in TrainingPlan(steps: 700) }
    #expect(modes.map(\.mode) == ["many-to-one", "one-to-many", "many-to-many"])
    #expect(modes[0].exact > 0.98 && modes[1].exact == 1 && modes[2].exact > 0.9)
  }
}
