import Checking
import Tensors
import Testing
import Theory
import ch11

@Suite("§ 11.10 The double descent experiment")
struct ClassificationDataTests {
  @Test("Listing 11.10: examples, labels and split are scikit-learn's, for three ways to draw the vertices")
  func scikitLearn() throws {
    let cases: [(String, ClassificationData)] = [
      ("Listing 11.10", ClassificationData()),
      ("a permutation of the vertices", ClassificationData(count: 51, features: 9, informative: 5, seed: 7)),
      (
        "all vertices", ClassificationData(count: 30, features: 6, informative: 2, redundant: 1, seed: 3)
      ),
    ]
    let references = try golden("theory_descent", as: Reference.self).data
    #expect(references.count == cases.count)
    for (name, data) in cases {
      let reference = try #require(references[name])
      #expect(data.labels == reference.labels, "\(name)")
      for (row, numbers) in zip([0, 17, data.labels.count - 1], reference.rows) {
        let distance = (data.examples[row] - Tensor(numbers, scalarType: .double)).abs().max().item
        #expect(distance <= 2e-15, "\(name), row \(row): \(distance)")
      }
      #expect(reference.all.deviation(of: data.examples) < 1e-13, "\(name)")
      let (train, test) = data.split()
      #expect(train.labels == reference.trainLabels && test.labels == reference.testLabels, "\(name)")
      #expect(reference.train.deviation(of: train.examples) < 1e-13, "\(name)")
      #expect(reference.test.deviation(of: test.examples) < 1e-13, "\(name)")
    }
  }

  @Test(
    "Listing 11.10: 140 training and 60 test examples of 20 numbers, targets ±1; wrong labels are as many as asked for")
  func sizes() {
    let (train, test) = ClassificationData().split()
    #expect(train.examples.shape == [140, 20] && test.examples.shape == [60, 20])
    #expect(Set(train.targets.scalars) == [-1, 1] && train.targets.sum().item == Double(2 * 73 - 140))
    let wrong = train.mislabeled(share: 0.2, random: RandomSource(seed: 1))
    #expect(zip(wrong.labels, train.labels).count { $0 != $1 } == 28 && wrong.examples == train.examples)
  }

  @Test("§ 11.10: random features on the split have their peak at p = n exactly, and end below the classical minimum")
  func features() throws {
    let split = ClassificationData().split()
    let sweep = try FeatureSweep(
      on: split.train, testing: split.test, last: 2_000, seeds: 9, random: RandomSource(seed: 1))
    let medians = sweep.counts.map(sweep.median(at:))
    let peak = zip(sweep.counts, medians).max { $0.1 < $1.1 }
    #expect(peak?.0 == 140 && (peak?.1 ?? 0) > 20, "\(medians)")
    let classical = zip(sweep.counts, medians).filter { $0.0 < 140 }.map(\.1).min() ?? 0
    #expect((medians.last ?? 9) < 0.85 * classical)
    // Every draw of the features has its largest error at n.
    let atThreshold = try #require(sweep.counts.firstIndex(of: 140))
    #expect(sweep.errors.indices.allSatisfy { $0 == atThreshold || sweep.errors[$0][4] < sweep.errors[atThreshold][4] })
  }

  @Test("§ 11.10: trained networks have their peak above p = n; with wrong labels the end is not below the start")
  func networks() {
    let (train, test) = ClassificationData().split()
    func medians(_ widths: [Int], wrong share: Double) -> WidthMedians {
      let random = RandomSource(seed: 2)
      return WidthMedians(
        (0..<3).map { _ in
          WidthSweep(
            widths: widths, on: train.mislabeled(share: share, random: random.split()), testing: test, steps: 1_500,
            random: random.split())
        })
    }
    let wrong = medians([1, 8, 20, 100], wrong: 0.2)
    #expect(wrong.rows.map(\.parameters) == [23, 177, 441, 2_201])
    let errors = wrong.rows.map(\.test)
    #expect(wrong.peak.width == 8 && errors[1] > 1.5 * errors[0] && errors[1] > 1.5 * errors[3], "\(errors)")
    #expect(errors[3] > errors[0])
    #expect(wrong.rows[2].training < 1e-4 && wrong.rows[0].training > 0.3)
    let clean = medians([1, 4, 8, 100], wrong: 0).rows.map(\.test)
    #expect(clean[3] < 0.85 * (clean[..<2].min() ?? 0) && clean[3] < clean[2], "\(clean)")
  }
}

private struct Reference: Decodable {
  let data: [String: Data]
  struct Data: Decodable {
    let labels, trainLabels, testLabels: [Int]
    let rows: [[Double]]
    let all, train, test: RecordedArray
  }
}
