#if (AVX512 || AVX2) && !arch(x86_64)
  #error(
    "cannot compile AVX instructions for this processor: set DEEP_LEARNING_INSTRUCTIONS to NEON to compile for arm64")
#endif

/// The vector instructions that the kernels are written for. They decide how many partial sums a sum has, and whether a
/// product plus a sum is rounded once or twice; the last bits of a result therefore depend on the set.
public enum InstructionSet: String, Sendable, CaseIterable {
  /// 64-byte vectors; a product plus a sum is rounded once.
  case avx512 = "AVX512"
  /// 32-byte vectors; a product plus a sum is rounded once.
  case avx2 = "AVX2"
  /// 16-byte vectors of any x86-64; product and sum are each rounded.
  case sse = "SSE"
  /// 16-byte vectors of arm64; a product plus a sum is rounded once.
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
