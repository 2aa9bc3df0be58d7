import Checking
import Tensors
import Testing
import VAE

@Suite("§ 9.7 and § 9.10  Codebooks, levels and flows beside PyTorch")
struct CodesReferenceTests {
  @Test("(9.25), § 9.10: outputs and gradients are PyTorch's", arguments: [ScalarType.double, .float])
  func passes(type: ScalarType) throws { try expectAgreement("vae_codes", cases, type) }
}

private func source() -> RandomSource { RandomSource(seed: 1) }

/// A copy with these parameters, in order.
private func filled<M: Model>(_ model: M, _ tensors: ArraySlice<Tensor>) -> M {
  var rest = tensors
  return model.mapParameters { _ in rest.removeFirst() }
}

private let cases: [PassCase] = [
  .layer { VectorQuantizer(codes: 5, width: 3, random: $0) },
  .layer { AveragedQuantizer(codes: 5, width: 3, decay: 0.9, random: $0) },
  PassCase(several: "Quantization") { t, _ in
    let q = VectorQuantizer(vectors: t[1]).quantized(t[0])
    return [q.output, q.codebookTerm, q.commitmentTerm]
  },
  PassCase(several: "VectorQuantizedAutoencoder") { t, _ in
    let model = VectorQuantizedAutoencoder(
      width: 3, codebook: VectorQuantizer(codes: 7, width: 4, random: source()), random: source())
    let terms = filled(model, t[1...]).terms(of: t[0])
    return [terms.reconstruction, terms.codebook, terms.commitment]
  },
  PassCase(several: "HierarchicalAutoencoder") { t, _ in
    let model = HierarchicalAutoencoder(inputs: 8, hidden: 5, upper: 2, lower: 3, random: source())
    let terms = filled(model, t[2...]).evidence(of: t[0], noise: t[1])
    return [terms.reconstruction, terms.divergences]
  },
  coupling("AffineCoupling", keepsFirst: true), coupling("AffineCoupling, the other half", keepsFirst: false),
  PassCase(several: "CouplingFlow") { t, _ in
    let (z, logDeterminant) = filled(
      CouplingFlow(dimension: 3, couplings: 2, hidden: [5], random: source()), t[1...])(t[0])
    return [z, logDeterminant]
  },
]

private func coupling(_ name: String, keepsFirst: Bool) -> PassCase {
  PassCase(several: name) { t, _ in
    let layer = AffineCoupling(dimension: 3, hidden: [5], keepsFirst: keepsFirst, random: source())
    let (z, logDeterminant) = filled(layer, t[1...])(t[0])
    return [z, logDeterminant]
  }
}
