import Applications
import Attention
import Checking
import DataSets
import Tensors
import Testing
import ch12

@Suite("§ 12.10, § 6.3  Captions by attention over a grid")
struct CaptionerTests {
  private let held = CaptionedScenes(count: 40, from: RandomSource(seed: 9))

  @Test(
    "§ 6.3: the weights of every word are positive and sum to 1 over the 64 cells; without attention there are none")
  func weights() {
    let captions = Captioner(random: RandomSource(seed: 1)).captions(held.scenes.images[0..<3])
    for caption in captions {
      #expect(caption.weights.count == caption.words.count)
      for weights in caption.weights {
        #expect(weights.count == 64 && weights.allSatisfy { $0 > 0 } && abs(weights.reduce(0, +) - 1) < 1e-5)
      }
    }
    let plain = Captioner(hasAttention: false, random: RandomSource(seed: 1)).captions(held.scenes.images[0..<1])
    #expect(plain[0].weights.isEmpty)
  }

  @Test("§ 6.3: the grid is a set: permuted cells give the same captions, with permuted weights")
  func set() {
    let model = Captioner(random: RandomSource(seed: 2))
    let grid = model.grid(held.scenes.images[0..<2])
    let order = RandomSource(seed: 3).permutation(64)
    let (s, words) = (model.initialState(grid), [SceneWords.start, 3])
    let step = model.step(words, from: s, over: grid)
    let other = model.step(
      words, from: model.initialState(grid.gathered(order, axis: 1)), over: grid.gathered(order, axis: 1))
    expectClose(other.context, step.context, tolerance: 1e-4, scale: 1)
    let moved = step.weights?.gathered(order, axis: 1)
    expectClose(other.weights ?? Tensor(0), moved ?? Tensor(1), tolerance: 1e-4, scale: 1)
  }

  @Test("§ 12.10: the loss is the mean of −ln p of every word and of the end, step by step")
  func forcing() {
    let model = Captioner(random: RandomSource(seed: 4))
    let images = held.scenes.images[0..<2]
    let captions = [[1, 7, 2], [3, 12, 5]]
    let grid = model.grid(images)
    var (s, sum) = (model.initialState(grid), 0.0)
    for t in 0...3 {
      let read = captions.map { t == 0 ? SceneWords.start : $0[t - 1] }
      let step = model.step(read, from: s, over: grid)
      s = step.state
      let p = model.logits(s, step.context).logSoftmax()
      sum -= p.picked(captions.map { t == 3 ? SceneWords.end : $0[t] }).sum().item
    }
    #expect(abs(model.loss(images, captions).item - sum / 8) < 1e-5)
  }

  @Test(
    "§ 12.10, § 6.3: attention learns to read the cells of a grid in order; their mean does not tell which is which"
  )
  func learns() {
    // Three cells in any order: each has a number, one-hot, and a word, one-hot. The caption is the words by number.
    let random = RandomSource(seed: 11)
    func drawn(_ count: Int) -> (grids: Tensor, captions: [[Int]]) {
      let captions = (0..<count).map { _ in (0..<3).map { _ in random.integer(below: 4) } }
      let cells = captions.flatMap { words in random.permutation(3).flatMap { [$0, 3 + words[$0]] } }
      let parts = Tensor.oneHot(cells, classes: 7).reshaped([count, 3, 2, 7])
      return (parts.sum(axes: [2]), captions)
    }
    /// The logits of the three words, each from the correct earlier ones or from the network's own.
    func logits(_ model: Captioner, _ grids: Tensor, _ told: [[Int]]? = nil) -> [Tensor] {
      var (s, words) = (model.initialState(grids), [Int](repeating: SceneWords.start, count: grids.shape[0]))
      return (0..<3).map { t in
        let step = model.step(words, from: s, over: grids)
        s = step.state
        let z = model.logits(s, step.context)
        words = told?.map { $0[t] } ?? z.argmax()
        return z
      }
    }
    let test = drawn(300)
    let exact = [true, false].map { hasAttention -> Double in
      let start = Captioner(hasAttention: hasAttention, channels: 7, hidden: 24, random: RandomSource(seed: 12))
      let plan = SequencePlan(steps: 250, learningRate: 1e-2, warmup: 10)
      let model = start.trained(by: plan, random: RandomSource(seed: 13)) { model in
        let batch = drawn(32)
        let losses = logits(model, batch.grids, batch.captions).enumerated().map { t, z in
          z.crossEntropy(labels: batch.captions.map { $0[t] })
        }
        return losses.reduce(Tensor(0), +)
      }.model
      let words = logits(model, test.grids).map { $0.argmax() }
      return Double(test.captions.indices.count { i in words.map { $0[i] } == test.captions[i] }) / 300
    }
    // The mean tells how often each word occurs: one caption for each of 20 cases out of 64, 0.3125, is right at best.
    // Four standard errors are 0.107.
    #expect(exact[0] > 0.95 && exact[1] < 0.42, "\(exact)")
  }

  @Test("§ 12.10: by chance a peak lies in the box of an object as often as the box holds centres of cells")
  func chance() {
    let inside = held.scenes.objects.flatMap { $0 }.reduce(0) { sum, object in
      let columns = (0..<8).count { object.left <= 4 * $0 + 2 && 4 * $0 + 2 <= object.right }
      return sum + columns * (0..<8).count { object.top <= 4 * $0 + 2 && 4 * $0 + 2 <= object.bottom }
    }
    #expect(abs(held.pointingByChance(within: 0) - Double(inside) / (64 * 80)) < 1e-15)
    #expect(held.pointingByChance(within: 50) == 1)
  }

  @Test("§ 12.10: captions read from left to right, and the peak of a word is the centre of a cell")
  func scenes() {
    for (objects, caption) in zip(held.scenes.objects, held.captions) {
      #expect(objects[0].right <= 16 && objects[1].left >= 16 && caption.count == 7)
      #expect(caption[2] == SceneWords.form(objects[0].form) && caption[5] == SceneWords.colour(objects[1].colour))
    }
    let right = held.captions.map { Caption(words: $0, weights: []) }
    #expect(held.exactMatch(right) == 1)
    var weights = [Double](repeating: 0, count: 64)
    weights[8 * 3 + 5] = 1
    let peak = Caption(words: [0], weights: [weights]).peak(atWord: 0)
    #expect(peak.column == 22 && peak.row == 14)
    let looking = zip(held.scenes.objects, held.captions).map { objects, words in
      Caption(
        words: words,
        weights: words.indices.map { word in
          let object = objects[word < 4 ? 0 : 1]
          let cell = (object.top + object.bottom) / 8 * 8 + (object.left + object.right) / 8
          return (0..<64).map { $0 == cell ? 1 : 0 }
        })
    }
    #expect(held.pointing(looking) == 1)
    let away = zip(held.captions, looking).map { Caption(words: $0, weights: $1.weights.reversed()) }
    #expect(held.pointing(away) < 0.2)
  }
}
