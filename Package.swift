// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "whisker",
  products: [
    .library(name: "WhiskerCore", targets: ["WhiskerCore"]),
    .library(name: "WhiskerData", targets: ["WhiskerData"]),
    .library(name: "WhiskerNN", targets: ["WhiskerNN"]),
    .library(name: "WhiskerTraining", targets: ["WhiskerTraining"]),
    .library(name: "WhiskerReport", targets: ["WhiskerReport"]),
    .library(name: "WhiskerInterchange", targets: ["WhiskerInterchange"]),
    .executable(name: "whisker", targets: ["whisker"]),
    .executable(name: "whisker-live", targets: ["whisker-live"]),
    .executable(name: "whisker-serve", targets: ["whisker-serve"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    // Without its traits it needs no more of Foundation than Whisker does, and the tool starts as fast as before.
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
    // Only whisker-serve uses it.
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
  ],
  targets: [
    .target(
      name: "CImageCodecs",
      linkerSettings: [
        .linkedLibrary("png"), .linkedLibrary("jpeg"), .linkedLibrary("webp"), .linkedLibrary("z"),
      ]),
    .target(name: "CKernels", linkerSettings: [.linkedLibrary("m")]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),

    // Only the interface: scripts/build-mpi compiles mpi.c with the MPI at hand, and the tool loads the result.
    .systemLibrary(name: "CMPI"),

    .target(name: "WhiskerCore", dependencies: ["CKernels"]),
    .target(name: "WhiskerMPI", dependencies: ["WhiskerCore", "CMPI"]),
    .target(
      name: "WhiskerData", dependencies: ["WhiskerCore", "CImageCodecs", "CKernels", "CZlib"]),
    .target(name: "WhiskerNN", dependencies: ["WhiskerCore", "CKernels"]),
    .target(name: "WhiskerTraining", dependencies: ["WhiskerCore", "WhiskerData", "WhiskerNN"]),
    .target(
      name: "WhiskerReport", dependencies: ["WhiskerCore", "WhiskerData", "WhiskerNN", "WhiskerTraining"]),
    .target(
      name: "WhiskerInterchange",
      dependencies: ["WhiskerTraining", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["Schemas"]),
    // What the programs do before their libraries are initialized.
    .target(name: "CProcess"),
    .executableTarget(
      name: "whisker",
      dependencies: [
        "CProcess", "WhiskerInterchange", "WhiskerMPI", "WhiskerReport", "WhiskerServing", "WhiskerTraining",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .executableTarget(name: "whisker-live", dependencies: ["CProcess", "WhiskerCore"]),

    // What the server does apart from the network.
    .target(name: "WhiskerServing", dependencies: ["WhiskerCore", "WhiskerData", "WhiskerTraining"]),

    // The server of `whisker serve`: a program of its own, so that the tool starts without loading it.
    .executableTarget(
      name: "whisker-serve",
      dependencies: [
        "CProcess", "WhiskerServing",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),

    // The sample pictures in data/, and the encoders that the tests make their pictures with.
    .target(
      name: "CImageWriters",
      linkerSettings: [
        .linkedLibrary("png"), .linkedLibrary("jpeg"), .linkedLibrary("webp"), .linkedLibrary("z"),
      ]),
    .target(name: "SampleImages", dependencies: ["CImageWriters"]),
    .executableTarget(name: "make-samples", dependencies: ["SampleImages", "WhiskerCore"]),

    // What scripts/install and scripts/package write the manual pages with.
    .executableTarget(name: "make-manuals"),

    // What scripts/dropout-figures draws with.
    .executableTarget(
      name: "draw-dropout", dependencies: ["WhiskerReport", "WhiskerTraining", "WhiskerNN", "WhiskerCore"]),

    // What scripts/bench runs.
    .target(name: "CBench", linkerSettings: [.linkedLibrary("jpeg"), .linkedLibrary("webp")]),
    .executableTarget(
      name: "whisker-bench",
      dependencies: [
        "CBench", "CKernels", "SampleImages", "WhiskerTraining",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // What scripts/fuzz runs. Built as usual, the program reads the files that it is given.
    .systemLibrary(name: "CLibFuzzer"),
    .target(
      name: "FuzzTargets",
      dependencies: [
        "WhiskerInterchange", "WhiskerServing", "WhiskerTraining", "SampleImages", "TestSupport",
      ]),
    .executableTarget(name: "whisker-fuzz", dependencies: ["FuzzTargets", "CLibFuzzer"]),

    .target(name: "TestSupport", path: "Tests/TestSupport"),
    .testTarget(name: "WhiskerCoreTests", dependencies: ["WhiskerCore", "CKernels", "TestSupport"]),
    .testTarget(
      name: "WhiskerDataTests", dependencies: ["WhiskerData", "CImageCodecs", "SampleImages", "TestSupport"],
      exclude: ["References"]),
    .testTarget(
      name: "WhiskerNNTests", dependencies: ["WhiskerNN", "CKernels", "TestSupport"], exclude: ["References"]),
    .testTarget(
      name: "WhiskerTrainingTests",
      dependencies: ["WhiskerReport", "WhiskerTraining", "SampleImages", "TestSupport"],
      exclude: ["References"]),
    .testTarget(name: "WhiskerReportTests", dependencies: ["WhiskerReport", "TestSupport"]),
    .testTarget(
      name: "WhiskerInterchangeTests", dependencies: ["WhiskerInterchange", "TestSupport"],
      exclude: ["References"]),
    .testTarget(
      name: "WhiskerServingTests", dependencies: ["WhiskerServing", "SampleImages", "TestSupport"]),
    .testTarget(
      name: "DocumentationTests", dependencies: ["WhiskerReport", "WhiskerTraining", "TestSupport"]),
    .testTarget(
      name: "ToolTests",
      dependencies: [
        "WhiskerInterchange", "WhiskerReport", "WhiskerTraining", "SampleImages", "TestSupport", "whisker",
        "whisker-live", "whisker-serve",
        "make-samples", "make-manuals",
      ]),
    .testTarget(
      name: "FuzzTargetsTests", dependencies: ["FuzzTargets", "TestSupport"], exclude: ["Crashers"]),
    .testTarget(
      name: "ScriptsTests",
      dependencies: [
        "whisker", "whisker-live", "whisker-serve", "whisker-bench", "make-manuals", "draw-dropout",
      ]),
  ]
)

// What only development needs lies apart from what users run.
let tools: Set = [
  "CBench", "CImageWriters", "CLibFuzzer", "FuzzTargets", "SampleImages", "draw-dropout", "make-manuals",
  "make-samples",
  "whisker-bench", "whisker-fuzz",
]
for target in package.targets where tools.contains(target.name) { target.path = "Tools/\(target.name)" }

// Builds only some of the test targets, as scripts/sanitize does.
if let wanted = Context.environment["WHISKER_TESTS"]?.split(separator: ",").map(String.init) {
  package.targets.removeAll { $0.type == .test && !wanted.contains($0.name) }
}

// A package that is used as a dependency may carry no unsafe flags. In the package being built, they make the C code of debug
// builds fast enough to train with, and the tests of release builds quick to compile.
if !Context.packageDirectory.contains("/checkouts/") {
  for target in package.targets {
    if ["ToolTests", "ScriptsTests"].contains(target.name) {
      target.swiftSettings = [.unsafeFlags(["-Onone"], .when(configuration: .release))]
    } else if target.name.hasPrefix("C") && target.type == .regular {
      target.cSettings = (target.cSettings ?? []) + [.unsafeFlags(["-O2"], .when(configuration: .debug))]
    }
  }
}
