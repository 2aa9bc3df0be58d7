// swift-tools-version: 6.2
import Foundation
import PackageDescription

// The table of contents: the book's chapters in order. A chapter may import all earlier ones.
let written = [
  "Foundations", "Backprop", "Regularization", "CNN", "RNN", "Attention", "Transformer", "GAN", "VAE", "Diffusion",
  "Theory", "Applications",
]
let planned: [String] = []

/// The chapters to build, by number: all, or only the one in the environment. DEEP_LEARNING_CHAPTER=1 swift test
/// builds and tests chapter 1 alone, with the modules that it imports.
let chosen: ClosedRange<Int> = {
  guard let text = Context.environment["DEEP_LEARNING_CHAPTER"] else { return 1...written.count }
  guard let number = Int(text), (1...written.count).contains(number) else {
    preconditionFailure(
      "DEEP_LEARNING_CHAPTER is \"\(text)\": set it to a number from 1 to \(written.count), or leave it unset")
  }
  return number...number
}()

// The base of every chapter. Each module may import only those that it names here.
let ground: [Target] = [
  .target(name: "Messages"),
  .target(name: "Figures", dependencies: ["Messages"]),
  // Only this module has unsafe code, SIMD and threads. It is compiled for this machine's instructions.
  .target(name: "Kernels", swiftSettings: [.unsafeFlags(optimized + instructionSet)]),
  .target(name: "Tensors", dependencies: ["Kernels", "Messages"], swiftSettings: [.unsafeFlags(optimized)]),
  .target(name: "Distributions", dependencies: ["Tensors", "Messages"]),
  .target(name: "Files", dependencies: ["Tensors", "Messages"], swiftSettings: [.unsafeFlags(optimized)]),
  .target(
    name: "DataSets", dependencies: ["Files", "Tensors", "Messages"], resources: [.copy("Resources")],
    swiftSettings: [.unsafeFlags(optimized)]),
  .target(name: "Training", dependencies: ["Files", "Tensors", "Messages"]),
  .target(
    name: "Running", dependencies: ["Training", "DataSets", "Figures", "Files", "Tensors", "Messages"]),
]
let base = ground.filter { $0.name != "Kernels" }.map { Target.Dependency.byName(name: $0.name) }

/// A chapter of the book: a module, and, if it is chosen, an executable with the exercises, and tests.
func chapter(_ number: Int, _ name: String) -> [Target] {
  let digits = number < 10 ? "0\(number)" : "\(number)"
  let earlier = base + written[..<(number - 1)].map { .byName(name: $0) }
  let module = Target.target(name: name, dependencies: earlier, path: "Sources/\(digits)-\(name)")
  guard chosen.contains(number) else { return [module] }
  return [
    module,
    .executableTarget(
      name: "ch\(digits)", dependencies: earlier + [.byName(name: name)], path: "Chapters/\(digits)-\(name)",
      exclude: ["README.md", "SOLUTIONS.md", "figures"]),
    .testTarget(
      name: "\(name)Tests",
      dependencies: earlier + [.byName(name: name), .byName(name: "ch\(digits)"), "BookText", "Checking"]),
  ]
}

let modules = base + ["Kernels"] + written.map { .byName(name: $0) }
let helpers: [Target] = [
  // The repository as text: files, chapters, items, and the numbers of the notes with the lines that cite them.
  .target(name: "BookText"),
  // The reader's and the teacher's tools: swift run book
  .executableTarget(name: "book", dependencies: ["BookText", "Messages"], path: "Sources/Book"),
  // Helpers of the tests: comparisons of numbers, derivatives and reference values, and the rules for every chapter.
  .target(name: "Checking", dependencies: base + ["Kernels", "BookText"]),
]
let tools: [Target] = [
  // The speed, compared with other programs: swift run -c release bench
  .executableTarget(
    name: "bench", dependencies: modules, path: "Sources/Bench",
    exclude: [
      "RESULTS.md", "torch_generate.py", "torch_images.py", "torch_sample.py", "torch_sequences.py", "torch_steps.py",
    ]),
  // The reader's own experiment: swift run scratch
  .executableTarget(name: "scratch", dependencies: modules, path: "Chapters/Scratch", exclude: ["images.py"]),
  // Tests of the readers with broken files and command lines: swift run -c release fuzz
  .executableTarget(name: "fuzz", dependencies: base, path: "Sources/Fuzz"),
  .testTarget(name: "BenchTests", dependencies: ["bench", "Checking"]),
  .testTarget(name: "FuzzTests", dependencies: ["fuzz", "Checking"]),
  .testTarget(name: "BookTests", dependencies: ["book", "BookText", "Checking", "Messages"]),
]
let groundTests: [Target] = [
  "Kernels", "Tensors", "Distributions", "Figures", "Files", "DataSets", "Training", "Running",
].map { name in
  .testTarget(name: "\(name)Tests", dependencies: base + ["Kernels", "Checking"])
}

/// Flags for whole-module optimization, in debug builds too, where tensors would otherwise be a hundred times slower.
/// All other modules are optimized file by file, so that one build serves programs and tests, and an edited function
/// compiles its own file only.
var optimized: [String] { ["-O", "-wmo", "-disable-batch-mode", "-num-threads", "2"] }

/// The flags for the kernels' vector instructions, with a name that the kernels test: the widest set of the building
/// machine, or the one in the environment, so that the build can run on other machines.
var instructionSet: [String] {
  let processors = ["AVX512": "x86-64-v4", "AVX2": "x86-64-v3", "SSE": "x86-64", "NEON": nil]
  if let name = Context.environment["DEEP_LEARNING_INSTRUCTIONS"] {
    guard let processor = processors[name] else {
      preconditionFailure(
        "DEEP_LEARNING_INSTRUCTIONS is \"\(name)\": set it to AVX512, AVX2, SSE or NEON, or leave it unset")
    }
    return instructions(name, of: processor)
  }
  #if arch(x86_64)
    let machine = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let features = Set((machine.split(separator: "\n").first { $0.hasPrefix("flags") } ?? "").split(separator: " "))
    let name = ["avx512f", "fma"].allSatisfy(features.contains) ? "AVX512" : features.contains("fma") ? "AVX2" : "SSE"
    return instructions(name, of: "native")
  #else
    return instructions("NEON", of: nil)
  #endif
}

/// The flags for a set of instructions. arm64 has only one set, and needs no processor.
func instructions(_ name: String, of processor: String?) -> [String] {
  (processor.map { ["-Xcc", "-march=\($0)"] } ?? []) + ["-Xcc", "-fno-math-errno", "-D", name]
}

// Under CI, warnings are errors.
let strict: [SwiftSetting] = Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)]
let chapters = written.prefix(chosen.upperBound).enumerated().flatMap { chapter($0.offset + 1, $0.element) }
let all = tools + groundTests
let targets = ground + chapters + helpers + (chosen.count == written.count ? all : [])
for target in targets {
  if target.swiftSettings == nil && !target.isTest { target.swiftSettings = [.unsafeFlags(["-O"])] }
  target.swiftSettings = (target.swiftSettings ?? []) + strict
}

let package = Package(
  name: "DeepLearning",
  platforms: [.macOS(.v26)],
  targets: targets,
  swiftLanguageModes: [.v6]
)
