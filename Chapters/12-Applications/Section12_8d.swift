import Applications
import DataSets
import Figures
import Foundations
import Messages
import Running
import Tensors

/// § 12.8, box: a small network learns from a large one's outputs, on images with and without labels.
public let section12_8d = Exercise(.section, "12.8d", "Distillation", seconds: 20) { run in
  var workshop = try DigitWorkshop(run)
  let few = workshop.seen.stratifiedSplit(first: 150, from: RandomSource(seed: 8)).first
  let teacher = workshop.taught(MLP([64, 256, 256, 10], random: run.random.split()), few, steps: 800, "teacher")
  let informed = workshop.teacher()
  let students = run.choose(quick: 1, standard: 10, full: 40)
  let lessons: [(name: String, images: LabeledImages, teacher: MLP?)] = [
    ("150 labels", few, nil), ("the same 150, by the teacher", few, teacher),
    ("1,297 without labels, by the teacher", workshop.seen, teacher),
    ("the same 150, by the informed teacher", few, informed),
    ("1,297 without labels, by the informed teacher", workshop.seen, informed), ("1,297 labels", workshop.seen, nil),
  ]
  let found = lessons.map { lesson in
    let logits = lesson.teacher.map { $0(lesson.images.images) }
    return (
      lesson.name,
      (1...students).map { number in
        let student = MLP([64, 8, 10], activation: .tanh, random: RandomSource(seed: UInt64(number)))
        let label = "\(lesson.name), student \(number) of \(students)"
        guard let logits else {
          return workshop.score(workshop.taught(student, lesson.images, steps: 1_500, rate: 5e-3, label))
        }
        let learned = workshop.trained(
          student, examples: lesson.images.count, steps: 1_500, rate: 5e-3, label
        ) { model, batch in
          softTargetLoss(
            student: model(lesson.images.images.gathered(batch)), teacher: logits.gathered(batch),
            temperature: temperature)
        }
        return workshop.score(learned)
      }
    )
  }
  let teachers = [("150 labels", workshop.score(teacher)), ("1,297 labels", workshop.score(informed))]
  run.show(lessonTable(found, teacher.parameterCount, teachers), as: "students")
  run.show(lessonFigure(found), as: "students")
  run.card("accuracy of the teacher", teachers[0].1)
  for (name, scores) in found { run.card("mean accuracy of a student, \(name)", mean(scores)) }
  workshop.cardFootprint()
}

/// The temperature T of the soft targets.
private let temperature = 4.0

private func mean(_ x: [Double]) -> Double { x.reduce(0, +) / Double(x.count) }

private func lessonTable(_ found: [(String, [Double])], _ size: Int, _ teachers: [(String, Double)]) -> Table {
  let small = MLP.parameterCount(widths: [64, 8, 10])
  let rows =
    teachers.map { ("teacher 64-256-256-10", $0.0, size, [$0.1]) }
    + found.map { ("student 64-8-10", $0.0, small, $0.1) }
  return Table(
    "§ 12.8: accuracy on 500 unseen digits; \(found.first?.1.count ?? 0) students for each lesson",
    columns: ["network", "learns from", "parameters", "mean", "lowest", "highest"],
    rows: rows.map { network, lesson, count, scores in
      [
        .text(network), .text(lesson), .integer(count), .number(mean(scores), decimals: 3),
        .number(scores.min() ?? .nan, decimals: 3), .number(scores.max() ?? .nan, decimals: 3),
      ]
    })
}

/// Students of the two teachers on labelled and on unlabelled images, beside students without a teacher.
private func lessonFigure(_ found: [(String, [Double])]) -> BarChart {
  func series(_ name: String, _ places: [Int]) -> Series {
    Series(
      name, x: places.indices.map(Double.init), places.map { mean(found[$0].1) },
      band: (places.map { found[$0].1.min() ?? .nan }, places.map { found[$0].1.max() ?? .nan }))
  }
  return BarChart(
    "Distillation: a teacher helps with what the student has not seen",
    categories: ["on 150 labelled images", "on 1,297 images without labels"],
    y: Axis("accuracy of a student, mean and range", range: 0.85...1),
    series: [
      series("no teacher, 150 labels", [0, 0]), series("teacher of 150 labels", [1, 2]),
      series("teacher of 1,297 labels", [3, 4]),
    ], format: "%.3f")
}
