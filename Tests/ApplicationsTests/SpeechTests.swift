import Applications
import Checking
import DataSets
import Tensors
import Testing
import Training
import ch12

@Suite("§ 12.10, § 6.5  Speech")
struct SpeechTests {
  @Test("§ 12.10: features have mean 0 and variance 1, whatever the loudness, one row for every 16 ms")
  func features() {
    let spoken = SpokenVowels(count: 3, from: RandomSource(seed: 1))
    let (x, loud) = (SpeechFeatures()(spoken.sounds), SpeechFeatures()(100 * spoken.sounds))
    #expect(x.shape == [3, 74, 24])
    for row in 0..<3 { #expect(abs(x[row].mean().item) < 1e-4 && abs(x[row].variance().item - 1) < 1e-3) }
    #expect((loud - x).abs().max().item < 0.02)
  }

  @Test("§ 12.10: the energies of a vowel have their maxima at its two formants")
  func formants() {
    let spoken = SpokenVowels(count: 200, vowels: 1...1, noise: -30 ... -30, from: RandomSource(seed: 2))
    let transform = ShortTimeTransform(length: 256, hop: 64)
    for (index, vowel) in Vowel.all.enumerated() {
      let rows = spoken.vowels.indices.filter { spoken.vowels[$0] == [index] }
      let sums = rows.map { row -> Tensor in
        let span = spoken.spans[row][0]
        return transform.power(spoken.sounds[row][span]).mean(axes: [0])
      }
      let mean = Tensor.stacked(sums, axis: 0).mean(axes: [0]).scalars
      for formant in vowel.formants {
        // Within 150 Hz of a formant there is more energy than midway between both or above both.
        let near = (0..<129).filter { abs(transform.frequency(ofBin: $0, rate: 8_000) - formant) < 150 }.map {
          mean[$0]
        }
        let above = (0..<129).filter { transform.frequency(ofBin: $0, rate: 8_000) > 3_200 }.map { mean[$0] }
        #expect((near.max() ?? 0) > 20 * (above.max() ?? 1), "\(vowel.name), \(formant) Hz")
      }
    }
  }

  @Test("§ 12.10: after a short training the texts are better than empty ones, whose symbol error is 1")
  func training() {
    let train = Utterances(SpokenVowels(count: 300, vowels: 1...2, from: RandomSource(seed: 3)))
    let held = Utterances(SpokenVowels(count: 60, vowels: 1...2, from: RandomSource(seed: 4)))
    let start = SpeechTranscriber(random: RandomSource(seed: 5))
    let plan = TrainingPlan(epochs: 12, batchSize: 20)
    let (network, history) = start.trained(on: train, validatedOn: held, by: plan, random: RandomSource(seed: 6))
    #expect(network.parameterCount == 11_545)
    #expect((history["symbol error"].last ?? 1) < 0.95, "\(history["symbol error"])")
  }

  @Test("§ 12.10: a translation reverses the order and renames; the decoder is told by a token")
  func tasks() {
    #expect(SpeechTask.transcribe.target(of: [1, 2, 2], symbols: 8) == [1, 2, 2])
    #expect(SpeechTask.translate.target(of: [1, 2, 7], symbols: 8) == [6, 7, 4])
    let names = (0..<8).map { SpeechTask.translate.target(of: [$0], symbols: 8)[0] }
    #expect(Set(names).count == 8)
    let model = SpeechTransformer(random: RandomSource(seed: 7))
    #expect([model.end, model.speech, model.noSpeech, model.start] == [8, 9, 10, 11])
    let heard = Utterances(SpokenVowels(count: 2, from: RandomSource(seed: 8)))
    let logits = SpeechTask.allCases.map { task in
      model.logits(heard.features, Tokens([[Int]](repeating: [11, 9, model.token(of: task)], count: 2)))
    }
    #expect(logits[0].shape == [2, 3, 11])
    let same = (logits[0] - logits[1]).sliced(0..<2, axis: 1)
    #expect(same.abs().max().item < 1e-5 && (logits[0] - logits[1]).abs().max().item > 1e-3)
  }

  @Test("§ 12.10: one short training learns whether anybody speaks, and both tasks better than chance")
  func transformer() {
    let sounds = Utterances(SpokenVowels(count: 400, vowels: 0...1, from: RandomSource(seed: 9)))
    let held = Utterances(SpokenVowels(count: 60, vowels: 0...1, from: RandomSource(seed: 10)))
    let run = SpeechRun(on: sounds, steps: 150, random: RandomSource(seed: 11))
    for task in SpeechTask.allCases {
      let score = TaskScore(run.model, held, task)
      #expect(score.detection > 0.85 && score.exact > 0.3, "\(score)")
    }
  }
}
