import Checking
import DataSets
import Foundations
import Tensors
import Testing
import Transformer
import ch07

@Suite("§ 7.10  Scaling laws")
struct ScalingLawTests {
  @Test(
    "(7.16): ten times the parameters multiply the loss by 10^−0.076 = 0.839, and halving it takes 9,140 times as many")
  func law() {
    #expect(abs(PowerLaw.kaplan.ratio(ofGrowing: 10) - 0.8395) < 5e-5)
    let n = Tensor([1e6, 1e7, 1e9], scalarType: .double)
    let losses = PowerLaw.kaplan(n).scalars
    #expect(abs(losses[1] / losses[0] - 0.8395) < 5e-5)
    #expect(abs(PowerLaw.kaplan.ratio(ofGrowing: 9_140) - 0.5) < 1e-4)
    #expect(abs(PowerLaw(fitting: n, PowerLaw.kaplan(n)).exponent - 0.076) < 1e-10)
  }

  @Test("(7.16): a law with a floor is no straight line: fitted without the floor its exponent is too small")
  func floor() {
    let n = Tensor([400, 1_600, 6_400, 25_600, 102_400], scalarType: .double)
    let truth = PowerLaw(exponent: 0.5, scale: 300, floor: 0.33)
    let loss = truth(n)
    let (with, without) = (PowerLaw(fitting: n, loss, floor: 0.33), PowerLaw(fitting: n, loss))
    #expect(abs(with.exponent - 0.5) < 1e-10 && with.residual(n, loss) < 1e-10)
    #expect(without.exponent < 0.3 && without.residual(n, loss) > 0.05)
  }

  @Test("§ 7.10: pieces begin with a sentence, and the language's loss on them is near its entropy")
  func windows() throws {
    let windows = try SentenceWindows(.agreement, characters: 60_000, length: 95, random: RandomSource(seed: 1))
    let pieces = windows.pieces(400)
    #expect(pieces.allSatisfy { windows.vocabulary.decode($0).hasPrefix("\nthe ") && $0.count == 96 })
    #expect(pieces.count * 95 <= 60_000, "no piece shares characters with another")
    #expect(windows.pieces(10_000).count * 95 <= 60_000)
    #expect(abs(windows.floor(of: pieces) - SmallLanguage.agreement.entropy) < 0.02)
  }

  @Test("(7.16): larger models have smaller losses, none below the language's, and embeddings count for small ones")
  func models() throws {
    let study = try LanguageScaling(widths: [4, 16], steps: 60, random: RandomSource(seed: 1)) { _ in { _ in } }
    #expect(study.runs[0].loss > study.runs[1].loss && study.runs[1].loss > study.floor)
    #expect(study.aboveFloor.exponent > study.whole.exponent && study.whole.exponent > 0)
    #expect(abs(study.whole(Tensor(study.end, scalarType: .double)).item - study.floor) < 1e-9)
    // 12 d² + 13 d for each block and 2 d for the last normalization.
    #expect(study.runs.map(\.parameters) == [4, 16].map { d in 2 * (12 * d * d + 13 * d) + 2 * d })
    #expect(study.runs[0].all > study.runs[0].parameters * 3 / 2)
  }
}
