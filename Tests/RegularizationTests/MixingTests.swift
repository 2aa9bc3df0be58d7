import Checking
import Regularization
import Tensors
import Testing

@Suite("§ 3.7.2 Mixup")
struct MixupTests {
  private let x = spread([4, 1, 3, 3])
  private let y = Tensor.oneHot([0, 2, 1, 2], classes: 3, scalarType: .double)

  @Test("(3.23) gives xᵢ for λ = 1, xⱼ for λ = 0 and the mean for λ = 1/2; rows may have their own shares")
  func inputs() {
    let other = spread([4, 1, 3, 3], offset: 50)
    func number(_ λ: Double) -> Tensor { Tensor(λ, scalarType: .double) }
    #expect(mixed(x, other, share: number(1)) == x)
    #expect(mixed(x, other, share: number(0)) == other)
    expectClose(mixed(x, other, share: number(0.5)), (x + other) / 2, tolerance: 1e-15)
    let rows = mixed(x, other, share: Tensor([1, 0, 0.25, 0.5], scalarType: .double))
    #expect(rows[0] == x[0] && rows[1] == other[1])
    expectClose(rows[2], 0.25 * x[2] + 0.75 * other[2], tolerance: 1e-15)
  }

  @Test("(3.24): mixed labels sum to 1, and the batch mixes inputs and labels with the same share and partner")
  func targets() {
    // Eight examples that are their own labels, so a row shows which two were mixed.
    let labels = Tensor.identity(8, scalarType: .double)
    let batch = mixup(labels, labels, concentration: 4, using: RandomSource(seed: 3))
    expectClose(batch.targets.sum(axes: [1]), .ones([8], scalarType: .double), tolerance: 1e-15)
    #expect(batch.inputs == batch.targets)
    let own = (0..<8).map { batch.targets[$0, $0].item }
    let mixtures = (0..<8).filter { own[$0] < 1 }
    #expect(mixtures.count >= 4, "few are mixed with themselves")
    for i in mixtures { #expect(abs(own[i] - batch.shares[i].item) < 1e-15, "row \(i)") }
  }

  @Test("§ 3.7.2: λ ∼ Beta(α, α) has the mean 1/2 and the variance 1/(4(2α + 1))", arguments: [0.2, 1.0, 4.0])
  func shares(α: Double) {
    let n = 20_000
    let ones = Tensor.zeros([n, 1], scalarType: .double)
    let λ = mixup(ones, ones, concentration: α, using: RandomSource(seed: 8)).shares
    let variance = 1 / (4 * (2 * α + 1))
    #expect(abs(λ.mean().item - 0.5) < 4 * (variance / Double(n)).squareRoot())
    #expect(abs(λ.variance().item / variance - 1) < 0.03)
    #expect(λ.min().item >= 0 && λ.max().item <= 1)
  }

  @Test("§ 3.7.2: the loss of a mixed target is the mixture of the losses")
  func loss() {
    let z = spread([4, 3], offset: 9) * 3
    let labels = [[0, 2, 1, 2], [1, 1, 2, 0]]
    let y = labels.map { Tensor.oneHot($0, classes: 3, scalarType: .double) }
    let mixture = mixed(y[0], y[1], share: Tensor(0.3, scalarType: .double))
    let losses = labels.map { z.crossEntropy(labels: $0) }
    expectClose(crossEntropy(logits: z, targets: mixture), 0.3 * losses[0] + 0.7 * losses[1], tolerance: 1e-14)
    expectGradient(at: z, order: 2) { crossEntropy(logits: $0, targets: mixture) }
  }

  @Test("§ 3.7.2: batches that cannot be mixed stop with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) { _ = mixed(.zeros([2, 3]), .zeros([3, 2]), share: Tensor(0.5)) }
    await #expect(processExitsWith: .failure) { _ = mixed(.zeros([2, 3]), .zeros([2, 3]), share: .zeros([3])) }
    await #expect(processExitsWith: .failure) {
      _ = mixup(.zeros([2, 3]), .zeros([3, 2]), concentration: 1, using: RandomSource(seed: 1))
    }
    await #expect(processExitsWith: .failure) { _ = crossEntropy(logits: .zeros([2, 3]), targets: .zeros([2, 2])) }
  }
}

