import Applications
import DataSets
import Running
import Tensors

/// The mistakes of chapter 12: each shown where it can be seen, and where it cannot.
public let gallery12 = Exercise(.gallery, "12", "Mistakes that everybody makes once", seconds: 1) { run in
  run.show(exhibits12)
}

/// The exhibits of the gallery, in the order of the chapter.
public var exhibits12: [Exhibit] {
  [
    suppressionExhibit, recallExhibit, mapExhibit, auditExhibit, scaleExhibit, clippingExhibit, noiseExhibit,
    sizeExhibit, weightsExhibit, blankExhibit, endExhibit,
  ]
}

private func double(_ values: [Double]) -> Tensor { Tensor(values, scalarType: .double) }

// MARK: - Detection

/// A box of 10×10 pixels, found with this score.
private func found(_ left: Double, label: Int, score: Double) -> Detection {
  Detection(BoundingBox(left: left, top: 0, right: left + 10, bottom: 10), label: label, score: score)
}

private var suppressionExhibit: Exhibit {
  /// 1 for every detection that stays.
  func trial(_ input: String, _ detections: [Detection]) -> Exhibit.Trial {
    func flags(_ kept: [Detection]) -> Tensor { double(detections.map { kept.contains($0) ? 1 : 0 }) }
    return .init(
      input, wrong: flags(Mistake.suppressedAcrossClasses(detections)), right: flags(suppressed(detections)))
  }
  return Exhibit(
    "boxes suppressed across classes", wrong: "$0.box.intersectionOverUnion(with: next.box) > limit",
    right: "$0.label == next.label && $0.box.intersectionOverUnion(with: next.box) > limit",
    shows: trial("a disc in front of a square", [found(0, label: 0, score: 0.9), found(2, label: 1, score: 0.8)]),
    hides: trial("two boxes of a disc", [found(0, label: 0, score: 0.9), found(2, label: 0, score: 0.8)]),
    caughtBy: "§ 12.1.1: a box suppresses boxes of its class only")
}

private var recallExhibit: Exhibit {
  func trial(_ input: String, _ detections: [Detection]) -> Exhibit.Trial {
    let truths = [LabeledBox(found(0, label: 0, score: 1).box, label: 0)]
    let curve = PrecisionCurve(of: [detections], truths: [truths], label: 0)
    return .init(
      input, wrong: double([Mistake.recallCountingTwice(detections, truths: truths)]),
      right: double([curve.recalls.last ?? 0]))
  }
  return Exhibit(
    "an object that is found twice",
    wrong: "truths.contains { $0.label == detection.label && "
      + "$0.box.intersectionOverUnion(with: detection.box) >= overlap }",
    right: "open[image].remove(at: best)",
    shows: trial("recall of two boxes of a disc", [found(0, label: 0, score: 0.9), found(2, label: 0, score: 0.8)]),
    hides: trial("one box", [found(0, label: 0, score: 0.9)]),
    caughtBy: "§ 12.1.1: a recall is at most 1")
}

// MARK: - Explanations and audits

/// Grad-CAM of a network whose maps are its images, before global pooling and a linear layer.
private let plainCAM = GradCAM(
  maps: { $0 },
  scores: { A in matmul(A.mean(axes: [2, 3]), Tensor([[1, 0.5, 0], [-1, 0, 1]], scalarType: .double).transposed) })

private var mapExhibit: Exhibit {
  func trial(_ input: String, images: Int) -> Exhibit.Trial {
    let x = RandomSource(seed: 9).uniform([images, 3, 4, 4], scalarType: .double)
    func largest(_ maps: Tensor) -> Tensor { maps.max(axes: [1, 2]) }
    return .init(input, wrong: largest(Mistake.gradCAMOfFirstRow(plainCAM, x)), right: largest(plainCAM(x)))
  }
  return Exhibit(
    "a map for the first image only", wrong: "cam.asPrinted(x)",
    right: "gradient(at: A) { scores($0).picked(classes).sum() }.mean(axes: [2, 3])",
    shows: trial("largest entries of the maps of three images", images: 3), hides: trial("one image", images: 1),
    caughtBy: "Listing 12.5.2: every image of a batch gets its own map")
}

private var auditExhibit: Exhibit {
  func trial(_ input: String, hidden: Double) -> Exhibit.Trial {
    let world = BiasedWorld(difference: 0, mislabelling: hidden, judged: 2_000, random: RandomSource(seed: 1))
    // Where all people are alike a regression has no minimum; these people differ.
    let guesses =
      (try? world.predictions(.aware, trainedOn: 1_000, share: 0.5, random: RandomSource(seed: 2)))
      ?? [Bool](repeating: false, count: 2_000)
    let wrong = Mistake.auditAsRecorded(guesses, of: world.judges)
    return .init(input, wrong: double([wrong.b.accuracy]), right: double([world.audits(of: guesses).true.b.accuracy]))
  }
  return Exhibit(
    "an audit by wrong labels",
    wrong: "FairnessAudit(predictions: predictions, labels: people.part.labels, groups: people.part.groups)",
    right: "FairnessAudit(predictions: predictions, labels: judges.truth, groups: groups)",
    shows: trial("accuracy for group b, 60 % of its labels 1 recorded as 0", hidden: 0.6),
    hides: trial("right labels", hidden: 0), caughtBy: "§ 12.6.1: an audit by wrong labels praises the wrong model")
}

// MARK: - Speech and agents

private var blankExhibit: Exhibit {
  func trial(_ input: String, _ path: [Int]) -> Exhibit.Trial {
    .init(
      input, wrong: double([Double(Mistake.collapsedWithoutBlanks(path, blank: 2).count)]),
      right: double([Double(collapsed(path, blank: 2).count)]))
  }
  return Exhibit(
    "blanks that are removed first", wrong: "symbols.indices.filter { $0 == 0 || symbols[$0] != symbols[$0 - 1] }",
    right: "path.indices.filter { path[$0] != blank && ($0 == 0 || path[$0] != path[$0 - 1]) }",
    shows: trial("letters in aa␣ab", [0, 0, 2, 0, 1]), hides: trial("letters in aa␣b", [0, 0, 2, 1]),
    caughtBy: "§ 12.10: a blank keeps double letters")
}

private var endExhibit: Exhibit {
  func trial(_ input: String, continues: [Double]) -> Exhibit.Trial {
    let (r, q) = (double([1, 1]), Tensor([[40, 50], [60, 30]], scalarType: .double))
    return .init(
      input, wrong: Mistake.learningTargetsWithoutEnd(rewards: r, following: q, discount: 0.9),
      right: learningTargets(rewards: r, following: q, continues: double(continues), discount: 0.9))
  }
  return Exhibit(
    "targets that go on after the end", wrong: "(r + γ * q.max(axes: [1])).stopGradient",
    right: "(r + γ * continues * best).stopGradient",
    shows: trial("y of a move, and of the last one of an episode", continues: [1, 0]),
    hides: trial("two moves before the end", continues: [1, 1]),
    caughtBy: "§ 12.10: what follows the end of an episode does not count")
}
