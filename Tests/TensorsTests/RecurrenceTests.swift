import Checking
import Kernels
import Tensors
import Testing

@Suite("Recurrent layers")
struct RecurrenceTests {
  @Test(
    "states are those of each sequence alone, number by number",
    arguments: RecurrenceCase.awkward + RecurrenceCase.large)
  func values(_ c: RecurrenceCase) {
    for (part, expected) in zip(c.run(c.tensors), oneByOne(c)) {
      expectClose(part.converted(to: .double), expected, tolerance: c.tolerance, scale: 1)
    }
  }

  @Test(
    "the kernel's derivatives are those of the plain definition",
    arguments: RecurrenceCase.awkward + RecurrenceCase.large)
  func derivatives(_ c: RecurrenceCase) {
    let fast = gradient(at: c.tensors) { weighted(c.run($0)) }
    // Inside another recording, derivatives are those of the definition.
    let (defined, _) = valueWithPullback(at: Tensor(1, scalarType: c.type)) { one in
      let gradients = gradient(at: c.tensors.map { $0 * one }) { weighted(c.run($0)) }
      return Tensor.concatenated(gradients.map { $0.flattened(from: 0) }, axis: 0)
    }
    let all = Tensor.concatenated(fast.map { $0.flattened(from: 0) }, axis: 0)
    let scale = defined.count == 0 ? 1 : Swift.max(1, defined.abs().max().item)
    expectClose(all, defined, tolerance: 4 * c.tolerance, scale: scale)
  }

  @Test("results are bit for bit the same on any number of threads", arguments: RecurrenceCase.large)
  func threads(_ c: RecurrenceCase) {
    let results = [1, 2, 3].map { threads in
      ThreadLimit.$current.withValue(threads) {
        c.run(c.tensors) + gradient(at: c.tensors) { weighted(c.run($0)) }
      }
    }
    #expect(results[0] == results[1])
    #expect(results[0] == results[2])
  }

  @Test("elements beyond the end of a sequence do not matter, not even NaN", arguments: [1, 3, 4], [false, true])
  func padding(gates: Int, reversed: Bool) {
    let c = RecurrenceCase(gates: gates, reversed: reversed, type: .double)
    var spoiled = c.tensors
    for (n, length) in (c.lengths ?? []).enumerated() {
      for t in length..<c.time { spoiled[0][n, t] = Tensor(repeating: .nan, [c.inputs], scalarType: .double) }
    }
    #expect(c.run(spoiled) == c.run(c.tensors))
    let gradients = [spoiled, c.tensors].map { gradient(at: $0) { weighted(c.run($0)) } }
    #expect(gradients[0] == gradients[1])
    for (n, length) in (c.lengths ?? []).enumerated() {
      for t in length..<c.time {
        #expect(gradients[0][0][n, t] == Tensor.zeros([c.inputs]))
        #expect(c.run(spoiled)[0][n, t] == Tensor.zeros([c.hidden]))
      }
    }
  }

  @Test("NaN in an element reaches all later states of its sequence and no others", arguments: [1, 3, 4])
  func nan(gates: Int) {
    let c = RecurrenceCase(gates: gates, isRagged: false)
    var tensors = c.tensors
    tensors[0][1, 2, 0] = Tensor(.nan)
    let parts = c.run(tensors)
    let sound = c.run(c.tensors)
    #expect(parts[0][1, 2].scalars.allSatisfy { $0.isNaN } && parts[0][1, 3].scalars.allSatisfy { $0.isNaN })
    #expect(parts.dropFirst().allSatisfy { $0[1].scalars.allSatisfy { $0.isNaN } })
    #expect(parts[0][1, 1] == sound[0][1, 1] && parts[0][0] == sound[0][0] && parts[0][2] == sound[0][2])
    let slopes = gradient(at: tensors) { weighted(c.run($0)) }
    #expect(slopes[2].scalars.allSatisfy { $0.isNaN })
    #expect(slopes[0][0].scalars.allSatisfy { $0.isFinite })
  }

  @Test("reading backward equals reading the flipped sequence forward", arguments: [1, 3, 4])
  func flipped(gates: Int) {
    let forward = RecurrenceCase(gates: gates, isRagged: false)
    var backward = forward
    backward.reversed = true
    var tensors = forward.tensors
    tensors[0] = tensors[0].flipped(axis: 1)
    let (a, b) = (forward.run(tensors), backward.run(forward.tensors))
    #expect(a[0].flipped(axis: 1) == b[0] && a[1] == b[1] && a.last == b.last)
  }

  @Test("unrequested derivatives are not computed, and the others do not change", arguments: [1, 3, 4])
  func partial(gates: Int) {
    let c = RecurrenceCase(gates: gates, type: .double)
    let all = gradient(at: c.tensors) { weighted(c.run($0)) }
    for wanted in c.tensors.indices {
      let one = gradient(at: c.tensors[wanted]) { tensor in
        var tensors = c.tensors
        tensors[wanted] = tensor
        return weighted(c.run(tensors))
      }
      #expect(one == all[wanted])
    }
  }

  @Test(
    "states of sequences of lengths 2 and 3 are those of another implementation",
    arguments: RecurrenceCase.recorded.indices)
  func golden(_ index: Int) {
    let (gates, reversed, numbers) = RecurrenceCase.recorded[index]
    let shapes: [Shape] = [[2, 3, 2], [2 * gates, 2], [2 * gates, 2], [2 * gates], [2 * gates], [2, 2], [2, 2]]
    let tensors = shapes.prefix(gates == 4 ? 7 : 6).enumerated().map { seed, shape in
      Tensor(
        (0..<shape.count).map { Double((7 * $0 + 3 * seed) % 11 - 5) / 10 }, shape: shape, scalarType: .double)
    }
    let parts = layer(tensors, gates: gates, lengths: [2, 3], reversed: reversed)
    let all = Tensor.concatenated(parts.map { $0.flattened(from: 0) }, axis: 0)
    expectClose(all, Tensor(numbers, scalarType: .double), tolerance: 1e-6, scale: 1)
  }

  @Test("a layer of two directions and a second layer on top are compositions, and learn", arguments: [3, 4])
  func stacked(gates: Int) {
    let c = RecurrenceCase(gates: gates, type: .double)
    var second = c
    second.inputs = 2 * c.hidden
    let slopes = gradient(at: c.tensors) { tensors in
      let both = [false, true].map { layer(tensors, gates: gates, lengths: c.lengths, reversed: $0)[0] }
      var upper = second.tensors
      upper[0] = Tensor.concatenated(both, axis: 2)
      return weighted(second.run(upper))
    }
    #expect(slopes.allSatisfy { $0.scalars.contains { $0 != 0 } && $0.scalars.allSatisfy { $0.isFinite } })
  }
}
