import CNN
import Checking
import DataSets
import Running
import Tensors
import Testing
import Training
import ch04

@Suite("§ 4.9 Depthwise separable convolutions")
struct SeparableConvolutionTests {
  @Test(
    "§ 4.9: standard, depthwise and pointwise convolution take C_in C_out k², C_in k² and C_in C_out multiplications")
  func costs() {
    for k in [1, 2, 3] {
      for cost in countCosts(inputs: 6, outputs: 10, kernel: k, random: RandomSource(seed: 1)) {
        #expect(cost.counted == cost.formula, "\(cost.name), k = \(k)")
      }
    }
  }

  @Test("§ 4.9: the loops that count compute the convolution, groups included", arguments: [1, 2, 4])
  func loops(groups: Int) {
    let (x, K) = (spread([4, 6, 5]), spread([8, 4 / groups, 3, 3], offset: 40))
    let (y, multiplications) = countedConvolution(x, K, groups: groups)
    expectClose(y, convolution(x.expanded(axis: 0), K, groups: groups)[0], tolerance: 1e-13, scale: 1)
    #expect(multiplications == 8 * 4 / groups * 9 * 12)
  }

  @Test("(4.10): the ratio is 1/C_out + 1/k² for any C_in; for 256 filters of 3 × 3 the factor is 8.694")
  func ratio() {
    typealias Cost = MultiplicationsPerPosition
    for (C_in, C_out, k) in [(1, 1, 1), (3, 64, 3), (17, 5, 7), (512, 256, 3)] {
      let separable = Double(Cost.separable(inputs: C_in, outputs: C_out, kernel: k))
      let standard = Double(Cost.standard(inputs: C_in, outputs: C_out, kernel: k))
      #expect(abs(separable / standard - Cost.ratio(outputs: C_out, kernel: k)) < 1e-15)
    }
    #expect(abs(Cost.ratio(outputs: 256, kernel: 3) - 265.0 / 2_304) < 1e-16)
    #expect(abs(1 / Cost.ratio(outputs: 256, kernel: 3) - 8.694) < 5e-4)
    #expect(Cost.ratio(outputs: 1_000_000, kernel: 3) > 1.0 / 9)
    #expect(Cost.ratio(outputs: 1, kernel: 3) > 1)  // one filter: separable costs more
  }

  @Test("§ 4.9: multiplications of a layer are those for one position times the positions, for any stride and padding")
  func layers() {
    let random = RandomSource(seed: 1)
    let layer = SeparableConvolution(4, 6, kernel: 3, stride: 2, padding: 1, random: random)
    #expect(layer.depthwise.multiplications(height: 8, width: 7) == 4 * 9 * 16)
    #expect(layer.pointwise.multiplications(height: 4, width: 4) == 4 * 6 * 16)
    let dilated = Convolution(2, 3, kernel: 3, dilation: 2, random: random)
    #expect(dilated.multiplications(height: 9, width: 6) == dilated(.zeros([1, 2, 9, 6])).count * 2 * 9)
  }

  @Test(
    "§ 4.9: MobileNet has 4,231,976 parameters and 568,740,352 multiplications; standard: 29,294,088 and 4,867,293,184"
  )
  func mobileNet() {
    let plan = MobileNetworkPlan.mobileNet
    #expect(plan.parameterCount() == 4_231_976)
    #expect(plan.multiplications(size: 224) == 568_740_352)
    #expect(plan.parameterCount(separable: false) == 29_294_088)  // the authors state 29.3 million
    #expect(plan.multiplications(size: 224, separable: false) == 4_867_293_184)  // the authors state 4,866 million
  }

  @Test("§ 4.9: the network has the parameters of its plan, and its blocks the multiplications")
  func network() {
    let random = RandomSource(seed: 1)
    let network = MobileNetwork(.small, random: random)
    #expect(network.parameterCount == MobileNetworkPlan.small.parameterCount())
    #expect(unlistedParameters(in: network) == [] && unlistedParameters(in: network.blocks[0]) == [])
    #expect(network(random.normal([2, 3, 32, 32])).shape == [2, 10])
    let sides = [32, 16, 8, 8]
    let blocks = zip(network.blocks, sides).reduce(0) { sum, pair in
      let (layer, side) = (pair.0.convolution, pair.1)
      let half = side / layer.depthwise.stride
      return sum + layer.depthwise.multiplications(height: side, width: side)
        + layer.pointwise.multiplications(height: half, width: half)
    }
    let rest = network.stem.multiplications(height: 32, width: 32) + 1_280
    #expect(MobileNetworkPlan.small.multiplications(size: 32) == blocks + rest)
  }

