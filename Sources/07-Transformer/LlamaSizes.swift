// § 7.10  The sizes of published models

/// The sizes of a model such as LLaMA or Mixtral, and the numbers of parameters and of cached values. § 7.10
public struct LlamaSizes: Sendable {
  /// V, d, h, g, d_ff and L.
  public let symbols, width, heads, groups, hidden, blocks: Int
  /// The number of experts in each block, and of those that a token uses; 1 and 1 for a plain network.
  public let experts, active: Int

  /// A model of these sizes.
  public init(
    symbols: Int = 32_000, width: Int, heads: Int, groups: Int, hidden: Int, blocks: Int, experts: Int = 1,
    active: Int = 1
  ) {
    (self.symbols, self.width, self.heads, self.groups) = (symbols, width, heads, groups)
    (self.hidden, self.blocks, self.experts, self.active) = (hidden, blocks, experts, active)
  }

  /// The parameters, if each block uses this many experts: embeddings and output 2Vd, the last normalization d, and in
  /// each block attention 2d² + 2d² g/h, normalizations 2d, experts 3 d d_ff each, and a router d E if there are
  /// several.
  private func parameters(experts used: Int) -> Int {
    let attention = 2 * width * width + 2 * width * (width / heads * groups)
    let network = used * 3 * width * hidden + (experts > 1 ? width * experts : 0)
    return 2 * symbols * width + width + blocks * (attention + 2 * width + network)
  }

  /// All parameters.
  public var stored: Int { parameters(experts: experts) }
  /// The parameters that one token uses.
  public var used: Int { parameters(experts: active) }
  /// The amount of numbers that a cache stores for each token: keys and values of all groups of all blocks.
  public var cachedPerToken: Int { blocks * 2 * groups * (width / heads) }

  /// LLaMA (2023) and Llama 2 with 7 billion parameters: every head has its own keys and values.
  public static let llama7B = LlamaSizes(width: 4_096, heads: 32, groups: 32, hidden: 11_008, blocks: 32)
  /// Llama 2 with 70 billion parameters: 8 heads share keys and values.
  public static let llama2Of70B = LlamaSizes(width: 8_192, heads: 64, groups: 8, hidden: 28_672, blocks: 80)
  /// Mixtral 8×7B (2024): 2 of 8 experts, 4 heads share keys and values.
  public static let mixtral = LlamaSizes(
    width: 4_096, heads: 32, groups: 8, hidden: 14_336, blocks: 32, experts: 8, active: 2)
}
