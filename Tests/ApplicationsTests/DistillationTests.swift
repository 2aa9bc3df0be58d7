import Applications
import Backprop
import DataSets
import Foundations
import Tensors
import Testing
import Training

@Suite("§ 12.8  Distillation on digits")
struct DistillationTests {
  @Test("§ 12.8: a teacher's outputs help on images without labels; with the same labels and images they do not")
  func lessons() throws {
    let (seen, test) = try LabeledImages.opticalDigits().stratifiedSplit(first: 1_297, from: RandomSource(seed: 12))
    let few = seen.stratifiedSplit(first: 150, from: RandomSource(seed: 8)).first
    let random = RandomSource(seed: 1)
    func fitted(_ start: MLP, rate: Double, steps: Int, _ images: LabeledImages, _ targets: Tensor? = nil) -> MLP {
      var (network, adam) = (start, Adam(learningRate: rate))
      let plan = TrainingPlan(steps: steps, examples: images.count, batchSize: 50)
      train(&network, with: &adam, examples: images.count, plan: plan, random: random.split()) { model, batch in
        let part = images.subset(batch)
        guard let targets else { return crossEntropy(logits: model(part.images), labels: part.labels) }
        return softTargetLoss(student: model(part.images), teacher: targets.gathered(batch), temperature: 4)
      }
      return network
    }
    /// The mean accuracy of three students.
    func students(_ images: LabeledImages, _ teacher: MLP?) -> Double {
      (1...3).reduce(0) { sum, seed in
        let start = MLP([64, 8, 10], activation: .tanh, random: RandomSource(seed: UInt64(seed)))
        let student = fitted(start, rate: 1e-2, steps: 450, images, teacher.map { $0(images.images) })
        return sum + accuracy(student(test.images), labels: test.labels) / 3
      }
    }
    let start = MLP([64, 128, 10], random: random.split())
    let same = fitted(start, rate: 3e-3, steps: 150, few)
    let informed = fitted(start, rate: 3e-3, steps: 260, seen)
    let labels = students(few, nil)
    #expect(students(few, same) < labels + 0.01)
    #expect(students(seen, informed) > labels + 0.02)
  }
}
