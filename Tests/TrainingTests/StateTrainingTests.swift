import Synchronization
import Tensors
import Testing
import Training

/// Two numbers that play xy against each other: one descends on it, the other on −xy.
private struct Game: TrainingState {
  var x = Tensor([1.0], scalarType: .double), y = Tensor([2.0], scalarType: .double)
  var ofX = GradientDescent(learningRate: 0.1), ofY = GradientDescent(learningRate: 0.1)
  var turns: [String] = []
  static var kept: [PartialKeyPath<Game>] { [\.x, \.y, \.ofX, \.ofY, \.turns] }
}

/// One point, its optimizer and a plateau's rate.
private struct Descent: TrainingState {
  var point = Point(x: Tensor([1.0], scalarType: .double))
  var optimizer = GradientDescent(learningRate: 0.25)
  static var kept: [PartialKeyPath<Descent>] { [\.point, \.optimizer] }
}

/// A state that omits everything except the generator.
private struct Forgetful: TrainingState {
  var generator = Point(x: Tensor([1])), critics = [Point(x: Tensor([1]))]
  var optimizer = Adam(), others = [Adam()], best: Point?, count = 0
  static var kept: [PartialKeyPath<Forgetful>] { [\.generator, \.count] }
}

@Suite("Training: your own step")
struct StateTrainingTests {
  private let random = RandomSource(seed: 1)

  @Test("two players alternate: x and y follow the recursion, and both losses are in the history")
  func players() {
    var (game, expected) = (Game(), (x: 1.0, y: 2.0))
    let history = train(&game, examples: 1, plan: TrainingPlan(epochs: 5, batchSize: 1), random: random) {
      game, step throws(Breakdown) in
      let y = game.y
      try step.descend(&game.x, with: &game.ofX, player: "x") { ($0 * y).sum() }
      let x = game.x
      try step.descend(&game.y, with: &game.ofY, player: "y") { -(x * $0).sum() }
      game.turns.append("\(step.number)")
    }
    for epoch in 0..<5 {
      #expect(abs(history["x"][epoch] - expected.x * expected.y) < 1e-14)
      expected.x -= 0.1 * expected.y
      #expect(abs(history["y"][epoch] + expected.x * expected.y) < 1e-14)
      expected.y += 0.1 * expected.x
    }
    #expect(abs(game.x.item - expected.x) < 1e-14 && abs(game.y.item - expected.y) < 1e-14)
    #expect(history.losses == zip(history["x"], history["y"]).map { $0 + $1 }, "the loss is the sum over the players")
    #expect(game.turns == ["1", "2", "3", "4", "5"])
  }

  @Test("a player that descends n times in a step has its mean loss in the history")
  func critics() {
    var game = Game()
    let history = train(&game, examples: 1, plan: TrainingPlan(epochs: 2, batchSize: 1), random: random) {
      game, step throws(Breakdown) in
      for _ in 0..<3 { try step.descend(&game.x, with: &game.ofX, player: "critic") { ($0 - 1).squared().sum() + 4 } }
      game.turns.append("critic")
      try step.descend(&game.y, with: &game.ofY, player: "player") { $0.squared().sum() }
    }
    #expect(history["critic"] == [4, 4] && history["player"][0] == 4 && game.turns.count == 2)

    var steep = Game()
    let falling = train(&steep, examples: 1, plan: TrainingPlan(epochs: 1, batchSize: 1), random: random) {
      game, step throws(Breakdown) in
      for _ in 0..<3 { try step.descend(&game.x, with: &game.ofX, player: "critic") { $0.sum() } }
    }
    #expect(abs(falling["critic"][0] - (1 + 0.9 + 0.8) / 3) < 1e-15)
  }

  @Test("a breakdown names its player; earlier players have moved, the others have not")
  func breakdown() throws {
    var game = Game()
    let reports = Mutex([TrainingProgress]())
    var plan = TrainingPlan(epochs: 9, batchSize: 1)
    plan.report = { progress in reports.withLock { $0.append(progress) } }
    let history = train(&game, examples: 1, plan: plan, random: random) { game, step throws(Breakdown) in
      try step.descend(&game.x, with: &game.ofX, player: "generator") { $0.sum() }
      let factor = step.number == 3 ? Double.nan : 1
      try step.descend(&game.y, with: &game.ofY, player: "critic") { factor * $0.sum() }
      game.turns.append("done")
    }
    let breakdown = try #require(history.breakdown)
    #expect(breakdown.player == "critic" && breakdown.step == 3 && breakdown.epoch == 3)
    #expect("\(breakdown)".hasPrefix("the loss of 'critic' is nan in step 3 of epoch 3, "), "\(breakdown)")
    #expect(history.hasDiverged && history.epochs.count == 3 && game.turns.count == 2)
    #expect(abs(game.x.item - 0.7) < 1e-15 && abs(game.y.item - 1.8) < 1e-15)
    #expect(reports.withLock { $0.map { $0.breakdown != nil } } == [false, false, true])
    #expect(reports.withLock { $0[0].players.map(\.name) } == ["generator", "critic"])
  }

