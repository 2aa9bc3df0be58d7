// Threads. This serial form fixes the calls; the parallel one takes its place.

/// Runs `body` on chunks of 0..<count, each at least `grain` long.
func parallelChunks(of count: Int, atLeast grain: Int, _ body: @Sendable (Range<Int>) -> Void) {
  if count > 0 { body(0..<count) }
}
