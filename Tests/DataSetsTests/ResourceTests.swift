import Checking
import DataSets
import Foundation
import Testing

@Suite("Data: the package's own files")
struct ResourceTests {
  @Test("they are found next to a program that was moved with their folder, and otherwise among the sources")
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

  @Test("a program that was moved away from them names the missing folder and its place")
  func missing() throws {
    try TemporaryFolder.temporary { folder in
      let place = URL(filePath: folder.path)
      let error = dataError {
        _ = try Resource.path("digits", beside: [place], sources: place.appending(path: "sources"))
      }
      #expect(error.hasPrefix("cannot find digits, a file of the package: DeepLearning_DataSets.resources"))
      #expect(error.contains("next to the program in \(folder.path)") && error.contains("Move that folder together"))
    }
  }
}