  @Test("a non-finite gradient of a tensor is reported without a name")
  func tensor() throws {
    var game = Game()
    game.x = Tensor([0.0], scalarType: .double)
    let history = train(&game, examples: 1, plan: TrainingPlan(epochs: 1, batchSize: 1), random: random) {
      game, step throws(Breakdown) in
      try step.descend(&game.x, with: &game.ofX, player: "x") { $0.squareRoot().sum() }
    }
    let breakdown = try #require(history.breakdown)
    #expect(
      "\(breakdown)".hasPrefix("the gradient of the tensor of 'x' is not finite in step 1 of epoch 1"), "\(breakdown)")
  }

  @Test("a gradient computed elsewhere, as in sharpness-aware minimization, moves the model and is checked")
  func gradients() {
    var descent = Descent()
    let plan = TrainingPlan(epochs: 3, batchSize: 1)
    let history = train(&descent, examples: 1, plan: plan, random: random) { descent, step throws(Breakdown) in
      let loss = { (point: Point) in point.x.squared().sum() }
      let uphill = descent.point.mapParameters { $0 + 0.5 * $0.sign() }  // to the worst point at a distance of ½
      let (value, gradient) = valueWithGradient(at: uphill, of: loss)
      let broken = step.number == 3 ? gradient.mapParameters { $0 / 0 } : gradient
      try step.descend(&descent.point, with: &descent.optimizer, along: broken, loss: value.item)
    }
    // x ← x − ¼ · 2 (x + ½): 1, ¼, −⅛; the third step is not made
    #expect(descent.point.x.item == -0.125 && history.losses.prefix(2) == [2.25, 0.5625])
    #expect(history.breakdown?.cause == .gradient(["x"]) && history.breakdown?.player == nil)
  }

  @Test("several measures are averaged over their examples")
  func measures() {
    var descent = Descent()
    let plan = TrainingPlan(epochs: 2, batchSize: 3)
    let history = train(&descent, examples: 5, plan: plan, random: random) { _, step in
      step.measure("loss", Double(step.batch.reduce(0, +)) / Double(step.batch.count))
      step.measure("size", Double(step.batch.count))
      if step.batch.count == 2 { step.measure("rare", 1) }
      for value in [1.0, 2, 6] { step.measure("thrice", value) }
    } evaluate: { state, epoch in
      state.optimizer.learningRate /= 2
      return ["seen": epoch.metrics["size", default: 0]]
    }
    #expect(history.losses.allSatisfy { abs($0 - 2) < 1e-15 })
    #expect(history["size"] == [2.6, 2.6] && history["seen"] == [2.6, 2.6])
    #expect(history["rare"] == [1, 1] && history["thrice"] == [3, 3])
    #expect(descent.optimizer.learningRate == 0.0625, "an evaluation may change the state")
  }

  @Test("a schedule reaches every player, an early stop ends the game, and the lowest metric selects the models")
  func plan() {
    var game = Game()
    var plan = TrainingPlan(epochs: 50, batchSize: 1)
    plan.learningRate = { step in 1 / Double(step + 1) }
    plan.keepsLowest = "distance"
    plan.shouldStop = { $0.epochs.count == 4 }
    var rates: [Double?] = []
    let history = train(&game, examples: 1, plan: plan, random: random) { game, step throws(Breakdown) in
      rates.append(step.learningRate)
      try step.descend(&game.x, with: &game.ofX, player: "x") { 0 * $0.sum() }
      try step.descend(&game.y, with: &game.ofY, player: "y") { $0.sum() }
      game.turns.append("turn")
    } evaluate: { game, _ in
      ["distance": abs(game.y.item - 1)]
    }
    #expect(rates == [1, 0.5, 1.0 / 3, 0.25])
    #expect(game.ofX.learningRate == 0.25 && game.ofY.learningRate == 0.25)
    #expect(history["y"].prefix(3) == [2, 1, 0.5] && history["distance"].prefix(2) == [0, 0.5])
    #expect(game.turns.count == 4 && game.y.item == 1, "models are those of the best epoch, other parts stay")
  }

  @Test("a loop without models is training too: a walk with a tensor and a counter as its state")
  func walk() {
    struct Walk: TrainingState {
      var place = Tensor.zeros([2]), steps = 0
      static var kept: [PartialKeyPath<Walk>] { [\.place, \.steps] }
    }
    var walk = Walk()
    let (used, expected) = (RandomSource(seed: 3), RandomSource(seed: 3))
    let history = train(&walk, examples: 1, plan: TrainingPlan(epochs: 10, batchSize: 1), random: used) { walk, _ in
      walk.place = walk.place + used.normal([2])
      walk.steps += 1
    }
    #expect(walk.steps == 10 && history.losses == [Double](repeating: 0, count: 10) && !history.hasDiverged)
    #expect(walk.place == (0..<10).reduce(Tensor.zeros([2])) { place, _ in place + expected.normal([2]) })
  }

  @Test("a state that omits parameters or an optimizer stops with a message that names them")
  func forgotten() async {
    #expect(unlistedParts(in: Game()) == [] && unlistedParts(in: Descent()) == [])
    #expect(unlistedParts(in: Forgetful()) == ["critics", "optimizer", "others"])
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var state = Forgetful()
      train(&state, examples: 1, plan: TrainingPlan(epochs: 1, batchSize: 1), random: RandomSource(seed: 1)) { _, _ in }
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      message.contains("cannot train Forgetful: it does not list critics, optimizer, others in kept"), "\(message)")
  }
}
