// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "parallel_pi",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "hermit", path: "../..")],
    targets: [
        .executableTarget(
            name: "parallel_pi", dependencies: [.product(name: "Hermit", package: "hermit")])
    ],
    swiftLanguageModes: [.v6]
)
