import Foundation
import Testing

/// Swift packages booted in a virtual machine.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct SwiftProgramTests {
    @Test func helloPrintsItsArguments() async throws {
        let result = try await Hermit.run([
            "run", "--timeout", "60", "examples-swift/hello_world", "--", "a", "b c",
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "Hello from Swift on Hermit!\na\nb c\n")
    }

    @Test(arguments: ["q35", "microvm"])
    func collectionsWork(machine: String) async throws {
        let result = try await Hermit.run([
            "run", "--timeout", "60", "--machine", machine, "examples-swift/collections",
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.text == """
                squares: 10 385
                even: 4 16 36 64 100
                Ada 36
                Edsger 72
                Grace 85
                different letters: 7
                dictionary: 10000 69993

                """)
    }

    @Test func textIsUnicode() async throws {
        let result = try await Hermit.run(["run", "--timeout", "60", "examples-swift/unicode"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.text == """
                equal: true
                characters: 4 4
                scalars: 4 5
                family: 1
                ordered: a z ö
                upper: STRASSE

                """)
    }

    @Test func anOutsidePackageWithATargetNamedNetworkWorks() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(
            "Package.swift",
            """
            // swift-tools-version: 6.2
            import PackageDescription
            let package = Package(
                name: "outside",
                dependencies: [.package(name: "hermit", path: "\(Hermit.root)")],
                targets: [
                    .target(name: "Network"),
                    .executableTarget(
                        name: "outside",
                        dependencies: ["Network", .product(name: "Hermit", package: "hermit")]),
                ])
            """)
        _ = try folder.write(
            "Sources/Network/Network.swift", "public func answer() -> Int { 42 }\n")
        _ = try folder.write(
            "Sources/outside/main.swift",
            """
            import Hermit
            import Network
            print("outside:", answer())
            Program.exit(3)
            """)
        let result = try await Hermit.run(["run", "--timeout", "60", folder.path])
        #expect(result.status == 3, "\(result.errors)")
        #expect(result.text == "outside: 42\n")
    }
}
