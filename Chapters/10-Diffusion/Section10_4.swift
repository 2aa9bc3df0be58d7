import DataSets
import Diffusion
import Figures
import GAN
import Messages
import Running
import Tensors

/// § 10.4: both processes as diagrams, as a strip of images, and as an animation.
public let section10_4 = Exercise(.section, "10.4", "Both processes, seen", seconds: 4, quick: 1) { run in
  run.show(chainDiagrams(), as: "chains")
  run.show(uNetDiagram(side: 28, UNetSizes()), as: "unet")

  let digits = try LabeledImages.opticalDigits().prefix(1_437)
  let processes = BothProcesses(
    centred(digits.images), showing: run.choose(quick: 4, standard: 16, full: 16), random: run.random.split(),
    look: run.sampling("reverse process", steps: 1_000))
  run.say(
    "The forward process makes noise of digits; the exact reverse process of the 1,437 digits makes digits of it.\n")
  run.show(processes.strip, as: "strip")
  let film = processes.animation
  run.show(film, as: "animation")
  let changed = processes.changedShare
  run.card("frames of the animation", Double(film.frames.count))
  run.card("largest distance to a digit of the set", processes.largestDistance)
  run.card("share that ends at another digit", changed)
}

/// The forward process from some digits to noise, and the exact reverse process from that noise. Figure 10.1
public struct BothProcesses: Sendable {
  /// x_t of the forward process and of the reverse process, each for t = 0, …, T. [N×1×8×8]
  public let forward, reverse: [Tensor]
  private let digits: Tensor

  /// Both processes of the first `count` digits of a set x₀, with the linear schedule. The reverse process is (10.20)
  /// with the noise that is expected if the data are this set. [M×1×8×8]
  public init(
    _ digits: Tensor, showing count: Int, random: RandomSource,
    look: (_ done: Int, _ x: Tensor) -> Bool = { _, _ in true }
  ) {
    let schedule = NoiseSchedule.linear()
    var (there, back) = ([digits[0..<count]], [Tensor]())
    let noise = schedule.chain(from: there[0], steps: schedule.steps, random: random) { _, x in there.append(x) }
    _ = Sampler.ddpm(schedule, rule: .posterior).sample(
      MemorizingPredictor(digits, schedule: schedule), from: noise, random: random
    ) { done, x in
      back.append(x)
      return look(done, x)
    }
    (forward, reverse, self.digits) = (there, back.reversed() + [noise], digits)
  }

  /// The largest distance of a result of the reverse process to its nearest digit of the set.
  public var largestDistance: Double {
    nearestRows(of: reverse[0].flattened(from: 1), in: digits.flattened(from: 1)).distances.max() ?? .nan
  }

  /// The share of results that are another digit than the one whose noise they began with.
  public var changedShare: Double {
    let numbers = nearestRows(of: reverse[0].flattened(from: 1), in: digits.flattened(from: 1)).numbers
    return Double(numbers.enumerated().count { $0.offset != $0.element }) / Double(numbers.count)
  }

  /// Two digits on their way to noise and back.
  public var strip: Panels {
    let times = [0, 50, 100, 200, 300, 500, 700, 1_000]
    let rows = [0, 1].flatMap { n in
      [forward, reverse].map { process in times.map { picture(shown(process[$0])[n]) } }
    }
    return sheet(
      ImageGrid(
        "Digits become noise, and noise becomes digits", rows: rows,
        rowTitles: ["forward →", "← reverse", "forward →", "← reverse"],
        columnTitles: times.map { $0 == 0 ? "t = 0" : "\($0)" }))
  }

  /// Both processes one after the other, with the images in rows of four, each pixel enlarged.
  public var animation: Animation {
    let there = (0...15).map { 1_000 * $0 * $0 / 225 }
    let back = (0...30).reversed().map { 1_000 * $0 * $0 / 900 }
    let frames = [(forward, there), (reverse, back)].flatMap { process, times in
      times.map { enlarged(Pixels(tiling: pictures(shown(process[$0])), columns: 4), by: 6) }
    }
    let captions = there.map { "q: t = \($0)" } + back.map { "p: t = \($0)" }
    let pause = 6  // the result stays for a while
    return Animation(
      "Noise and back", frames: frames + [Pixels](repeating: frames[frames.count - 1], count: pause),
      captions: captions + [String](repeating: "p: t = 0", count: pause), milliseconds: 120)
  }
}

/// A picture whose pixels are squares of n×n pixels.
public func enlarged(_ picture: Pixels, by n: Int) -> Pixels {
  let (width, height) = (picture.width * n, picture.height * n)
  let values = (0..<height).flatMap { y in
    (0..<width).map { x in picture.values[y / n * picture.width + x / n] }
  }
  return Pixels(width: width, height: height, values: values)
}

/// Figure 10.1: the chains of both processes.
public func chainDiagrams() -> Panels {
  func chain(_ title: String, _ names: [String], _ lines: [String]) -> Diagram {
    Diagram(
      title, quantities: [],
      nodes: names.indices.map { .init(names[$0], lines: [lines[$0]], inputs: $0 == 0 ? [] : [$0 - 1]) })
  }
  let names = ["x_0", "x_{t−1}", "x_t", "x_T"]
  let lines = ["data", "t − 1 steps", "t steps", "noise N(0, I)"]
  return Panels(
    "Figure 10.1: both processes", columns: 1,
    [
      chain("Forward, known: q(x_t | x_{t−1}) adds noise", names, lines),
      chain("Reverse, learned: p_θ(x_{t−1} | x_t) removes it", names.reversed(), lines.reversed()),
    ])
}

/// Figure 10.2: the U-Net for images of side × side pixels.
public func uNetDiagram(side: Int, _ sizes: UNetSizes) -> UDiagram {
  func maps(_ channels: Int, _ side: Int) -> String { "\(channels) × \(side) × \(side)" }
  let w = sizes.width
  var diagram = UDiagram(
    "Figure 10.2: the U-Net of Listing 10.8a",
    levels: [
      .init(down: .init("block 1", maps(w, side)), up: .init("block 5", maps(w, side))),
      .init(down: .init("block 2", maps(2 * w, side / 2)), up: .init("block 4", maps(2 * w, side / 2))),
    ], bottom: .init("block 3", maps(4 * w, side / 4)))
  (diagram.input, diagram.output) = ("x_t", "ε_θ")
  (diagram.across, diagram.below, diagram.above) = ("maps are joined", "max pooling", "transposed convolution")
  (diagram.mark, diagram.meaning) = ("t", "the embedded time is added to every channel between two convolutions")
  return diagram
}
