// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "hello_world",
    dependencies: [.package(name: "hermit", path: "../..")],
    targets: [
        .executableTarget(name: "hello_world", dependencies: [.product(name: "Hermit", package: "hermit")])
    ]
)
