// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is compiled the same way: Swift 6 mode, no warning passes, imports say what they show.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

/// The arrows between the targets are drawn in Sources/README.md; ArchitectureTests holds this manifest to them.
func room(_ name: String, knows dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
  .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

func tests(of name: String, and more: [Target.Dependency] = []) -> Target {
  .testTarget(name: name + "Tests", dependencies: [.byName(name: name)] + more, swiftSettings: strict)
}

/// The program brings its own libstdc++ and libgcc. Swift's runtime needs them, and the shared libstdc++ was two thirds of the symbols looked up
/// at the start: without it the program executes 1.5 million instructions up to its first answer instead of 3.3, and holds 0.9 MiB less. The
/// shared libgcc asks the processor for its kind, which takes a virtual machine a twentieth of the start, and nobody wants to know. Nothing in
/// Swift's command line can be told so, hence a folder that is searched first, in which a script of one line stands for each shared library.
/// A build that links Swift's runtime as a shared library never asks for libstdc++. The default linker keeps what the static libraries ask of
/// newer systems, in the name of code that it has thrown away; lld does not.
///
/// The functions that a start and a ping execute stand side by side, as order.txt lists them (Tests/Benchmarks/order.py writes it): the idle
/// process then holds 1.8 MiB less of its file, of 8 to 9 MiB in all, and answers first a tenth of a millisecond sooner. exports.map keeps the
/// names of its functions to itself, a quarter of a megabyte that nobody looks anything up in.
let link = "\(Context.packageDirectory)/Sources/nats-credentials-bridge/link"
let ownRuntime: [LinkerSetting] = [
  .unsafeFlags(
    [
      "-use-ld=lld", "-L\(link)", "-Xlinker", "--version-script=\(link)/exports.map",
      "-Xlinker", "--symbol-ordering-file=\(link)/order.txt", "-Xlinker", "--no-warn-symbol-ordering",
    ],
    .when(platforms: [.linux], configuration: .release))
]

/// The fuzz targets: a test that replays their corpus, and, where NATS_CREDENTIALS_BRIDGE_FUZZ is set, the program that libFuzzer drives
/// (Tests/run --fuzz). Never both: their files are the same.
let knownToFuzzTargets: [Target.Dependency] = [
  "JSON", "JSONRPC", "NATSAuth", "Credentials", "HTTP", "NATSClient", "LocalBackend", "ScalewayBackend",
  "Bridge", "System",
]
let fuzzTargets: Target =
  Context.environment["NATS_CREDENTIALS_BRIDGE_FUZZ"] == nil
  ? .testTarget(
    name: "FuzzTests", dependencies: knownToFuzzTargets, path: "Tests/Fuzz", exclude: ["corpus", "Fuzzer.swift"], swiftSettings: strict)
  : .executableTarget(
    name: "fuzz", dependencies: knownToFuzzTargets, path: "Tests/Fuzz", exclude: ["corpus", "ReplayTests.swift"], swiftSettings: strict)

let package = Package(
  name: "nats-credentials-bridge",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "nats-credentials-bridge", targets: ["nats-credentials-bridge"])],
  targets: [
    .target(name: "CLibraries"),
    room("System", knows: ["CLibraries"]),
    room("Terminal", knows: ["System"]),
    room("JSON"),
    room("JSONRPC", knows: ["JSON", "System"]),
    room("NATSAuth", knows: ["CLibraries"]),
    room("NATSClient", knows: ["System", "JSON", "NATSAuth"]),
    room("Credentials", knows: ["JSON"]),
    room("HTTP", knows: ["System", "CLibraries"]),
    room("LocalBackend", knows: ["Credentials", "JSON", "NATSAuth", "NATSClient", "System", "CLibraries"], exclude: ["README.md"]),
    room("ScalewayBackend", knows: ["Credentials", "JSON", "NATSAuth", "HTTP", "System"], exclude: ["README.md"]),
    room("Bridge", knows: ["JSONRPC", "JSON", "Credentials", "System"]),
    .executableTarget(
      name: "nats-credentials-bridge",
      dependencies: [
        "Bridge", "JSONRPC", "JSON", "Credentials", "LocalBackend", "ScalewayBackend", "HTTP", "Terminal", "System", "CLibraries",
      ],
      exclude: ["README.md", "link"],
      swiftSettings: strict,
      linkerSettings: ownRuntime),
    tests(of: "System"),
    tests(of: "Terminal"),
    tests(of: "JSON"),
    tests(of: "JSONRPC"),
    .testTarget(name: "NATSAuthTests", dependencies: ["NATSAuth"], exclude: ["golden-vectors.json"], swiftSettings: strict),
    tests(of: "Credentials"),
    tests(of: "LocalBackend", and: ["Credentials", "JSON", "NATSAuth"]),
    tests(of: "ScalewayBackend", and: ["Credentials", "JSON", "HTTP"]),
    tests(of: "HTTP"),
    tests(of: "Bridge", and: ["Credentials", "JSON", "JSONRPC"]),
    .testTarget(name: "ArchitectureTests", swiftSettings: strict),
    fuzzTargets,
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu11
)
