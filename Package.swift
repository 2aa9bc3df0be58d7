// swift-tools-version: 6.2
import Foundation
import PackageDescription

// The table of contents: the book's chapters in their order. A chapter may import every earlier one.
let written = ["Foundations", "Backprop", "Regularization", "CNN"]
let planned = ["RNN", "Attention", "Transformer", "GAN", "VAE", "Diffusion", "Theory", "Applications"]

// What every chapter stands on. Each module may import those that it names here and nothing else.
let ground: [Target] = [
  .target(name: "Messages"),
  .target(name: "Figures", dependencies: ["Messages"]),
  // Unsafe code, SIMD and threads live here alone, compiled for the instructions of this machine.
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

/// A chapter of the book: a module, an executable with its exercises, and tests.
func chapter(_ number: Int, _ name: String) -> [Target] {
  let digits = number < 10 ? "0\(number)" : "\(number)"
  let earlier = base + written[..<(number - 1)].map { .byName(name: $0) }
  return [
    .target(name: name, dependencies: earlier, path: "Sources/\(digits)-\(name)"),
    .executableTarget(
      name: "ch\(digits)", dependencies: earlier + [.byName(name: name)], path: "Chapters/\(digits)-\(name)",
      exclude: ["README.md", "figures"]),
    .testTarget(
      name: "\(name)Tests", dependencies: earlier + [.byName(name: name), .byName(name: "ch\(digits)"), "Checking"]),
  ]
}

let modules = base + ["Kernels"] + written.map { .byName(name: $0) }
let tools: [Target] = [
  // What tests measure by: numbers, derivatives, reference values, and the rules that every chapter keeps.
  .target(name: "Checking", dependencies: base + ["Kernels"]),
  // How fast all this is, beside a rival: swift run -c release bench
  .executableTarget(name: "bench", dependencies: modules, path: "Sources/Bench", exclude: ["RESULTS.md"]),
  // The reader's own program: swift run own
  .executableTarget(name: "own", dependencies: modules, path: "Chapters/Own", exclude: ["images.py"]),
  // Readers against broken files and command lines: swift run -c release fuzz
  .executableTarget(name: "fuzz", dependencies: base, path: "Sources/Fuzz"),
  .testTarget(name: "BenchTests", dependencies: ["bench"]),
  .testTarget(name: "FuzzTests", dependencies: ["fuzz", "Checking"]),
  .testTarget(name: "BookTests", dependencies: ["Checking"]),
]
let groundTests: [Target] = [
  "Kernels", "Tensors", "Distributions", "Figures", "Files", "DataSets", "Training", "Running",
].map { name in
  .testTarget(name: "\(name)Tests", dependencies: base + ["Kernels", "Checking"])
}

/// Optimized as one module, in debug builds too: there tensors would otherwise be a hundred times slower.
var optimized: [String] { ["-O", "-wmo", "-disable-batch-mode", "-num-threads", "2"] }

/// The vector instructions that the kernels are compiled for, and a name for them that they test: the widest of the
/// machine that builds, or those that the environment asks for, so that what is built here can run elsewhere.
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

/// The flags for a set of instructions. arm64 has one set, and needs no processor.
func instructions(_ name: String, of processor: String?) -> [String] {
  (processor.map { ["-Xcc", "-march=\($0)"] } ?? []) + ["-Xcc", "-fno-math-errno", "-D", name]
}

// Under CI, warnings are errors.
let strict: [SwiftSetting] = Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)]
let chapters = written.enumerated().flatMap { chapter($0.offset + 1, $0.element) }
let targets = ground + chapters + tools + groundTests
for target in targets { target.swiftSettings = (target.swiftSettings ?? []) + strict }

let package = Package(
  name: "DeepLearning",
  platforms: [.macOS(.v26)],
  targets: targets,
  swiftLanguageModes: [.v6]
)
