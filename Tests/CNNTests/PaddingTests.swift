import CNN
import Checking
import Tensors
import Testing

@Suite("§ 4.2.2 Borders around the image")
struct PaddingTests {
  private let x = Tensor([[1, 2, 3], [4, 5, 6], [7, 8, 9]], scalarType: .double)

  @Test("§ 4.2.2: every mode keeps the image inside", arguments: PaddingMode.allCases)
  func inside(mode: PaddingMode) {
    let y = padded(x, by: 2, mode: mode, random: RandomSource(seed: 1))
    #expect(y.shape == [7, 7])
    #expect(y.sliced(2..<5, axis: 0).sliced(2..<5, axis: 1) == x)
  }

  @Test("§ 4.2.2: the first row of each border follows its mode")
  func borders() {
    func row(_ mode: PaddingMode) -> [Double] { padded(x, by: 2, mode: mode)[0].scalars }
    #expect(row(.zero) == [0, 0, 0, 0, 0, 0, 0])
    #expect(row(.nearest) == [1, 1, 1, 2, 3, 3, 3])
    #expect(row(.reflect) == [9, 8, 7, 8, 9, 8, 7])
    #expect(row(.circular) == [5, 6, 4, 5, 6, 4, 5])
  }

  @Test("§ 4.2.2: a random border is between the smallest and the largest number, and differs from draw to draw")
  func random() {
    let random = RandomSource(seed: 2)
    let draws = (0..<2).map { _ in padded(x, by: 3, mode: .random, random: random) }
    for y in draws { #expect(y.min().item >= 1 && y.max().item <= 9) }
    #expect(draws[0] != draws[1])
    #expect(padded(x, by: 3, mode: .random, random: RandomSource(seed: 2)) == draws[0])
  }

  @Test("§ 4.2.2: derivatives pass through every border, through a random one to the image alone")
  func derivatives() {
    let weights = spread([7, 7])
    for mode in PaddingMode.allCases where mode != .random {
      expectGradient(at: x) { (padded($0, by: 2, mode: mode) * weights).sum() }
    }
    let g = gradient(at: x) { (padded($0, by: 2, mode: .random, random: RandomSource(seed: 3)) * weights).sum() }
    expectClose(g, weights.sliced(2..<5, axis: 0).sliced(2..<5, axis: 1), tolerance: 1e-15)
  }

  @Test("borders that a mode cannot fill stop with a message that names both")
  func mistakes() async {
    await #expect(processExitsWith: .failure) { _ = padded(Tensor.ones([3, 3]), by: 3, mode: .reflect) }
    await #expect(processExitsWith: .failure) { _ = padded(Tensor.ones([3, 3]), by: 4, mode: .circular) }
    await #expect(processExitsWith: .failure) { _ = padded(Tensor.ones([3, 3]), by: 1, mode: .random) }
  }
}
