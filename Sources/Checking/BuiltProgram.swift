import Foundation

/// Where a program of this package stands that was built together with the tests, one of whose classes is `test`.
///
/// On Linux programs stand beside the program that the tests are; on macOS tests are a bundle, which another program
/// loads.
public func builtProgram(_ name: String, beside test: AnyClass) -> URL {
  let places = [Bundle.main.bundleURL, Bundle(for: test).bundleURL.deletingLastPathComponent()]
  let programs = places.map { $0.appending(path: name) }
  return programs.first { FileManager.default.isExecutableFile(atPath: $0.path(percentEncoded: false)) } ?? programs[0]
}
