import CNN
import Checking
import Diffusion
import Foundations
import Tensors
import Testing
import ch10

@Suite("§ 10.5, Listing 10.8a  The U-Net")
struct UNetTests {
  private static func network(_ change: (inout UNetSizes) -> Void = { _ in }) -> UNet {
    var sizes = UNetSizes()
    (sizes.width, sizes.time) = (8, 16)
    change(&sizes)
    return UNet(sizes, random: RandomSource(seed: 1)).converted(to: .double)
  }

  private let x = spread([3, 1, 8, 8])

  @Test(
    "Listing 10.8a: 545,795 parameters with groups that divide the channels, 555,041 with a stem, 162,129 at width 16")
  func parameters() {
    func count(_ change: (inout UNetSizes) -> Void) -> Int {
      var sizes = UNetSizes()
      change(&sizes)
      return UNet(sizes, random: RandomSource(seed: 1)).parameterCount
    }
    #expect(count { $0.hasStem = false } == 545_795)
    #expect(count { _ in } == 555_041)
    #expect(count { $0.width = 16 } == 162_129)
    // The last row is the sum of the parts.
    let counts = partTable().numbers
    #expect(counts[10] == [545_795, 555_041, 162_129])
    #expect((0..<3).allSatisfy { column in counts.dropLast().reduce(0) { $0 + $1[column] } == counts[10][column] })
  }

  @Test("§ 10.5: every parameter of every part has a gradient, also with attention")
  func gradients() {
    let model = Self.network { $0.hasAttention = true }
    #expect(unlistedParameters(in: model).isEmpty && unlistedParameters(in: model.down1).isEmpty)
    let slopes = gradient(at: model) {
      ($0.noise(in: x, at: [1, 400, 1_000]) * spread([3, 1, 8, 8], offset: 9)).sum()
    }
    let silent = zip(model.parameterNames, slopes.parameters).filter { $0.1.abs().max().item < 1e-9 }.map(\.0)
    // A constant that is added to all keys does not change the softmax over them.
    #expect(silent == ["attention.attention.key.bias"])
  }

  @Test("§ 10.5, (10.19): the prediction depends on t, but not on the other images and their times")
  func time() {
    let model = Self.network()
    let all = model.noise(in: x, at: [1, 400, 1_000])
    for (n, t) in [1, 400, 1_000].enumerated() {
      expectClose(model.noise(in: x[n..<n + 1], at: [t]), all[n..<n + 1], tolerance: 1e-12, scale: 1)
    }
    let other = model.noise(in: x, at: [2, 500, 10])
    #expect((0..<3).allSatisfy { (other[$0] - all[$0]).norm().item > 1e-3 * all[$0].norm().item })
    // Step t of the notes is t − 1 of the listing.
    let code = timeEmbedding([0, 399, 999], dimension: 16, scalarType: .double)
    #expect(model(x, time: code) == all)
  }

  @Test(
    "§ 10.5: every block adds the time to its channels; alone in its group a channel would forget it",
    arguments: [8, 16])
  func blocks(channels: Int) {
    let block = TimeBlock(channels, channels, time: 6, random: RandomSource(seed: 2)).converted(to: .double)
    let (x, t) = (spread([1, channels, 4, 4]), spread([2, 6], offset: 5))
    let (a, b) = (block(x, time: t[0..<1]), block(x, time: t[1..<2]))
    #expect((a - b).norm().item > 1e-2 * a.norm().item)
    // The time only shifts channels: a normalization of each channel alone removes it.
    let h = block.convolution1(block.norm1(x, then: .silu))
    let shift = block.time(t[0..<1].activated(by: .silu)).expanded(axis: 2).expanded(axis: 3)
    let alone = { (h: Tensor) in
      groupNormalized(h, groups: channels, scale: block.norm2.scale, shift: block.norm2.shift)
    }
    expectClose(alone(h + shift), alone(h), tolerance: 1e-10, scale: 1)
    #expect((block.norm2(h + shift) - block.norm2(h)).norm().item > 1e-2)
  }

  @Test("§ 10.5: one channel in one group forgets brightness and contrast; behind a stem the first block sees them")
  func stem() {
    func response(_ model: UNet, _ x: Tensor) -> Tensor {
      model.down1.convolution1(model.down1.norm1(model.stem?(x) ?? x, then: .silu))
    }
    func change(_ model: UNet, _ changed: Tensor) -> Double {
      let y = response(model, x)
      return (response(model, changed) - y).norm().item / y.norm().item
    }
    let (bare, stem) = (Self.network { $0.hasStem = false }, Self.network())
    for changed in [2 * x, x + 1, 3 * x - 2] {
      #expect(change(bare, changed) < 1e-3 && change(stem, changed) > 0.05)
    }
    #expect(amplitudeTable(random: RandomSource(seed: 3)).rows.count == 3)
  }

  @Test("§ 10.5: the levels on the way up read the maps of the way down; without skip connections they read zeros")
  func skips() {
    // The upper half of the last block's 16 channels comes from the way down: zeros are not changed by a factor.
    func scaled(_ model: UNet) -> Tensor {
      var model = model
      let factors = Tensor((0..<16).map { $0 < 8 ? 1 : 5 }, scalarType: .double)
      model.up1.norm1.scale = factors * model.up1.norm1.scale
      return model.noise(in: x, at: [1, 2, 3])
    }
    let (with, without) = (Self.network(), Self.network { $0.hasSkips = false })
    #expect(with.parameterCount == without.parameterCount)
    #expect(scaled(without) == without.noise(in: x, at: [1, 2, 3]))
    #expect((scaled(with) - with.noise(in: x, at: [1, 2, 3])).abs().max().item > 0.01)
  }

  @Test("§ 10.5: attention moves what any place says to all places, and permuted places give permuted results")
  func attention() {
    let layer = MapAttention(channels: 8, random: RandomSource(seed: 3)).converted(to: .double)
    let x = spread([1, 8, 7, 7])
    let y = layer(x)
    #expect(y.shape == [1, 8, 7, 7])
    let corner = Tensor((0..<49).map { $0 == 0 ? -1 : 1 }, shape: [7, 7], scalarType: .double)
    let reach = (layer(corner * x) - y).abs().max(axes: [0, 1])
    #expect(reach.min().item > 1e-9, "a convolution of 3×3 would reach 4 of 49 places")
    let order = RandomSource(seed: 4).permutation(49)
    let permuted = x.reshaped([1, 8, 49]).gathered(order, axis: 2).reshaped([1, 8, 7, 7])
    expectClose(
      layer(permuted).reshaped([1, 8, 49]), y.reshaped([1, 8, 49]).gathered(order, axis: 2), tolerance: 1e-12, scale: 1)
  }

  @Test("§ 10.5, Listing 10.8a: sides that 4 does not divide, and other misfits, stop with a sentence")
  func mistakes() async {
    let side = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = UNet(random: RandomSource(seed: 1)).noise(in: .zeros([2, 1, 30, 28]), at: [1, 1])
    }
    expectMessage(side, "cannot predict the noise in images [2×1×30×28] with times [2×128]")
    let times = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = UNet(random: RandomSource(seed: 1)).noise(in: .zeros([2, 1, 28, 28]), at: [1])
    }
    expectMessage(times, "with times [1×128]: images [N×1×H×W] with sides that 4 divides and times [N×128] are needed")
    let width = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var sizes = UNetSizes()
      sizes.width = 12
      _ = UNet(sizes, random: RandomSource(seed: 1))
    }
    expectMessage(width, "cannot make a U-Net of width 12 for images of 1 channels")
  }
}
