#if (AVX512 || AVX2) && !arch(x86_64)
  #error(
    "DEEP_LEARNING_INSTRUCTIONS names the instructions of the machine that builds: set it to NEON to compile for arm64")
#endif

/// The vector instructions of a processor that the kernels are written for. They decide how many partial sums a sum has, and whether a product
/// and a sum are rounded once or twice: so the last bits of a result belong to the set.
public enum InstructionSet: String, Sendable, CaseIterable {
  /// 64-byte vectors, products and sums rounded once.
  case avx512 = "AVX512"
  /// 32-byte vectors, products and sums rounded once.
  case avx2 = "AVX2"
  /// 16-byte vectors of any x86-64, products and sums rounded each.
  case sse = "SSE"
  /// 16-byte vectors of arm64, products and sums rounded once.
  case neon = "NEON"

  /// The set that this program was compiled for.
  public static var compiled: InstructionSet {
    #if AVX512
      .avx512
    #elseif AVX2
      .avx2
    #elseif arch(arm64)
      .neon
    #else
      .sse
    #endif
  }
}
