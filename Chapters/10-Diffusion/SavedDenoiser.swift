import DataSets
import Diffusion
import Files
import Messages
import Running
import Tensors

// A trained U-Net as a file.

extension TrainedDenoiser {
  /// Keeps the averaged network among the results of a run, with its sizes.
  func keep(in run: Run) throws {
    let sizes = average.sizes
    try run.keep(
      average,
      metadata: [
        "model": "UNet", "channels": "\(sizes.channels)", "width": "\(sizes.width)", "time": "\(sizes.time)",
        "side": "\(side)",
      ], as: "model")
  }

  /// The network that the reader names with `--from`, or nil.
  static func loaded(in run: Run) throws -> TrainedDenoiser? {
    guard let path = run.options.generation.model else { return nil }
    let file = try SafetensorsFile(path: path)
    func number(_ key: String, in range: ClosedRange<Int>) throws -> Int {
      guard file.metadata["model"] == "UNet", let number = file.metadata[key].flatMap({ Int($0) }),
        range.contains(number)
      else {
        throw DataError(
          attempted: "sample with the model in \(path)",
          found: "its \(key) is '\((file.metadata[key] ?? "").excerpt)'",
          advice: "Use a file saved by listing 10.8b")
      }
      return number
    }
    var sizes = UNetSizes()
    sizes.channels = try number("channels", in: 1...4)
    sizes.width = try number("width", in: 8...256)
    sizes.time = try number("time", in: 4...1_024)
    var model = UNet(sizes, random: RandomSource(seed: 1))
    try load(into: &model, from: path)
    return TrainedDenoiser(loaded: model, side: try number("side", in: 8...64))
  }
}
