import Attention
import Checking
import Foundations
import Tensors
import Testing
import Transformer
import ch07

@Suite("§ 7.4.1 and § 7.4.2  The blocks of encoder and decoder")
struct TransformerDecoderTests {
  @Test("(7.8): the network of every place, row by row as for the whole matrix, with ReLU or GELU")
  func rowByRow() {
    for activation in [Activation.relu, .gelu] {
      let network = FeedForward(8, hidden: 32, activation: activation, random: RandomSource(seed: 1))
        .converted(to: .double)
      let x = spread([5, 8])
      let rows = Tensor.concatenated((0..<5).map { network(x[$0..<$0 + 1]) }, axis: 0)
      expectClose(rows, network(x), tolerance: 1e-15, scale: 1)
      func affine(_ x: Tensor, _ layer: Linear) -> Tensor {
        matmul(x, layer.weight.transposed) + (layer.bias ?? .zeros([1], scalarType: .double))
      }
      let byFormula = affine(activation(affine(x, network.widening)), network.narrowing)
      expectClose(byFormula, network(x), tolerance: 1e-15, scale: 1)
    }
    #expect(ParameterCount.network(128, hidden: 512) == 131_712)
  }

  @Test("§ 7.4.2: a later token of the target changes nothing before it, bit for bit; one of the source changes all")
  func influence() {
    let influence = decoderInfluence(random: RandomSource(seed: 1))
    #expect(influence.byTarget[..<influence.target].allSatisfy { $0 == 0 })
    #expect(influence.byTarget[influence.target...].allSatisfy { $0 > 1e-3 })
    #expect(influence.byMemory.allSatisfy { $0 > 1e-3 })
    #expect(influence.cacheGap < 1e-13)
  }

  @Test("§ 7.4.2: with a cache a decoder gives the same as without, in pieces of any length, also behind padding")
  func cache() {
    for placement in NormPlacement.allCases {
      let decoder = TransformerDecoder(
        12, heads: 3, hidden: 20, blocks: 2, placement: placement, random: RandomSource(seed: 1)
      ).converted(to: .double)
      let (y, memory) = (spread([2, 7, 12]), spread([2, 5, 12], offset: 300))
      let mask = AttentionMask.padding([5, 2])
      var cache = decoder.emptyCache(over: memory, capacity: 7, memoryMask: mask)
      let parts = [0..<3, 3..<4, 4..<7].map { decoder(y.sliced($0, axis: 1), cache: &cache) }
      expectClose(
        Tensor.concatenated(parts, axis: 1), decoder(y, over: memory, memoryMask: mask), tolerance: 1e-13, scale: 1)
      #expect(cache.tokens.count == 7 && cache.tokens.room == 0)
    }
  }

  @Test("Fleuret, § 5.3: without positions the order of the source changes nothing, that of the target does")
  func sourceOrder() {
    for placement in NormPlacement.allCases {
      let decoder = TransformerDecoder(
        12, heads: 3, hidden: 20, blocks: 2, placement: placement, random: RandomSource(seed: 1)
      ).converted(to: .double)
      let (y, memory) = (spread([2, 4, 12]), spread([2, 5, 12], offset: 300))
      let output = decoder(y, over: memory)
      #expect(output.shape == y.shape)
      expectClose(decoder(y, over: memory.gathered([3, 0, 4, 1, 2], axis: 1)), output, tolerance: 1e-13, scale: 1)
      let (order, moved) = ([2, 0, 3, 1], y.gathered([2, 0, 3, 1], axis: 1))
      #expect((decoder(moved, over: memory) - output.gathered(order, axis: 1)).abs().max().item > 1e-3)
    }
  }

