// Two hints to the processor, which change only speed. The compiler attribute is unofficial. Should it disappear, let
// both functions do nothing: everything works, with products a tenth slower. The thread sanitizer cannot compile the
// hints: -Xswiftc -DWITHOUT_HINTS leaves them out.

#if (arch(x86_64) || arch(arm64)) && !WITHOUT_HINTS
  @_silgen_name("llvm.prefetch.p0")
  private func prefetchIntrinsic(_ address: UnsafeRawPointer, _ isWrite: Int32, _ locality: Int32, _ isData: Int32)

  /// Brings the cache line of an address, which need not be readable, close to the processor.
  @_transparent
  func prefetch(_ address: UnsafeRawPointer) { prefetchIntrinsic(address, 0, 3, 1) }
#else
  /// Does nothing: the processor fetches the line itself, later.
  func prefetch(_ address: UnsafeRawPointer) {}
#endif

#if arch(x86_64) && !WITHOUT_HINTS
  /// Tells the processor that this thread waits for another in a loop.
  @_silgen_name("llvm.x86.sse2.pause") func relax()
#elseif arch(arm64) && !WITHOUT_HINTS
  @_silgen_name("llvm.aarch64.isb")
  private func synchronizeInstructions(_ domain: Int32)

  /// Pauses this thread, which waits for another, for some tens of cycles. The instruction intended for this, `yield`,
  /// does nothing on most processors.
  @_transparent
  func relax() { synchronizeInstructions(15) }
#else
  /// Does nothing: the thread polls as fast as it can.
  func relax() {}
#endif
