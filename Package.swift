// swift-tools-version: 6.2
import Foundation
import PackageDescription

// The table of contents: the book's chapters in their order, each with the earlier chapters it builds on.
let chapters: [Chapter] = [
  Chapter(1, "Foundations", .written),
  Chapter(2, "Backprop", .written, imports: "Foundations"),
  Chapter(3, "Regularization", .written, imports: "Foundations", "Backprop"),
  Chapter(4, "CNN", .written, imports: "Foundations", "Backprop", "Regularization"),
  Chapter(5, "RNN", .planned, imports: "Foundations", "Backprop", "Regularization"),
  Chapter(6, "Attention", .planned, imports: "Foundations", "Backprop", "RNN"),
  Chapter(7, "Transformer", .planned, imports: "Foundations", "Backprop", "Regularization", "Attention"),
  Chapter(8, "GAN", .planned, imports: "Foundations", "Backprop", "Regularization", "CNN"),
  Chapter(9, "VAE", .planned, imports: "Foundations", "Backprop", "CNN"),
  Chapter(10, "Diffusion", .planned, imports: "Foundations", "Backprop", "CNN", "Attention"),
  Chapter(11, "Theory", .planned, imports: "Foundations", "Backprop"),
  Chapter(12, "Applications", .planned, imports: "Foundations", "Backprop", "CNN", "Attention", "Transformer"),
]

let written = chapters.filter { $0.state == .written }

// What every chapter stands on. Each module may import those above it and nothing else.
let ground: [Target] = [
  // Unsafe code, SIMD and threads live here alone, compiled for the instructions of this machine.
  .target(name: "Kernels", swiftSettings: [.unsafeFlags(optimized + instructionSet)]),
  .target(name: "Tensors", dependencies: ["Kernels"], swiftSettings: [.unsafeFlags(optimized)]),
  .target(name: "Workbench", dependencies: ["Tensors"], resources: [.copy("Resources")]),
  .target(name: "Checking", dependencies: ["Tensors"]),
]

// How fast all this is, beside a rival: swift run -c release bench
let bench: Target = .executableTarget(
  name: "bench", dependencies: ["Kernels", "Tensors", "Workbench"] + written.map { .byName(name: $0.name) },
  path: "Sources/Bench", exclude: ["RESULTS.md"])

// Readers against broken files and command lines: swift run -c release fuzz
let fuzz: Target = .executableTarget(name: "fuzz", dependencies: ["Tensors", "Workbench"], path: "Sources/Fuzz")

let groundTests: [Target] = [
  .testTarget(name: "KernelsTests", dependencies: ["Kernels", "Checking"]),
  .testTarget(name: "TensorsTests", dependencies: ["Tensors", "Checking"]),
  .testTarget(name: "WorkbenchTests", dependencies: ["Workbench", "Kernels", "Checking"]),
  .testTarget(name: "BenchTests", dependencies: ["bench"]),
  .testTarget(
    name: "ReferenceTests", dependencies: ["Workbench", "Checking"] + written.map { .byName(name: $0.name) }),
  .testTarget(name: "FuzzTests", dependencies: ["fuzz"]),
  .testTarget(
    name: "BookTests", dependencies: ["Kernels", "Workbench"] + written.map { .byName(name: $0.executable) }),
]

/// One chapter of the book: a module, an executable with its exercises, and a test suite.
struct Chapter {
  /// Whether the chapter's folders exist already.
  enum State { case written, planned }
  let number: Int
  let name: String
  let state: State
  let imports: [String]

  init(_ number: Int, _ name: String, _ state: State, imports: String...) {
    (self.number, self.name, self.state, self.imports) = (number, name, state, imports)
  }

  private var twoDigits: String { number < 10 ? "0\(number)" : "\(number)" }
  var folder: String { "\(twoDigits)-\(name)" }
  var executable: String { "ch\(twoDigits)" }

  var targets: [Target] {
    let module: [Target.Dependency] = ["Tensors", "Workbench"] + imports.map { .byName(name: $0) }
    let exercises: [Target.Dependency] = module + [.byName(name: name)]
    return [
      .target(name: name, dependencies: module, path: "Sources/\(folder)"),
      .executableTarget(
        name: executable, dependencies: exercises, path: "Chapters/\(folder)", exclude: ["README.md", "figures"]),
      .testTarget(name: "\(name)Tests", dependencies: exercises + [.byName(name: executable), "Checking"]),
    ]
  }
}

// Out-of-order imports are refused when the manifest loads: a chapter builds on earlier, written chapters only.
for (index, chapter) in chapters.enumerated() {
  precondition(chapter.number == index + 1, "chapter \(chapter.number), \(chapter.name), stands at place \(index + 1)")
  for name in chapter.imports {
    precondition(
      chapters[..<index].contains { $0.name == name },
      "chapter \(chapter.number), \(chapter.name), imports \(name), which is not an earlier chapter")
    precondition(
      chapter.state == .planned || written.contains { $0.name == name },
      "chapter \(chapter.number), \(chapter.name), imports \(name), which is not written yet")
  }
}

/// Optimized as one module, in debug builds too: there tensors would otherwise be a hundred times slower.
var optimized: [String] { ["-O", "-wmo", "-disable-batch-mode", "-num-threads", "2"] }

/// The vector instructions that the kernels are compiled for, and a name for them that they test: the widest of the machine that
/// builds, or those that the environment asks for, so that what is built here can run elsewhere. arm64 needs no flag.
var instructionSet: [String] {
  #if arch(x86_64)
    let processors = ["AVX512": "x86-64-v4", "AVX2": "x86-64-v3", "SSE": "x86-64"]
    if let name = Context.environment["DEEP_LEARNING_INSTRUCTIONS"] {
      precondition(
        processors[name] != nil,
        "DEEP_LEARNING_INSTRUCTIONS is \"\(name)\": set it to AVX512, AVX2 or SSE, or leave it unset")
      return ["-Xcc", "-march=\(processors[name] ?? "native")", "-Xcc", "-fno-math-errno", "-D", name]
    }
    let machine = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let features = Set((machine.split(separator: "\n").first { $0.hasPrefix("flags") } ?? "").split(separator: " "))
    let name = ["avx512f", "fma"].allSatisfy(features.contains) ? "AVX512" : features.contains("fma") ? "AVX2" : "SSE"
    return ["-Xcc", "-march=native", "-Xcc", "-fno-math-errno", "-D", name]
  #else
    return []
  #endif
}

// Under CI, warnings are errors.
let strict: [SwiftSetting] = Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)]
let targets = ground + written.flatMap(\.targets) + [bench, fuzz] + groundTests
for target in targets { target.swiftSettings = (target.swiftSettings ?? []) + strict }

let package = Package(
  name: "DeepLearning",
  platforms: [.macOS(.v26)],
  targets: targets,
  swiftLanguageModes: [.v6]
)
