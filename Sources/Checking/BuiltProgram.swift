import Foundation

/// The location of a program of this package, built together with the tests; `test` is a class of the tests.
///
/// On Linux programs are next to the test program. On macOS tests are a bundle, which another program loads.
public func builtProgram(_ name: String, beside test: AnyClass) -> URL {
  let places = [Bundle.main.bundleURL, Bundle(for: test).bundleURL.deletingLastPathComponent()]
  let programs = places.map { $0.appending(path: name) }
  return programs.first { FileManager.default.isExecutableFile(atPath: $0.path(percentEncoded: false)) } ?? programs[0]
}