  @Test("§ 4.9: the small MobileNet learns")
  func learns() throws {
    let data = try DataLibrary(directory: nil, environment: [:]).cifar10(drawn: 128, 50)
    let run = trainSmallMobileNet(on: data, plan: TrainingPlan(epochs: 4, batchSize: 16), random: RandomSource(seed: 1))
    let losses = run.history.losses
    #expect((losses.last ?? 9) < 0.9 * (losses.first ?? 0))
  }
}

@Suite("Exercise 4.4 Depthwise separable convolutions")
struct Exercise4_4Tests {
  @Test(
    "Exercise 4.4.1: as many groups as channels, then 1 × 1, is the full convolution with the product of both kernels")
  func factorized() {
    #expect(factorizedGap(random: RandomSource(seed: 3)) < 1e-13)
    let layer = SeparableConvolution(3, 5, kernel: 3, stride: 2, padding: 2, dilation: 2, random: RandomSource(seed: 4))
      .converted(to: .double)
    let x = spread([2, 3, 9, 8])
    let full = convolution(x, layer.fullKernel, bias: layer.fullBias, stride: 2, padding: 2, dilation: 2)
    expectClose(layer(x), full, tolerance: 1e-12, scale: 1)
    #expect(layer.depthwise.groups == 3 && layer.depthwise.weight.shape == [3, 1, 3, 3])
    #expect(layer.pointwise.weight.shape == [5, 3, 1, 1])
  }

  @Test("Exercise 4.4.1: the slice of the full kernel for each input channel has rank one")
  func rank() {
    let kernel = SeparableConvolution(2, 6, kernel: 3, random: RandomSource(seed: 5)).converted(to: .double).fullKernel
    for c in 0..<2 {
      let singular = LinearAlgebra.singularValues(kernel.sliced(c..<c + 1, axis: 1).reshaped([6, 9])).scalars
      #expect(singular[0] > 0.1 && singular[1] < 1e-14)
    }
  }

  @Test("Exercise 4.4.1: gradients of both parts and of the input are right")
  func gradients() {
    let layer = SeparableConvolution(2, 3, kernel: 3, stride: 2, padding: 1, random: RandomSource(seed: 6))
    let x = spread([2, 2, 5, 4])
    expectGradient(at: layer) { ($0(x).squared()).sum() }
    let double = layer.converted(to: .double)
    expectGradient(at: x) { double($0).squared().sum() }
  }

  @Test("Exercise 4.4.2: all six replaced, 170,472 parameters are left of 1,181,386: 6.93 times fewer")
  func parameters() {
    let random = RandomSource(seed: 1)
    let (standard, separable) = (ColorImageNetwork(random: random), separableColorNetwork(random: random))
    #expect(standard.parameterCount == 1_181_386)
    #expect(separable.parameterCount == 170_472)
    #expect(abs(Double(standard.parameterCount) / Double(separable.parameterCount) - 6.93) < 0.005)
    let sizes = compareSizes(random: random)
    #expect(sizes.map(\.separable) == [286, 4_800, 8_960, 17_792, 34_304, 68_352])
    #expect(sizes[5].standard == 590_080 && sizes[5].standardCost == 9 * 256 * 256 * 64)
    #expect(sizes[5].separableCost == (9 * 256 + 256 * 256) * 64)
  }

  @Test("Exercise 4.4.2: both networks are trained alike and evaluated")
  func training() throws {
    let data = try DataLibrary(directory: nil, environment: [:]).cifar10(drawn: 16, 8)
    let (network, result) = trainColorNetwork(
      separableColorNetwork(random:), "separable", on: data, seed: 1, plan: TrainingPlan(epochs: 2, batchSize: 16))
    #expect(result.history["test accuracy"].count == 2 && result.parameters == network.parameterCount)
    #expect((0...1).contains(result.testAccuracy) && result.history.losses.allSatisfy(\.isFinite))
  }

  @Test("Exercise 4.4.3: the pieces of work alternate, and each gets its median time")
  func times() {
    var order: [Int] = []
    let times = medianTimes([{ order.append(0) }, { order.append(1) }], rounds: 3)
    #expect(order == [0, 1, 0, 1, 0, 1, 0, 1] && times.count == 2 && times.allSatisfy { $0 >= 0 })
  }
}
