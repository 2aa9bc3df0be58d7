import Foundation

/// Limits the size of files that this process writes, as if the disk were full.
///
/// Writing more fails if SIGXFSZ is ignored.
public func limitFileSize(_ bytes: Int) {
  var limit = rlimit(rlim_cur: rlim_t(bytes), rlim_max: rlim_t(bytes))
  #if os(Linux)
    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
  #else
    setrlimit(RLIMIT_FSIZE, &limit)
  #endif
}