@Suite("§ 3.7.3 CutMix")
struct CutMixTests {
  private let x = spread([6, 2, 8, 10])
  private let y = Tensor.oneHot([0, 1, 2, 3, 4, 5], classes: 6, scalarType: .double)

  @Test("(3.25): outside the box every pixel comes from xᵢ, inside from xⱼ, in all channels")
  func pasting() {
    let box = CutBox(center: (4, 5), rows: 4, columns: 6, height: 8, width: 10)
    #expect(box.rows == 2..<6 && box.columns == 2..<8)
    let M = box.mask(scalarType: .double)
    #expect(M.shape == [8, 10])
    let (a, b) = (x[0..<1], x[1..<2])
    let image = pasted(a, b, mask: M.reshaped([1, 1, 8, 10]))
    for row in 0..<8 {
      for column in 0..<10 {
        let source = box.rows.contains(row) && box.columns.contains(column) ? b : a
        for plane in 0..<2 { #expect(image[0, plane, row, column] == source[0, plane, row, column]) }
      }
    }
  }

  @Test("(3.26): λ is the mean of the mask, for every box, and mixed labels sum to 1")
  func targets() {
    let random = RandomSource(seed: 5)
    for _ in 0..<200 {
      let box = CutBox.random(share: random.uniform(), height: 8, width: 10, using: random)
      #expect(abs(box.mask(scalarType: .double).mean().item - box.share) < 1e-12)
    }
    let batch = cutMix(x, y, using: random)
    expectClose(batch.targets.sum(axes: [1]), .ones([6], scalarType: .double), tolerance: 1e-15)
    // Target and image have the same share: the pixels still from xᵢ.
    for i in 0..<6 where batch.shares[i].item < 1 {
      let kept = (batch.inputs[i, 0] .== x[i, 0]).mean().item
      #expect(abs(kept - batch.shares[i].item) < 1e-12 || batch.targets[i, i].item == 1, "row \(i)")
    }
  }

  @Test("§ 3.7.3: λ = 1 − r_w r_h / (W H) is right inside the image, and on average 0.17 too small at the border")
  func clipped() {
    let inside = CutBox(center: (16, 16), rows: 10, columns: 20, height: 32, width: 32)
    #expect(inside.share == 1 - 200.0 / 1024)
    let corner = CutBox(center: (0, 0), rows: 32, columns: 32, height: 32, width: 32)
    #expect(corner.share == 0.75, "the formula with the sides before clipping gives 0")

    let random = RandomSource(seed: 1)
    var (gap, largest) = (0.0, 0.0)
    let n = 20_000
    for _ in 0..<n {
      let λ = random.uniform()
      let side = Double(Int((1 - λ).squareRoot() * 32))
      let difference = CutBox.random(share: λ, height: 32, width: 32, using: random).share - (1 - side * side / 1024)
      (gap, largest) = (gap + difference / Double(n), max(largest, difference))
    }
    #expect(abs(gap - 0.17) < 0.01, "found \(gap)")
    #expect(abs(gap - 43.0 / 240) < 0.02, "the value on a fine grid")
    #expect(largest > 0.68 && largest <= 0.75)
  }

  @Test("§ 3.7.3: a share of 1 cuts nothing; shares outside 0…1 and shapes that differ stop with a message")
  func edges() async {
    let box = CutBox.random(share: 1, height: 8, width: 10, using: RandomSource(seed: 1))
    #expect(box.share == 1 && box.mask().min().item == 1)
    await #expect(processExitsWith: .failure) {
      _ = CutBox.random(share: 1.5, height: 8, width: 10, using: RandomSource(seed: 1))
    }
    await #expect(processExitsWith: .failure) {
      _ = cutMix(.zeros([2, 3]), .zeros([2, 2]), using: RandomSource(seed: 1))
    }
    await #expect(processExitsWith: .failure) {
      _ = pasted(.zeros([1, 1, 2, 2]), .zeros([1, 1, 2, 3]), mask: .ones([1, 1, 2, 2]))
    }
  }
}
