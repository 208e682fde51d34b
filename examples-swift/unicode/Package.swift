// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "unicode",
    dependencies: [.package(name: "hermit", path: "../..")],
    targets: [
        .executableTarget(name: "unicode", dependencies: [.product(name: "Hermit", package: "hermit")])
    ]
)
