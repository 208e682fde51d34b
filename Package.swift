// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target: strict memory safety (each unsafe expression is marked) and no warnings.
let strict: [SwiftSetting] = [.strictMemorySafety(), .treatAllWarnings(as: .error)]
/// Tests look into raw memory as they please.
let tests: [SwiftSetting] = [.treatAllWarnings(as: .error)]
let strictC: [CSetting] = [.treatAllWarnings(as: .error)]

/// A module of the kernel: `Sources/Kernel/NAME`, module `KernelNAME`.
/// The prefix is there because target names are unique in a whole package
/// graph: an application may have a target `Network` of its own.
func kernel(
    _ name: String, _ dependencies: [Target.Dependency], _ settings: [SwiftSetting] = strict
) -> Target {
    .target(
        name: "Kernel\(name)", dependencies: dependencies, path: "Sources/Kernel/\(name)",
        swiftSettings: settings)
}

let package = Package(
    name: "hermit",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Hermit", targets: ["Hermit"]),
        .library(name: "HermitKernelArchive", type: .static, targets: ["KernelABI", "KernelTrace"]),
        .library(name: "HermitLoaderArchive", type: .static, targets: ["HermitLoader"]),
        .executable(name: "hermit", targets: ["HermitCommand"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.6.0"),
    ],
    targets: [
        // The ABI, written by hand.
        .systemLibrary(name: "CHermit", path: "include"),

        // The kernel. Arrows point downwards only.
        .target(name: "CMemory", cSettings: strictC),
        .target(name: "CMachine", cSettings: strictC),
        kernel("Support", [], strict + [.enableExperimentalFeature("Lifetimes")]),
        kernel("Machine", ["CMachine", "KernelSupport"]),
        kernel("Mappings", ["KernelSupport"]),
        kernel("FileSystem", ["KernelSupport"], strict + [.enableExperimentalFeature("Lifetimes")]),
        kernel("Memory", ["KernelMachine", "KernelMappings", "KernelSupport"]),
        kernel("Drivers", ["KernelMachine", "KernelSupport"]),
        kernel("Scheduling", ["KernelSupport"]),
        kernel("Descriptors", ["KernelSupport"]),
        kernel("Virtio", ["KernelSupport"]),
        kernel("Vsock", ["KernelDescriptors", "KernelSupport"]),
        kernel("Wire", ["KernelSupport"], strict + [.enableExperimentalFeature("Lifetimes")]),
        kernel("Network", ["KernelWire", "KernelSupport"], strict + [.enableExperimentalFeature("Lifetimes")]),
        kernel("Time", ["CMachine", "KernelMachine", "KernelSupport"]),
        kernel("Entropy", ["CMachine", "KernelMachine", "KernelSupport"]),
        kernel(
            "Main",
            [
                "CMemory", "CMachine", "KernelSupport", "KernelMachine", "KernelMemory",
                "KernelMappings", "KernelDrivers", "KernelScheduling",
            ]),
        kernel(
            "Tasks",
            [
                "CMachine", "KernelSupport", "KernelMachine", "KernelMemory", "KernelScheduling",
                "KernelTime", "KernelMain",
            ]),
        kernel(
            "Devices",
            [
                "CMachine", "KernelSupport", "KernelMachine", "KernelMemory", "KernelVirtio",
                "KernelEntropy", "KernelMain", "KernelTasks",
            ]),
        kernel(
            "Disk",
            [
                "CMachine", "KernelSupport", "KernelMachine", "KernelMemory", "KernelVirtio", "KernelMain",
                "KernelScheduling", "KernelTasks", "KernelDevices", "KernelStreams",
            ]),
        kernel(
            "Folders",
            [
                "CMachine", "KernelSupport", "KernelMachine", "KernelFileSystem", "KernelVirtio", "KernelMain",
                "KernelScheduling", "KernelTasks", "KernelDevices",
            ]),
        kernel(
            "Volumes",
            [
                "CMachine", "KernelSupport", "KernelMachine", "KernelFileSystem", "KernelVirtio", "KernelMain",
                "KernelScheduling", "KernelTasks", "KernelDisk",
            ]),
        kernel(
            "NetworkCards",
            [
                "CMachine", "KernelSupport", "KernelMachine", "KernelMemory", "KernelVirtio", "KernelMain",
                "KernelTasks", "KernelDevices",
            ]),
        kernel(
            "Console",
            [
                "CMachine", "KernelSupport", "KernelMachine", "KernelDrivers", "KernelVirtio", "KernelMain", "KernelDevices",
            ]),
        kernel(
            "Streams",
            [
                "CMachine", "KernelConsole", "KernelSupport", "KernelMachine", "KernelMemory", "KernelScheduling",
                "KernelDescriptors", "KernelMain", "KernelTasks", "KernelTime",
            ]),
        kernel(
            "Files",
            [
                "CMachine", "KernelSupport", "KernelMachine", "KernelMain", "KernelTime", "KernelEntropy",
                "KernelScheduling", "KernelTasks", "KernelMappings", "KernelMemory", "KernelFileSystem", "KernelDescriptors", "KernelStreams", "KernelDevices", "KernelDisk",
                "KernelFolders", "KernelVirtio", "KernelVolumes",
            ]),
        kernel(
            "Sockets",
            [
                "CMachine", "KernelSupport", "KernelMachine", "KernelMain", "KernelMemory", "KernelWire",
                "KernelNetwork", "KernelNetworkCards", "KernelVirtio", "KernelScheduling", "KernelTasks",
                "KernelDevices", "KernelDescriptors", "KernelStreams", "KernelTime",
            ], strict + [.enableExperimentalFeature("Lifetimes")]),
        kernel(
            "VirtualSockets",
            [
                "CMachine", "KernelSupport", "KernelMachine", "KernelMain", "KernelMemory", "KernelVsock",
                "KernelVirtio", "KernelScheduling", "KernelTasks", "KernelDevices", "KernelDescriptors", "KernelStreams",
            ], strict + [.enableExperimentalFeature("Lifetimes")]),
        kernel(
            "Names",
            [
                "CMachine", "KernelSupport", "KernelMachine", "KernelMain", "KernelWire", "KernelNetwork", "KernelScheduling",
                "KernelTasks", "KernelDevices", "KernelFiles", "KernelSockets",
            ], strict + [.enableExperimentalFeature("Lifetimes")]),
        .target(
            name: "KernelABI",
            dependencies: [
                "KernelSockets", "KernelVirtualSockets", "KernelNames", "KernelNetwork", "KernelWire",
                "KernelFileSystem", "KernelFiles", "KernelDescriptors", "KernelStreams", "CHermit", "CMachine", "KernelMain", "KernelSupport", "KernelMappings", "KernelMemory",
                "KernelDrivers", "KernelScheduling", "KernelMachine", "KernelTime", "KernelEntropy", "KernelTasks", "KernelDevices",
            ],
            path: "Sources/CABI", swiftSettings: strict + [.enableExperimentalFeature("Lifetimes")]),

        // What the traced gates call; in no other image.
        kernel(
            "Trace",
            ["CMachine", "KernelSupport", "KernelMachine", "KernelMain", "KernelTime"]),

        // The loader: a pure core that is tested on the host, and what runs in the machine.
        .target(
            name: "LoaderCore", dependencies: ["KernelFileSystem", "KernelSupport"], path: "Sources/Loader/Core",
            swiftSettings: strict),
        .target(
            name: "CLoader", path: "Sources/Loader/Entry", cSettings: strictC),
        .target(
            name: "HermitLoader", dependencies: ["CLoader", "CMemory", "LoaderCore", "KernelSupport"],
            path: "Sources/Loader/Boot", swiftSettings: strict),

        // Swift applications.
        .target(name: "CHermitStart", path: "Sources/HermitStart", cSettings: strictC),
        .target(
            name: "Hermit", dependencies: ["CHermit", "CHermitStart"],
            swiftSettings: strict + [
                // A value inside of its lock: `Cell`.
                .enableExperimentalFeature("RawLayout"),
                .enableExperimentalFeature("BuiltinModule"),
            ]),

        // The command.
        .target(
            name: "HermitTool",
            dependencies: [
                "KernelSupport", "LoaderCore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "HermitCommand", dependencies: ["HermitTool"], swiftSettings: strict),

        .testTarget(
            name: "KernelSupportTests", dependencies: ["KernelSupport", "TestSupport"], swiftSettings: tests),
        .testTarget(
            name: "KernelSchedulingTests", dependencies: ["KernelScheduling", "KernelSupport", "TestSupport"],
            swiftSettings: tests),
        .testTarget(
            name: "KernelDescriptorsTests", dependencies: ["KernelDescriptors", "KernelSupport"],
            swiftSettings: tests),
        .testTarget(
            name: "KernelVirtioTests", dependencies: ["KernelVirtio", "KernelSupport", "TestSupport"],
            swiftSettings: tests),
        .testTarget(
            name: "KernelVsockTests",
            dependencies: ["KernelVsock", "KernelDescriptors", "KernelSupport", "TestSupport"], swiftSettings: tests),
        // Links, hosts and clocks that are simulated.
        .target(
            name: "NetworkSimulation", dependencies: ["KernelNetwork", "KernelWire", "KernelSupport"],
            path: "Tests/NetworkSimulation", swiftSettings: strict),
        .executableTarget(
            name: "network-benchmark", dependencies: ["KernelNetwork", "KernelWire", "KernelSupport"],
            path: "Benchmarks/network", swiftSettings: strict),
        .testTarget(
            name: "KernelNetworkTests",
            dependencies: ["KernelNetwork", "KernelWire", "KernelSupport", "NetworkSimulation", "TestSupport"],
            swiftSettings: tests),
        .testTarget(
            name: "KernelMappingsTests", dependencies: ["KernelMappings", "KernelSupport", "TestSupport"],
            swiftSettings: tests),
        .testTarget(
            name: "KernelFileSystemTests",
            dependencies: ["KernelFileSystem", "KernelSupport", "FileExerciser", "TestSupport"], swiftSettings: tests),
        // Operations on files compared with a model; for the host's tests and for guests.
        .target(name: "FileExerciser", path: "Tests/FileExerciser", swiftSettings: strict),
        .testTarget(
            name: "LoaderCoreTests", dependencies: ["LoaderCore", "KernelSupport", "TestSupport"],
            swiftSettings: tests),
        .testTarget(name: "HermitToolTests", dependencies: ["HermitTool", "TestSupport"], swiftSettings: tests),
        .target(
            name: "TestSupport",
            dependencies: [
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Tests/Support", swiftSettings: strict),
        .testTarget(
            name: "GuestTests",
            dependencies: [
                "HermitTool", "TestSupport", .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: tests),
        .target(name: "Conformance", path: "Tests/Conformance", swiftSettings: strict),
        .testTarget(
            name: "ConformanceTests", dependencies: ["Conformance", "TestSupport"],
            swiftSettings: tests),
    ],
    swiftLanguageModes: [.v6]
)
