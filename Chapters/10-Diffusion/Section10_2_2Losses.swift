import DataSets
import Diffusion
import Figures
import Messages
import Running
import Tensors

/// The least mean squared error of the noise for data of known law, at some steps. § 10.2.2
struct LeastLosses {
  private let schedule: NoiseSchedule
  private let times: [Int]

  /// The losses in the middle of intervals of this odd number of steps, so that their mean is nearly that over all t.
  init(_ schedule: NoiseSchedule, every interval: Int) {
    self.schedule = schedule
    times = Array(stride(from: (interval + 1) / 2, through: schedule.steps, by: interval))
  }

  /// The laws of the data, with the errors at all `times`.
  private func worlds() throws -> [(name: String, errors: [Double])] {
    let two = GaussianMixture([
      .init(weight: 1, mean: [-0.96], deviation: 0.28), .init(weight: 1, mean: [0.96], deviation: 0.28),
    ])
    let ring = GaussianMixture.ring(of: 8, radius: 2.0.squareRoot(), deviation: 0.1)
    let digits = LinearPredictor(
      fittedTo: centred(try smallDigits(.opticalDigits()).train.images), schedule: schedule)
    func linear(_ λ: Tensor) -> [Double] {
      let all = schedule.leastNoiseErrors(spectrum: λ).scalars
      return times.map { all[$0 - 1] }
    }
    func mixture(_ data: GaussianMixture, panels: Int) -> [Double] {
      times.map { data.leastNoiseError(signalShare: schedule.ᾱ[$0], panels: panels) }
    }
    return [
      ("N(0, 1)", linear(Tensor([1], scalarType: .double))),
      ("two peaks, variance 1", mixture(two, panels: 16)),
      ("ring of 8, variance 1", mixture(ring, panels: 6)),
      ("8×8 digits, linear predictor", linear(digits.spectrum)),
    ]
  }

  /// The errors at some steps, and on average over t.
  func table() throws -> Table {
    let shown = [0, times.count / 10, times.count / 4, times.count / 2, times.count - 1]
    return Table(
      "The least E(ε − ε_θ)² for each number, linear schedule",
      columns: ["data"] + shown.map { "t = \(times[$0])" } + ["mean over t"],
      rows: try worlds().map { name, errors in
        [.text(name)] + shown.map { .number(errors[$0], decimals: 4) }
          + [.number(errors.reduce(0, +) / Double(errors.count), decimals: 4)]
      })
  }

  /// The errors over t.
  func figure() throws -> LineChart {
    LineChart(
      "The least loss at every t; for the digits that of linear predictors", x: Axis("t"),
      y: Axis("least loss at t", range: 0...1),
      series: try worlds().map { Series($0.name, x: times.map(Double.init), $0.errors) })
  }
}
