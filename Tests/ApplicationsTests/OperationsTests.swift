import Applications
import Checking
import Tensors
import Testing

@Suite("Exercise 12.2, § 12.8  Operations, energy and carbon dioxide")
struct OperationsTests {
  @Test("Exercise 12.2: the forward pass has 24 n d² + 4 n² d operations a block, 2.8587 · 10¹³ in all")
  func forwardPass() {
    let work = TransformerOperations.exercise
    let (L, d, n) = (32, 4096, 2048)
    #expect(work.total == L * (24 * n * d * d + 4 * n * n * d))
    #expect(work.total == 28_587_302_322_176)
    #expect(work.networks == 2 * work.projections)
    #expect(work.attention * 13 == work.total && work.attentionShare == 1 / 13.0)  // n / (6 d + n)
  }

  @Test("Exercise 12.2: the number of heads changes nothing, and the parts are those of a smaller count by hand")
  func parts() {
    for h in [1, 2, 8, 64] {
      #expect(
        TransformerOperations(blocks: 32, width: 4096, heads: h, length: 2048) == .exercise)
    }
    let small = TransformerOperations(blocks: 1, width: 2, heads: 1, length: 3, hidden: 5, symbols: 7)
    #expect(small.projections == 2 * 4 * 3 * 4 && small.attention == 2 * 2 * 9 * 2)
    #expect(small.networks == 2 * 2 * 3 * 2 * 5 && small.logits == 2 * 3 * 2 * 7)
  }

  @Test("Exercise 12.2: an A100 takes 36.7 J at its peak and 73.3 J at half of it")
  func energy() {
    let work = Double(TransformerOperations.exercise.total)
    #expect(abs(Accelerator.a100.joules(work) - 36.65) < 0.005)
    #expect(abs(Accelerator.a100.joules(work, utilization: 0.5) - 73.30) < 0.01)
    #expect(abs(Accelerator.a100.seconds(work) - 0.09163) < 1e-5)
  }

  @Test("Fleuret 2.1: 6 N D is three times the forward pass without the products between tokens: 3.15 · 10²³ for GPT-3")
  func training() {
    #expect(abs(trainingOperations(parameters: 175e9, tokens: 300e9) / 3.15e23 - 1) < 1e-12)
    let (L, d, n) = (32, 4096, 2048)
    let work = TransformerOperations.exercise
    let parameters = Double(12 * L * d * d)  // the matrices alone
    let forward = Double(work.total - work.attention)
    #expect(trainingOperations(parameters: parameters, tokens: Double(n)) == 3 * forward)
    let (low, frozen) = (trainingOperations(parameters: 10, frozen: 990, tokens: 7), 4.0 * 990 * 7)
    #expect(low == 6 * 10 * 7 + frozen)  // LoRA saves the product for the frozen weights' own derivative
  }

  @Test("Fleuret 3.6: data sets have 16,000, 1.65 million and 12 million books: the table prints 1,000 times as many")
  func bookCounts() {
    #expect(books(bytes: 8e9) == 16_000 && books(bytes: 825e9) == 1_650_000 && books(bytes: 6e12) == 12_000_000)
    for (bytes, printed) in [(8e9, 14e6), (825e9, 1.6e9), (6e12, 12e9)] {
      #expect(800...1_100 ~= printed / books(bytes: bytes))
    }
  }

  @Test("§ 12.8: energy × intensity gives 1,287 MWh and 552 t for GPT-3, 291 t for LLaMA 2 70B, 24.7 t for BLOOM")
  func published() {
    #expect(abs(TrainingFootprint.gpt3.kilowattHours - 1_287_000) < 500)
    #expect(abs(TrainingFootprint.gpt3.tonnes - 552.1) < 0.1)
    #expect(abs(TrainingFootprint.llama2.tonnes - 291.1) < 0.05)
    let peak = 3600 * TrainingFootprint.llama2.deviceHours * Accelerator.a100.peak
    #expect(abs(trainingOperations(parameters: 70e9, tokens: 2e12) / peak - 0.435) < 0.001)
    #expect(abs(TrainingFootprint.bloom.kilowattHours - 433_196) < 1)
    #expect(abs(TrainingFootprint.bloom.tonnes - 24.7) < 0.05)
    let green = TrainingFootprint.gpt3.at(intensity: 0.0429)
    #expect(abs(green.tonnes * 10 - TrainingFootprint.gpt3.tonnes) < 1e-9)
    #expect(green.kilowattHours == TrainingFootprint.gpt3.kilowattHours)
  }

  @Test(
    "§ 12.8: the operations of a run give its energy: 2 · 10¹⁰ at half an A100's peak are 0.0564 J with overhead 1.1")
  func ownRun() {
    let run = TrainingFootprint(operations: 2e10, on: .a100, utilization: 0.5, overhead: 1.1, intensity: 0.429)
    #expect(abs(3.6e6 * run.kilowattHours - 1.1 * Accelerator.a100.joules(2e10, utilization: 0.5)) < 1e-12)
    #expect(abs(3.6e6 * run.kilowattHours - 0.0564) < 5e-5)
    #expect(abs(1000 * run.tonnes - run.kilowattHours * 0.429) < 1e-15)
  }

  @Test("§ 12.8: the table's 0.6 t is the figure of BERT base with 110 M parameters, and not of BERT large")
  func bert() {
    let pounds = 1000 * TrainingFootprint.bertBase.tonnes / TrainingFootprint.kilogramsPerPound
    #expect(abs(pounds - 1_438) < 10)  // as published, from hours that are not rounded
    #expect(abs(TrainingFootprint.bertBase.tonnes - 0.65) < 0.005)
  }

  @Test("§ 12.4: the advances are in order, each with a source and a chapter")
  func timeline() {
    #expect(Advance.all.map(\.year) == Advance.all.map(\.year).sorted())
    #expect(Advance.all.allSatisfy { !$0.source.isEmpty && 1...12 ~= $0.chapter })
    #expect(Set(Advance.all.map(\.chapter)) == Set(1...12))
    #expect(Set(Advance.all.map(\.title)).count == Advance.all.count)
  }

  @Test("§ 12.9: four classes, from prohibited to free use; 6 N D of LLaMA 3.1 405B is above Article 51's 10²⁵")
  func risks() {
    #expect(RiskClass.allCases.map(\.rawValue) == [1, 2, 3, 4])
    #expect(RiskClass.unacceptable.obligation == "prohibited")
    #expect(RiskClass.unacceptable.examples == ["social scoring", "subliminal manipulation"])
    #expect(RiskClass.high.examples.contains("recruitment") && RiskClass.limited.articles == "Article 50")
    #expect(trainingOperations(parameters: 175e9, tokens: 300e9) < systemicRiskOperations)
    #expect(trainingOperations(parameters: 405e9, tokens: 15.6e12) > systemicRiskOperations)
  }
}
