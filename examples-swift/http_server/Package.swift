// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "http_server",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "hermit", path: "../..")],
    targets: [
        .executableTarget(
            name: "http_server", dependencies: [.product(name: "Hermit", package: "hermit")])
    ],
    swiftLanguageModes: [.v6]
)
