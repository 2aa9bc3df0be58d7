import Checking
import Diffusion
import Tensors
import Testing
import Transformer
import ch10

@Suite("§ 10.5.1  The time embedding")
struct TimeEmbeddingTests {
  @Test(
    "Listing 10.8a: sines, then cosines, of frequencies from 1 to 1/10,000 in equal ratios", arguments: [4, 6, 128])
  func listed(d: Int) {
    let t = [0.0, 1, 2.5, 999]
    let codes = timeEmbedding(t, dimension: d, scalarType: .double)
    let half = d / 2
    #expect(codes.shape == [4, d])
    #expect(codes[0].scalars == [Double](repeating: 0, count: half) + [Double](repeating: 1, count: half))
    // sin² + cos² = 1 for each frequency, and t = 1 shows the frequencies themselves.
    let squares = codes.squared()
    expectClose(
      squares.sliced(0..<half, axis: 1) + squares.sliced(half..<d, axis: 1), .ones([4, half], scalarType: .double),
      tolerance: 1e-14)
    let ω = (0..<half).map { Tensor(1e-4, scalarType: .double).power(Double($0) / Double(half - 1)).item }
    expectClose(codes[1].sliced(0..<half, axis: 0), Tensor(ω, scalarType: .double).sin(), tolerance: 1e-13)
    #expect(abs(ω[half - 1] - 1e-4) < 1e-17)
  }

  @Test("(10.19) is the code of positions of chapter 7, (7.4) and (7.5), at any steps in any order")
  func formula() {
    let codes = interleavedTimeEmbedding([7, 0, 999], dimension: 16, scalarType: .double)
    #expect(codes == sinusoidalPositions(1_000, 16, scalarType: .double).gathered([7, 0, 999]))
    let ω = Tensor(10_000, scalarType: .double).power(-6.0 / 16).item
    #expect(abs(codes[0, 6].item - Tensor(7 * ω, scalarType: .double).sin().item) < 1e-14)
    #expect(abs(codes[0, 7].item - Tensor(7 * ω, scalarType: .double).cos().item) < 1e-14)
  }

  @Test("(10.19), Listing 10.8a: the two forms differ by up to 2.0, also in the same order: their frequencies differ")
  func difference() {
    let (d, t) = (128, Array(0..<1_000))
    let listed = timeEmbedding(t.map(Double.init), dimension: d, scalarType: .double)
    let formula = interleavedTimeEmbedding(t, dimension: d, scalarType: .double)
    let ordered = sinesFirst(formula)
    #expect((formula - listed).abs().max().item > 1.99 && (ordered - listed).abs().max().item > 1.99)
    #expect(abs(listed[1, 63].item - 1e-4) < 1e-9 && abs(ordered[1, 63].item - 1.1548e-4) < 1e-8)
    #expect(sinesFirst(Tensor([[0, 1, 2, 3]])) == Tensor([[0, 2, 1, 3]]))
    #expect(embeddingTable().text.contains("2.000  1.15e-04"))
  }

  @Test("§ 10.5.1: steps are told apart; times from 0 to 1 are not, unless they are multiplied by 1,000 first")
  func range() {
    func gap(_ a: Double, _ b: Double) -> Double {
      let codes = timeEmbedding([a, b], dimension: 128, scalarType: .double)
      return (codes[1] - codes[0]).norm().item
    }
    #expect(gap(500, 501) > 1.9 && gap(0.500, 0.501) < 0.003 && gap(1_000 * 0.500, 1_000 * 0.501) > 1.9)
  }

  @Test("§ 10.5.1: an odd dimension and d = 2, which divide by 0 or lose a number in the listing, stop with a sentence")
  func mistakes() async {
    let odd = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = timeEmbedding([1], dimension: 7)
    }
    expectMessage(odd, "cannot embed time in 7 numbers: an even number from 4 on is needed")
    let two = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = timeEmbedding([1], dimension: 2)
    }
    expectMessage(two, "cannot embed time in 2 numbers")
    let negative = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = interleavedTimeEmbedding([-1], dimension: 8)
    }
    expectMessage(negative, "cannot embed the steps [-1]")
  }
}
