import CNN
import Checking
import Tensors
import Testing
import ch04

@Suite("§ 4.10 EfficientNet and ConvNeXt")
struct ModernArchitecturesTests {
  @Test("(4.11): α β² γ² = 1.920 with α = 1.2, β = 1.1, γ = 1.15, and d w² r² is its power φ")
  func product() {
    let scaling = CompoundScaling()
    #expect(abs(scaling.costFactor - 1.920) < 5e-4)
    for φ in [0, 0.5, 1, 3] {
      let (d, w, r) = (scaling.depth(φ), scaling.width(φ), scaling.resolution(φ))
      let power = CompoundScaling(depth: scaling.costFactor, width: 1, resolution: 1).depth(φ)
      #expect(abs(d * w * w * r * r - power) < 1e-12)
    }
  }

  @Test("(4.11): the multiplications of EfficientNet grow like (α β² γ²)^φ, up to the rounding of blocks and channels")
  func growth() {
    let growth = measureGrowth(upTo: 7)
    #expect(growth[0].measured == 1)
    for g in growth { #expect(g.measured > 0.85 * g.promised && g.measured < 1.35 * g.promised, "φ = \(g.φ)") }
  }

  @Test("(4.11): depth counts once, width and resolution twice: that is what β² and γ² are")
  func directions() {
    let directions = measureDirections()
    #expect(abs(directions[0].multiplications - 2) < 0.25)
    #expect(directions[1].multiplications > 3 && directions[1].multiplications < 4)
    #expect(abs(directions[2].multiplications - 4) < 0.05 && directions[2].parameters == 1)
  }

  @Test(
    "§ 4.10: EfficientNet-B0 has 5,288,548 parameters and 385,814,752 multiplications; B1, B4, B7 have published sizes"
  )
  func sizes() {
    let b0 = EfficientNetPlan.b0
    #expect(b0.size.parameters == 5_288_548)
    #expect(b0.size.multiplications == 385_814_752)
    func billions(_ d: Double, _ w: Double, _ resolution: Int) -> Double {
      var plan = b0.scaled(depth: d, width: w, resolution: 1)
      plan.resolution = resolution
      return Double(plan.size.multiplications) / 1e9
    }
    // What torchvision states for its networks.
    #expect(abs(billions(1.1, 1, 240) - 0.687) < 6e-4 && abs(billions(1.8, 1.4, 380) - 4.394) < 6e-4)
    #expect(abs(billions(3.1, 2, 600) - 37.746) < 6e-4)
    #expect(b0.scaled(depth: 1.1, width: 1, resolution: 1).size.parameters == 7_794_184)
    #expect(b0.scaled(depth: 1.8, width: 1.4, resolution: 1).size.parameters == 19_341_616)
    #expect(b0.scaled(depth: 3.1, width: 2, resolution: 1).size.parameters == 66_347_960)
  }

  @Test("§ 4.10: the network has the parameters of its plan, scaled or not, and lists them all")
  func network() {
    let random = RandomSource(seed: 1)
    for φ in [0.0, 1] {
      let plan = EfficientNetPlan.small.scaled(by: CompoundScaling(), φ)
      let network = EfficientNet(plan, random: random)
      #expect(network.parameterCount == plan.size.parameters)
      #expect(network(random.normal([1, 3, plan.resolution, plan.resolution])).shape == [1, 10])
      #expect(unlistedParameters(in: network) == [] && unlistedParameters(in: network.blocks[0]) == [])
    }
  }

  @Test("§ 4.10: squeeze and excitation multiplies each channel by a number between 0 and 1 that all pixels share")
  func excitation() {
    let layer = SqueezeAndExcitation(channels: 3, hidden: 2, random: RandomSource(seed: 2)).converted(to: .double)
    let x = 1.5 + spread([2, 3, 4, 4])
    let factors = layer(x) / x
    #expect(factors.variance(axes: [2, 3]).max().item < 1e-28)
    #expect(factors.min().item > 0 && factors.max().item < 1)
  }

  @Test("§ 4.10: ConvNeXt's block has 8 C² + 58 C parameters")
  func convNeXtBlock() {
    let block = ConvNeXtBlock(channels: 4, random: RandomSource(seed: 1))
    #expect(
      block.parameterCount == ConvNeXtBlock.parameterCount(channels: 4) && block.parameterCount == 8 * 16 + 58 * 4)
    #expect(ConvNeXtBlock.parameterCount(channels: 96) == 79_296)
  }

  @Test(
    "§ 4.10: with a small layer scale a new ConvNeXt block is almost the identity, and with zero it is the identity"
  )
  func layerScale() {
    let x = spread([1, 8, 9, 9])
    let block = ConvNeXtBlock(channels: 8, random: RandomSource(seed: 1)).converted(to: .double)
    let gap = (block(x) - x).abs().max().item
    #expect(gap > 0 && gap < 1e-5)
    #expect(ConvNeXtBlock(channels: 8, layerScale: 0, random: RandomSource(seed: 1)).converted(to: .double)(x) == x)
  }

  @Test("§ 4.10: a block of ConvNeXt takes 49 C + 8 C² multiplications for each pixel")
  func convNeXtCost() {
    let block = ConvNeXtBlock(channels: 6, random: RandomSource(seed: 1))
    let linear = block.widening.weight.count + block.narrowing.weight.count
    #expect(
      block.depthwise.multiplications(height: 5, width: 4) + 20 * linear
        == 20 * ConvNeXtBlock.multiplicationsPerPixel(channels: 6))
  }

  @Test("§ 4.10: ConvNeXt-T has 28,589,128 parameters, S 50,223,688, B 88,591,464")
  func convNeXtSizes() {
    let widths = [96, 192, 384, 768]
    #expect(ConvNeXt.parameterCount(depths: [3, 3, 9, 3], widths: widths, classes: 1_000) == 28_589_128)
    #expect(ConvNeXt.parameterCount(depths: [3, 3, 27, 3], widths: widths, classes: 1_000) == 50_223_688)
    #expect(
      ConvNeXt.parameterCount(depths: [3, 3, 27, 3], widths: widths.map { $0 * 4 / 3 }, classes: 1_000) == 88_591_464)
  }

  @Test("§ 4.10: a small ConvNeXt has the right count, lists its parameters and has the right derivatives")
  func convNeXt() {
    let random = RandomSource(seed: 1)
    let network = ConvNeXt(depths: [1, 2], widths: [2, 4], patch: 2, classes: 3, layerScale: 0.5, random: random)
    #expect(network.parameterCount == ConvNeXt.parameterCount(depths: [1, 2], widths: [2, 4], patch: 2, classes: 3))
    #expect(unlistedParameters(in: network) == [] && unlistedParameters(in: network.stages[0][0]) == [])
    let x = spread([1, 3, 8, 8])
    #expect(network.converted(to: .double)(x).shape == [1, 3])
    expectGradient(at: network, tolerance: 1e-6) { $0(x).squared().sum() }
  }

  @Test("factors below 1 and stages without widths stop with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) { _ = CompoundScaling(depth: 0.9) }
    await #expect(processExitsWith: .failure) {
      _ = ConvNeXt(depths: [1, 2], widths: [4], classes: 2, random: RandomSource(seed: 1))
    }
  }
}
