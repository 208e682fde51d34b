// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "mutex",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "hermit", path: "../..")],
    targets: [
        .executableTarget(
            name: "mutex", dependencies: [.product(name: "Hermit", package: "hermit")])
    ],
    swiftLanguageModes: [.v6]
)
