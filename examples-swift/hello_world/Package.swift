// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "hello_world",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "hermit", path: "../..")],
    targets: [
        .executableTarget(
            name: "hello_world", dependencies: [.product(name: "Hermit", package: "hermit")])
    ],
    swiftLanguageModes: [.v6]
)
