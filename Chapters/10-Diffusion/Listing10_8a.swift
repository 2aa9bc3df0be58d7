import Diffusion
import Figures
import Messages
import Running
import Tensors

/// Listing 10.8a: the time embedding, the blocks and the U-Net, with its parameters.
public let listing10_8a = Exercise(.listing, "10.8a", "The U-Net and its parameters", seconds: 1, quick: 1) { run in
  run.say(
    "As printed, the listing stops in its constructor: GroupNorm(8, 1) cannot divide 1 channel into 8 groups.\n"
      + "Here a single channel is one group, and a convolution, the stem, can widen the image before it.\n")
  run.show(partTable(), as: "parameters")
  run.show(uNetDiagram(side: 28, UNetSizes()), as: "unet")
  run.show(amplitudeTable(random: run.random.split()), as: "amplitude")

  let model = UNet(random: run.random.split())
  let images = run.random.split().normal([2, 1, 28, 28])
  let noise = model.noise(in: images, at: [1, 1_000])
  run.say("Images \(images.shape) and t = 1, 1,000 give noise \(noise.shape).\n")
  run.parameters = model.parameterCount
  run.card("parameters without a stem, 8 groups at most", Double(listedUNet().parameterCount))
  run.card("multiplications for an image of 28×28, millions", Double(model.multiplications(side: 28)) / 1e6)
}

/// The network of the listing with as few changes as possible: without a stem.
func listedUNet() -> UNet {
  var sizes = UNetSizes()
  sizes.hasStem = false
  return UNet(sizes, random: RandomSource(seed: 1))
}

/// The parameters of each part of Listing 10.8a: as listed, with a stem, and half as wide.
public func partTable() -> Table {
  var half = UNetSizes()
  half.width = 16
  let networks = [listedUNet(), UNet(random: RandomSource(seed: 1)), UNet(half, random: RandomSource(seed: 1))]
  let parts: [(name: String, maps: String, count: (UNet) -> Int)] = [
    ("time_embed", "128", { $0.time.parameterCount }), ("stem", "32×28×28", { $0.stem.parameterCount }),
    ("enc1", "32×28×28", { $0.down1.parameterCount }), ("enc2", "64×14×14", { $0.down2.parameterCount }),
    ("bot", "128×7×7", { $0.bottom.parameterCount }), ("up2", "64×14×14", { $0.widen2.parameterCount }),
    ("dec2", "64×14×14", { $0.up2.parameterCount }), ("up1", "32×28×28", { $0.widen1.parameterCount }),
    ("dec1", "32×28×28", { $0.up1.parameterCount }), ("out", "1×28×28", { $0.output.parameterCount }),
  ]
  let rows: [[Table.Cell]] = parts.map { part in
    [.text(part.name), .text(part.maps)] + networks.map { .integer(part.count($0)) }
  }
  let sums: [Table.Cell] = networks.map { .integer($0.parameterCount) }
  return Table(
    "The parts of Listing 10.8a", columns: ["part", "output", "as listed", "with a stem", "width 16"],
    rows: rows + [[.text("all"), .text("")] + sums])
}

/// How the normalized and convolved image of the first block changes if the image gets brighter or has more contrast.
/// § 10.5
public func amplitudeTable(random: RandomSource) -> Table {
  let (bare, stem) = (listedUNet(), UNet(random: RandomSource(seed: 1)))
  let x = random.normal([1, 1, 28, 28])
  func response(_ model: UNet, _ x: Tensor) -> Tensor {
    model.down1.convolution1(model.down1.norm1(model.stem?(x) ?? x, then: .silu))
  }
  func change(_ model: UNet, _ changed: Tensor) -> Double {
    let y = response(model, x)
    return (response(model, changed) - y).norm().item / y.norm().item
  }
  let images: [(String, Tensor)] = [("2 x", 2 * x), ("x/4", x / 4), ("x + 1", x + 1)]
  return Table(
    "Relative change of the first block's maps, before the time is added",
    columns: ["image", "one channel, one group", "behind a stem"],
    rows: images.map { name, image in
      [.text(name), .number(change(bare, image), decimals: 4), .number(change(stem, image), decimals: 4)]
    })
}
