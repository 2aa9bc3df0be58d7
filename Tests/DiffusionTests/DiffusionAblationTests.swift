import DataSets
import Diffusion
import GAN
import Tensors
import Testing
import Training
import ch10

@Suite("§ 10.9  Ablation study of diffusion models")
struct DiffusionAblationTests {
  private let table = DiffusionConfiguration.table

  @Test("Table 10.1: the six printed rows; two of them change two things at once")
  func printed() {
    #expect(table.compactMap(\.printed) == [12.4, 28.7, 10.1, 18.9, 7.8, 11.3])
    // The large network has the cosine schedule too, and DDIM as well: compared with the baseline, two changes.
    for name in ["large network, cosine", "DDIM 50, cosine"] {
      let row = table.first { $0.name == name }
      #expect(row?.schedule == .cosine() && row?.schedule != table[0].schedule)
    }
    #expect(table.contains { $0.size == .large && $0.schedule == .linear() })
  }

  @Test("Table 10.1, Remark 10.2: T = 200 with the same β starts from a wrong prior: √ᾱ_T = 0.364, not 0.006")
  func starts() {
    func root(_ row: Int) -> Double { table[row].schedule.ᾱ[table[row].schedule.steps].squareRoot() }
    #expect(abs(root(0) - 0.00635) < 1e-5 && abs(root(1) - 0.3637) < 2e-4)
    #expect(abs(root(2) - 0.00550) < 2e-4 && root(3) < 1e-4)
  }

  @Test("Table 10.1: exact samples of N(1, 1) have the mean 1 − ᾱ_T: 0.868 for T = 200 with the same β")
  func means() {
    let data = GaussianMixture([.init(weight: 1, mean: [1], deviation: 1)])
    func mean(_ schedule: NoiseSchedule) -> Double {
      // The sampler is linear, so the sample of x_T = 0 without fresh noise is the mean.
      let predictor = ExactPredictor(data: data, schedule: schedule)
      return (1...schedule.steps).reversed().reduce(Tensor([[0]], scalarType: .double)) { x, t in
        schedule.ancestralStep(x, at: t, noise: predictor.noise(in: x, at: [t]), deviation: 0, fresh: x)
      }.item
    }
    for row in table[0...2] {
      let ᾱ = row.schedule.ᾱ[row.schedule.steps]
      #expect(abs(mean(row.schedule) - (1 - ᾱ)) < 1e-9)
    }
    #expect(abs(mean(table[1].schedule) - 0.868) < 1e-3 && mean(table[2].schedule) > 0.9999)
  }

  @Test("§ 10.2.2, § 10.9: around v, ε and x̂₀ = √ᾱ x − √(1 − ᾱ) v follow; a wrong v is not magnified in x̂₀")
  func velocityForm() {
    let (schedule, random) = (NoiseSchedule.cosine(), RandomSource(seed: 3))
    struct Given: Model, NoisePredictor {
      var v: Tensor
      static var parameters: [PartialKeyPath<Given>] { [\.v] }
      func noise(in x: Tensor, at t: [Int]) -> Tensor { v }
    }
    let (x0, ε) = (random.normal([4, 3], scalarType: .double), random.normal([4, 3], scalarType: .double))
    for t in [1, 500, 1_000] {
      let (ᾱ, x) = (schedule.ᾱ[t], schedule.noised(x0, at: t, noise: ε))
      let v = ᾱ.squareRoot() * ε - (1 - ᾱ).squareRoot() * x0
      let form = TargetPredictor(Given(v: v), target: .velocity, schedule: schedule)
      #expect((form.noise(in: x, at: [t, t, t, t]) - ε).abs().max().item < 1e-12)
      let wrong = TargetPredictor(Given(v: v + 0.01), target: .velocity, schedule: schedule)
        .noise(in: x, at: [t, t, t, t])
      let error = (schedule.data(from: x, noise: wrong, at: t) - x0).abs().max().item
      #expect(abs(error - 0.01 * (1 - ᾱ).squareRoot()) < 1e-6)
    }
  }

  @Test("§ 10.9, Remark 10.9: all rows are trained and measured; rows that differ in the sampler share a training")
  func rows() throws {
    let parts = try LabeledImages.opticalDigits().stratifiedSplit(first: 200, from: RandomSource(seed: 1))
    let data = ImageClassification(
      name: "digits", classNames: (0..<10).map(String.init), train: parts.first, test: parts.rest.prefix(100),
      origin: "digits", isReal: true)
    let measure = QualityMeasure(for: data, count: 50, steps: 60)
    var found = [0, 3, 7, 10].map { AblatedDiffusion(table[$0]) }
    var trainings: [String] = []
    for networks in [ComparedNetworks.layers, .convolutions] {
      trainings = []
      compareDiffusions(
        &found, networks, on: data, measure, count: 20,
        plan: { name in
          trainings.append(name)
          return TrainingPlan(epochs: 1, batchSize: 50)
        }, shortened: 4, seed: 1)
      #expect(trainings == ["baseline", "cosine", "cosine, ε itself"])
    }
    #expect(found.allSatisfy { $0.distances.count == 2 && $0.distances.allSatisfy(\.isFinite) })
    #expect(found[1].losses == found[2].losses && found[1].distances != found[2].distances)
    #expect(found[1].losses != found[3].losses)

    // With other test images the same training has another loss, and the same samples.
    let other = ImageClassification(
      name: "digits", classNames: data.classNames, train: data.train, test: data.train.prefix(50), origin: "digits",
      isReal: true)
    var again = [AblatedDiffusion(table[0])]
    for networks in [ComparedNetworks.layers, .convolutions] {
      compareDiffusions(
        &again, networks, on: other, measure, count: 20, plan: { _ in TrainingPlan(epochs: 1, batchSize: 50) },
        shortened: 4, seed: 1)
    }
    #expect(again[0].distances == found[0].distances)
    #expect(zip(again[0].losses, found[0].losses).allSatisfy { $0 != $1 })
  }
}
