import Applications
import Backprop
import Checking
import Foundations
import Tensors
import Testing
import Training

@Suite("§ 12.10  Deep Q-learning")
struct DeepQTests {
  @Test("§ 12.10: the target of a terminal state is r; a cut-off episode counts what would have followed")
  func targets() {
    let q = Tensor([[1, 5], [7, 2], [3, 4]])
    let y = learningTargets(rewards: Tensor([1, 1, 1]), following: q, continues: Tensor([1, 0, 1]), discount: 0.5)
    #expect(y.scalars == [3.5, 1, 3])
    let choosing = Tensor([[9, 0], [0, 0], [0, 9]])
    let double = learningTargets(
      rewards: Tensor([1, 1, 1]), following: q, continues: Tensor([1, 0, 1]), discount: 0.5, choosing: choosing)
    #expect(double.scalars == [1.5, 1, 3], "the value of the action that the other network prefers")
    var memory = ReplayMemory(capacity: 4, width: 1)
    memory.add(state: [0], action: 0, reward: 1, next: [1], isLast: false)  // cut off after this move
    memory.add(state: [1], action: 1, reward: 1, next: [2], isLast: true)
    #expect(memory.newest(2).continues.scalars == [0, 1])
  }

  @Test("§ 12.10: the maximum of noisy values is too large on average; with double Q-learning it is not")
  func overestimation() {
    let (random, N) = (RandomSource(seed: 1), 20_000)
    let (one, other) = (random.normal([N, 2]), random.normal([N, 2]))  // all true values are 0
    let (r, continues) = (Tensor.zeros([N]), Tensor.ones([N]))
    let y = learningTargets(rewards: r, following: one, continues: continues, discount: 1)
    let double = learningTargets(rewards: r, following: one, continues: continues, discount: 1, choosing: other)
    #expect(abs(y.mean().item - 1 / Double.pi.squareRoot()) < 0.03, "E max of two standard normals is 1/√π")
    #expect(abs(double.mean().item) < 0.03)
  }

  @Test("§ 12.10: the loss is ½ δ² within 1 and grows linearly beyond; its derivative is δ, clipped")
  func loss() {
    let y = Tensor([0, 0, 0, 0], scalarType: .double)
    let δ = Tensor([[0.5], [-1], [3], [-20]], scalarType: .double)
    let q = Tensor.concatenated([δ, 7 * δ], axis: 1)
    func loss(_ q: Tensor) -> Tensor { temporalDifferenceLoss(q, actions: [0, 0, 0, 0], targets: y) }
    #expect(loss(q).item == (0.125 + 0.5 + 2.5 + 19.5) / 4)
    #expect(gradient(at: q, of: loss).scalars == [0.125, 0, -0.25, 0, 0.25, 0, -0.25, 0])
  }

  @Test("§ 12.10: a memory keeps the newest moves, with their states and rewards, and draws them equally often")
  func memory() {
    var memory = ReplayMemory(capacity: 5, width: 2)
    for i in 0..<12 {
      memory.add(
        state: [Float(i), 0], action: i, reward: Double(i), next: [Float(i + 1), 0], isLast: i.isMultiple(of: 3))
    }
    #expect(memory.count == 5 && memory.newest(3).actions == [11, 10, 9])
    #expect(memory.newest(9).actions.sorted() == [7, 8, 9, 10, 11])
    let batch = memory.drawn(10_000, using: RandomSource(seed: 1))
    for i in 7...11 {
      let places = batch.actions.indices.filter { batch.actions[$0] == i }
      #expect(abs(Double(places.count) - 2_000) < 4 * 40)
      guard let place = places.first else { continue }
      #expect(batch.states[place].scalars == [Double(i), 0] && batch.following[place].scalars == [Double(i + 1), 0])
      #expect(batch.rewards[place].item == Double(i) && batch.continues[place].item == (i == 9 ? 0 : 1))
    }
  }

  @Test("§ 12.10: a memory that is not full keeps every move with the state that followed it")
  func growing() {
    var memory = ReplayMemory(capacity: 5, width: 1)
    for i in 0..<3 { memory.add(state: [Float(i)], action: i, reward: 1, next: [Float(10 + i)], isLast: i == 2) }
    let batch = memory.newest(5)
    #expect(batch.actions == [2, 1, 0] && batch.states.scalars == [2, 1, 0])
    #expect(batch.following.scalars == [12, 11, 10] && batch.continues.scalars == [0, 1, 1])
  }

