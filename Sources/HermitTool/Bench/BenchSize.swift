import ArgumentParser
import Foundation

/// `hermit bench size`: bytes of images and loaders.
struct BenchSize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "size", abstract: "Bytes of the smallest programs and of the loader.")

    private static let programs = [
        "examples-c/bare", "examples-c/hello_world", "examples-swift/hello_world",
    ]

    mutating func run() async throws {
        let bench = try await Workbench()
        var table = TextTable(["", "bytes", "with the loader"])
        let loader = try Self.size(bench.sysroot.loader(.pvh))
        for program in Self.programs {
            let size = try Self.size(try await bench.image(program))
            table.add([program, "\(size)", "\(size + loader)"])
        }
        table.add(["loader, PVH", "\(loader)"])
        table.add(["loader, Multiboot", "\(try Self.size(bench.sysroot.loader(.multiboot)))"])
        print(table.text, terminator: "")
    }

    private static func size(_ path: String) throws -> Int {
        guard let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        else { throw ToolError("\(path): its size can't be read") }
        return size
    }
}
