import Applications
import DataSets
import Foundations
import Tensors
import Training

// Steps of the networks of chapter 12.

extension Step {
  static let applications = [
    Step(
      "detector", "§ 12.1.1, the detector with 4×4 cells, Adam, batch 16",
      [
        .convolution(16, 3, 16, kernel: 3, side: 32).passes(2), .convolution(16, 16, 32, kernel: 3, side: 16),
        .convolution(16, 32, 64, kernel: 3, side: 8), .convolution(16, 64, 64, kernel: 3, side: 4),
        .convolution(16, 64, 9, kernel: 1, side: 4),
      ]
    ) { scale in
      let random = RandomSource(seed: 1)
      var (model, optimizer) = (GridDetector(classes: 4, random: random), Adam(learningRate: 3e-3))
      let scenes = DrawnScenes(count: 16 * scale, objects: 2...2, from: random)
      let (x, targets) = (scenes.images, CellTargets(scenes.truths, on: model.layout))
      return Workload(parameters: model.parameterCount) {
        descend(&model, &optimizer) { $0.loss($0(x), targets) }
      }
    },
    Step(
      "dqn", "§ 12.10, a deep Q-network learns from 64 of 15,000 moves, Adam",
      [(4, 64), (64, 64), (64, 2)].flatMap { inputs, outputs in
        [.dense(64, inputs, outputs).passes(inputs == 4 ? 2 : 3), .dense(64, inputs, outputs).passes(1)]
      }
    ) { scale in
      let random = RandomSource(seed: 1)
      let (world, settings) = (CartPole(), DeepQSettings())
      let sizes = [CartPole.stateSize, settings.hidden, settings.hidden, CartPole.actions]
      var network = MLP(sizes, random: random)
      let target = network
      var optimizer = Adam(learningRate: settings.learningRate)
      var memory = ReplayMemory(capacity: settings.memory, width: CartPole.stateSize)
      let states = world.starts(settings.memory, using: random)
      let actions = (0..<settings.memory).map { _ in random.integer(below: CartPole.actions) }
      let (s, next) = (states.scalars.map(Float.init), world.pushed(states, actions).scalars.map(Float.init))
      for (move, action) in actions.enumerated() {
        let place = 4 * move..<4 * move + 4
        memory.add(
          state: Array(s[place]), action: action, reward: 1, next: Array(next[place]), isLast: move % 20 == 0)
      }
      return Workload(parameters: network.parameterCount) {
        let batch = memory.drawn(settings.batchSize * scale, using: random)
        let y = learningTargets(
          rewards: batch.rewards, following: target(batch.following), continues: batch.continues,
          discount: settings.discount)
        return descend(&network, &optimizer) {
          temporalDifferenceLoss($0(batch.states), actions: batch.actions, targets: y)
        }
      }
    },
  ]
}