  @Test("§ 12.10: ten steps of (double) deep Q-learning with a target network are PyTorch's to 1e-10")
  func reference() throws {
    let records = try golden("applications_acting", as: LearningRecords.self).learning
    #expect(records.keys.sorted() == ["deep Q-learning", "double deep Q-learning"])
    for (name, record) in records.sorted(by: { $0.key < $1.key }) {
      var network = MLP([4, 7, 6, 3], random: RandomSource(seed: 1)).converted(to: .double)
      var rest = record.parameters.map { $0.made(.double) }[...]
      network.forEachParameter { if let next = rest.popFirst() { $0 = next } }
      let x = record.inputs.map { $0.made(.double) }
      let continues = Tensor(record.continues, scalarType: .double)
      var (target, optimizer, losses) = (network, Momentum(learningRate: 0.1, momentum: 0.9), [Double]())
      for step in 1...10 {
        let y = learningTargets(
          rewards: x[2], following: target(x[1]), continues: continues, discount: 0.9,
          choosing: name.hasPrefix("double") ? network(x[1]) : nil)
        let (loss, slope) = valueWithGradient(at: network) {
          temporalDifferenceLoss($0(x[0]), actions: record.actions, targets: y)
        }
        losses.append(loss.item)
        optimizer.update(&network, along: slope)
        if step.isMultiple(of: 4) { target = network }
      }
      #expect(record.losses[0].deviation(of: Tensor(losses, scalarType: .double)) < 1e-10)
      for (tensor, recorded) in zip(network.parameters, record.trained) {
        #expect(recorded.deviation(of: tensor) < 1e-10)
      }
    }
  }

  @Test("§ 12.10: the late length is the mean over the last third of a training, the worst one leaves out the first")
  func summaries() {
    let run = DeepQRun(
      DeepQSettings(), plan: TrainingPlan(epochs: 6, batchSize: 1), pushes: 150, episodes: 2,
      random: RandomSource(seed: 1))
    let l = run.lengths
    #expect(l.count == 6 && run.steps == [150, 300, 450, 600, 750, 900])
    #expect((l[0] + l[1]) / 2 != run.lateLength && run.lateLength == (l[4] + l[5]) / 2, "\(l)")
    #expect(run.worstLength == l[2...].min() && abs(run.meanLength - l.reduce(0, +) / 6) < 1e-12)
  }

  @Test("§ 12.10: without a target network the value at the start runs past its bound of 100, and the pole falls")
  func withoutTarget() {
    var settings = DeepQSettings()
    settings.targetPeriod = 0
    let run = DeepQRun(settings, plan: TrainingPlan(epochs: 3, batchSize: 1), random: RandomSource(seed: 1))
    #expect((run.values.last ?? 0) > 1_000 && (run.lengths.last ?? 500) < 12, "\(run.values) \(run.lengths)")
  }

  @Test("§ 12.10: the network learns to balance the pole, within its bound; without a memory it forgets on the way")
  func learns() {
    let runs = [15_000, 0].map { memory in
      var settings = DeepQSettings()
      settings.memory = memory
      return DeepQRun(settings, plan: TrainingPlan(epochs: 15, batchSize: 1), random: RandomSource(seed: 1))
    }
    #expect(runs[0].lateLength > 100 && runs[0].worstLength > 100, "\(runs[0].lengths)")
    #expect(runs[0].values.allSatisfy { $0 < 101 })
    #expect(runs[1].worstLength < 22, "no better than random pushes: \(runs[1].lengths)")
  }

  @Test("§ 12.10: the same seed gives the same network to the last bit, another seed another one")
  func seeds() {
    var settings = DeepQSettings()
    settings.warmUp = 100
    let agents = [1, 1, 2].map { seed in
      DeepQRun(settings, plan: TrainingPlan(epochs: 1, batchSize: 1), pushes: 200, random: RandomSource(seed: seed))
        .agent
    }
    #expect(zip(agents[0].network.parameters, agents[1].network.parameters).allSatisfy { $0 == $1 })
    #expect(!zip(agents[0].network.parameters, agents[2].network.parameters).allSatisfy { $0 == $1 })
  }

  @Test("§ 12.10: the share of random moves falls linearly to its end")
  func exploration() {
    let settings = DeepQSettings()
    #expect(abs(settings.exploration(at: settings.explorationSteps / 2) - (1 + settings.exploration) / 2) < 1e-12)
    #expect(abs(settings.exploration(at: 1_000_000) - settings.exploration) < 1e-12)
  }
}

private struct LearningRecords: Decodable {
  let learning: [String: Record]
  struct Record: Decodable {
    let inputs, parameters: [TensorRecipe]
    let actions: [Int]
    let continues: [Double]
    let losses, trained: [RecordedArray]
  }
}
