import DataSets
import Messages
import Regularization
import Running
import Tensors
import Training
import Transformer

/// § 7.8: weight decay for a Transformer. Exercise 3.5.3 asks for it, and chapter 3 has no Transformer yet.
public let section7_8 = Exercise(
  .section, "7.8", "AdamW against Adam with L2: Exercise 3.5.3 with a Transformer", seconds: 90, quick: 2, full: 600,
  needs: { DataNeeds(train: $0.choose(quick: 100, standard: 200, full: 1_000), size: .exactly(28)) }
) { run in
  let data = try run.data.mnist()
  let size = run.choose(quick: 50, standard: 200, full: 1_000)
  run.say("\(data.provenance); \(grouped(size)) examples, a fifth of the labels wrong")
  let coefficients = run.choose(quick: [0, 0.1], standard: [0, 0.01, 0.1, 0.3, 1], full: [0, 0.01, 0.1, 0.3, 1])
  let sizes = digitPatches
  let results = compareDecays(
    coefficients, on: data, examples: size, seeds: run.choose(quick: 1, standard: 3, full: 3),
    firstSeed: run.options.seed,
    make: { VisionTransformer(sizes, random: $0) }
  ) { label in
    run.plan(quick: 1, standard: 50, full: 60, batchSize: 32, label: label)
  }
  run.show(decayTable(results), as: "coefficients")
  run.show(coefficientChart(results), as: "coefficients")
  run.show(generalizationCurves(results), as: "generalization")
  run.parameters = sizes.parameterCount
  run.card("data", data.provenance)
  for rule in DecayRule.allCases {
    guard let best = bestByValidation(results.filter { $0.rule == rule }) else { continue }
    run.card("\(rule.rawValue), best λ by validation", best.coefficient)
    run.card("\(rule.rawValue), its test accuracy", best.testAccuracy)
  }
}

/// A small Vision Transformer for grey images of 28×28 pixels in 16 patches.
public var digitPatches: VisionSizes {
  var sizes = VisionSizes(image: 28, patch: 7, width: 32, heads: 4, blocks: 2)
  sizes.channels = 1
  return sizes
}
