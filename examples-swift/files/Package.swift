// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "files",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "hermit", path: "../..")],
    targets: [
        .executableTarget(
            name: "files", dependencies: [.product(name: "Hermit", package: "hermit")])
    ],
    swiftLanguageModes: [.v6]
)
