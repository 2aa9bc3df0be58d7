import Applications
import Attention
import DataSets
import Figures
import Messages
import Running
import Tensors
import Training

/// § 12.10, beside the notes: captions by attention over a grid.
public let section12_10e = Exercise(.section, "12.10e", "Captions", seconds: 50, quick: 2) { run in
  let counts = run.choose(quick: (20, 4), standard: (4_000, 1_500), full: (20_000, 6_000))
  let held = CaptionedScenes(count: run.choose(quick: 10, standard: 400, full: 1_000), from: RandomSource(seed: 1_210))
  let trained = [true, false].map { hasAttention in
    CaptionRun(
      hasAttention: hasAttention, scenes: counts.0, steps: counts.1, held: held, random: run.random.split(),
      report: run.progress(hasAttention ? "attention" : "mean of the grid"))
  }
  run.show(captionTable(trained, held), as: "captions")
  run.show(gridFigure(trained[0], held), as: "attention")
  run.show(exampleTable(trained, held), as: "examples")
  run.parameters = trained[0].model.parameterCount
  run.card("exact captions, attention", trained[0].exact)
  run.card("exact captions, mean of the grid", trained[1].exact)
  run.card("peak on the named object", trained[0].pointing)
}

/// A captioner trained on scenes, and its captions of others. § 12.10
public struct CaptionRun: Sendable {
  /// The trained network.
  public let model: Captioner
  /// The captions of the held-out scenes.
  public let captions: [Caption]
  /// The share of exact captions, and the share of form words at which the network looks at the named object.
  public let exact, pointing: Double

  /// A network trained for `steps` steps of 32 scenes.
  public init(
    hasAttention: Bool, scenes: Int, steps: Int, held: CaptionedScenes, random: RandomSource,
    report: (@Sendable (TrainingProgress) -> Void)? = nil
  ) {
    let data = CaptionedScenes(count: scenes, from: random.split())
    let start = Captioner(hasAttention: hasAttention, random: random.split())
    var plan = SequencePlan(steps: steps, learningRate: 3e-3, warmup: steps / 20)
    plan.report = report
    let drawn = random.split()
    model =
      start.trained(by: plan, random: random.split()) { model in
        let places = (0..<32).map { _ in drawn.integer(below: scenes) }
        return model.loss(data.scenes.images.gathered(places), places.map { data.captions[$0] })
      }.model
    captions = model.captions(held.scenes.images)
    exact = held.exactMatch(captions)
    pointing = hasAttention ? held.pointing(captions) : .nan
  }
}

private func captionTable(_ trained: [CaptionRun], _ held: CaptionedScenes) -> Table {
  var rows = trained.map { run -> [Table.Cell] in
    let hasAttention = run.model.attention != nil
    return [
      .text(hasAttention ? "attention over the grid" : "mean of the grid"), .integer(run.model.parameterCount),
      .number(run.exact, decimals: 3), hasAttention ? .number(run.pointing, decimals: 3) : "–",
      hasAttention ? .number(held.pointing(run.captions, within: 0), decimals: 3) : "–",
    ]
  }
  rows.append([
    "chance", "–", .number(1.0 / 576, decimals: 3), .number(held.pointingByChance(), decimals: 3),
    .number(held.pointingByChance(within: 0), decimals: 3),
  ])
  return Table(
    "Captions of scenes that were not seen in training: two of 24 looks side by side",
    columns: ["context", "parameters", "exact captions", "peak within 6 pixels of the named object", "in its box"],
    rows: rows)
}

private func exampleTable(_ trained: [CaptionRun], _ held: CaptionedScenes) -> Table {
  Table(
    "The first captions", columns: ["scene", "attention over the grid", "mean of the grid"],
    rows: (0..<min(5, held.count)).map { place -> [Table.Cell] in
      let texts = [held.captions[place]] + trained.map { $0.captions[place].words }
      return texts.map { Table.Cell.text(SceneWords.text($0)) }
    })
}

/// For every word of three captions, the image lit by the weights on its grid.
private func gridFigure(_ trained: CaptionRun, _ held: CaptionedScenes) -> Panels {
  let shown = Array(0..<min(3, held.count))
  let rows = shown.map { place in
    (0..<7).map { word in lit(held.scenes.images[place], trained.captions[place], word) }
  }
  let captions = shown.flatMap { place in
    (0..<7).map { word in
      let words = trained.captions[place].words
      return word < words.count ? SceneWords.words[words[word]] : ""
    }
  }
  return Panels("Where the network looks for every word", [ImageGrid("", rows: rows, captions: captions)])
}

/// The image, darkened where a word has small weights.
private func lit(_ image: Tensor, _ caption: Caption, _ word: Int) -> Pixels {
  guard word < caption.weights.count else { return picture(0 * image) }
  let largest = caption.weights[word].max() ?? 1
  let weights = caption.weights[word].map { Float(0.15 + 0.85 * $0 / largest) }
  let mask = Tensor(floats: weights, shape: [8, 1, 8, 1]).broadcast(to: [8, 4, 8, 4])
  return picture(image * mask.reshaped([1, 32, 32]))
}
