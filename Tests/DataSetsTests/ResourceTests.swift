import Checking
import DataSets
import Foundation
import Testing

@Suite("Data: the files that the package carries")
struct ResourceTests {
  @Test("they are found beside a program that was moved together with their folder, and among the sources otherwise")
  func found() throws {
    try TemporaryFolder.temporary { folder in
      let place = URL(filePath: folder.path)
      let (moved, source) = ("DeepLearning_DataSets.resources/Resources/digits", "sources/digits")
      func path() throws -> String {
        try Resource.path("digits", beside: [place], sources: place.appending(path: "sources"))
      }
      try folder.write("1", source)
      #expect(try path().hasSuffix(source))
      try folder.write("1", moved)
      #expect(try path().hasSuffix(moved))
    }
  }

  @Test("a program that was moved away from them says which folder it misses and where")
  func missing() throws {
    try TemporaryFolder.temporary { folder in
      let place = URL(filePath: folder.path)
      let error = dataError {
        _ = try Resource.path("digits", beside: [place], sources: place.appending(path: "sources"))
      }
      #expect(error.hasPrefix("cannot find digits, which the package carries: DeepLearning_DataSets.resources"))
      #expect(error.contains("beside the program in \(folder.path)") && error.contains("Move that folder together"))
    }
  }
}
