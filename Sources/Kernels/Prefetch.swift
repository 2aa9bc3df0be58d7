// Asking for memory before it is needed. The compiler's attribute is not official: should it go, let `prefetch` do nothing, and
// everything works, a tenth slower.

#if arch(x86_64) || arch(arm64)
  @_silgen_name("llvm.prefetch.p0")
  private func prefetchIntrinsic(_ address: UnsafeRawPointer, _ isWrite: Int32, _ locality: Int32, _ isData: Int32)

  /// Brings the cache line of an address, which need not be readable, close to the processor.
  @_transparent
  func prefetch(_ address: UnsafeRawPointer) { prefetchIntrinsic(address, 0, 3, 1) }
#else
  func prefetch(_ address: UnsafeRawPointer) {}
#endif