  @Test("§ 7.4.2: what stands behind the end of a source changes nothing, and without the causal mask targets leak")
  func masks() {
    let decoder = TransformerDecoder(12, heads: 3, hidden: 20, blocks: 1, random: RandomSource(seed: 1))
      .converted(to: .double)
    let (y, memory) = (spread([2, 4, 12]), spread([2, 5, 12], offset: 300))
    var other = memory
    other[1, 4] = -memory[1, 4]
    let mask = AttentionMask.padding([5, 4])
    #expect(decoder(y, over: other, memoryMask: mask) == decoder(y, over: memory, memoryMask: mask))
    #expect(decoder(y, over: other) != decoder(y, over: memory))
    var changed = y
    changed[0, 3] = -y[0, 3]
    let leak = decoder(changed, over: memory, mask: .everything) - decoder(y, over: memory, mask: .everything)
    #expect(leak[0, 0].abs().max().item > 1e-4)
  }

  @Test("§ 7.4.2: a decoder's block has 264,576 parameters at d = 128 and d_ff = 512, and none is forgotten")
  func parameters() {
    let block = TransformerDecoderBlock(128, heads: 4, hidden: 512, random: RandomSource(seed: 1))
    #expect(block.parameterCount == 264_576 && ParameterCount.decoderBlock(128, hidden: 512) == 264_576)
    #expect(unlistedParameters(in: block) == [])
    let decoder = TransformerDecoder(8, heads: 2, hidden: 16, blocks: 3, random: RandomSource(seed: 1))
    #expect(decoder.parameterCount == 3 * ParameterCount.decoderBlock(8, hidden: 16) + ParameterCount.norm(8))
  }

  @Test("§ 7.4.4: the base model of 2017 has 18,914,304 parameters in its encoder and 25,224,192 in its decoder")
  func baseModel() {
    let random = RandomSource(seed: 1)
    let encoder = TransformerEncoder(512, heads: 8, hidden: 2_048, blocks: 1, placement: .postNorm, random: random)
    let decoder = TransformerDecoder(512, heads: 8, hidden: 2_048, blocks: 1, placement: .postNorm, random: random)
    #expect(encoder.norm == nil && decoder.norm == nil)
    #expect(6 * encoder.parameterCount == 18_914_304 && 6 * decoder.parameterCount == 25_224_192)
    #expect(ParameterCount.encoder(blocks: 6, 512, hidden: 2_048) == 18_914_304)
  }

  @Test("§ 7.4.2: the gradient of a decoder is that of finite differences, with a mask for the source, too")
  func gradients() {
    for placement in NormPlacement.allCases {
      let decoder = TransformerDecoder(
        4, heads: 2, hidden: 5, blocks: 1, placement: placement, random: RandomSource(seed: 1))
      let (y, memory) = (spread([2, 3, 4]), spread([2, 2, 4], offset: 70))
      expectGradient(at: decoder, tolerance: 1e-6) {
        ($0(y, over: memory, memoryMask: .padding([2, 1])) * spread([2, 3, 4], offset: 9)).sum()
      }
    }
  }

  @Test("§ 7.4.2: sources of another number or width are refused in words")
  func refused() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let decoder = TransformerDecoder(4, heads: 2, hidden: 8, blocks: 1, random: RandomSource(seed: 1))
      _ = decoder(.zeros([2, 3, 4]), over: .zeros([1, 3, 4]))
    }
    expectMessage(result, "cannot decode [2×3×4] over [1×3×4]")
  }

  @Test("§ 7.4.4: the drawing has both towers, three sub-layers in the decoder, and one arrow from encoder to decoder")
  func drawing() {
    let figure = architectureDiagram(blocks: "6")
    #expect(figure.towers.map { $0.boxes.count { $0.name == "Add & Norm" } } == [2, 3])
    #expect(figure.links.count == 1 && figure.towers[1].boxes[figure.links[0].box].name == "cross-attention")
    #expect(figure.size.width <= 720)
    let text = figure.terminal(columns: 80, color: false)
    #expect(text.contains("× 6 │ cross-attention ⇠ encoder"))
  }
}
