import Checking
import DataSets
import Tensors
import Testing

@Suite("Data: a programmer's mistakes stop with a message")
struct DataMistakesTests {
  @Test("standardizing planes with other numbers of means and deviations")
  func standardize() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = LabeledImages(images: .zeros([1, 3, 2, 2]), labels: [0]).standardized(mean: [0, 0], deviation: [1])
    }
    #expect(
      message(result).contains(
        "cannot standardize 3 planes with 2 means and 1 deviations: use one of each for all planes"
      ))
  }

  @Test("splitting off more images than there are")
  func split() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let two = LabeledImages(images: .zeros([2, 1, 1, 1]), labels: [0, 1])
      _ = two.stratifiedSplit(first: 3, from: RandomSource(seed: 1))
    }
    #expect(message(result).contains("cannot split 3 images off 2: use a number from 0 to 2"))
  }

  @Test("drawing no images")
  func draw() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = LabeledImages.drawnDigits(count: 0, from: RandomSource(seed: 1))
    }
    #expect(message(result).contains("cannot draw 0 images"))
  }

  @Test("drawing points of no class, examples and sines with invalid numbers")
  func nothing() async {
    let points = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = LabeledPoints.rings(count: 5, rings: 0, from: RandomSource(seed: 1))
    }
    #expect(message(points).contains("cannot draw 5 points in 0 classes"))
    let examples = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = RegressionCurve.sine.sample(count: 0, noise: 0, from: RandomSource(seed: 1))
    }
    #expect(message(examples).contains("cannot draw 0 examples of sine"))
    let sines = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Sines(count: 2, length: 0, from: RandomSource(seed: 1))
    }
    #expect(message(sines).contains("cannot draw 2 sines of 0 steps"))
  }

  @Test("separating fields by a character of several bytes")
  func separator() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = try CSVTable(path: "t.csv", hasHeader: false, separator: "→")
    }
    #expect(message(result).contains("cannot separate the fields of a CSV file by →: use one ASCII character"))
  }

  @Test("encoding a row with other numbers than the columns of a table")
  func row() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let text = "x,y,kind\n" + (0..<10).map { "\($0),1,\($0 % 2)\n" }.joined()
      try TemporaryFolder.temporary { folder in
        let path = try folder.write(text, "table.csv")
        let table = try TableClassification(path: path, target: "kind", random: RandomSource(seed: 1))
        _ = table.encoding([[1, 2], [3]])
      }
    }
    #expect(message(result).contains("cannot encode a row of 1 numbers: the columns are x, y"))
  }
}
