import Foundation
import LoaderCore

/// Turns offsets in an image into functions, files and lines, with the
/// toolchain's programs.
struct Symbolizer {
    let programs: Programs
    /// The image with its symbols.
    let image: String

    /// - Parameter offsets: From the image's first byte.
    /// - Returns: What is known of each; nothing where the programs fail.
    func places(at offsets: [UInt64]) async -> [UInt64: [SourcePlace]] {
        guard !offsets.isEmpty, let base = linkedAddress else { return [:] }
        let words = offsets.map { "0x" + String(base &+ $0, radix: 16) }
        guard
            let json = try? await programs.run(
                "llvm-symbolizer", ["--obj=" + image, "--output-style=JSON"] + words)
        else { return [:] }
        var output = SymbolizerOutput(json: Data(json.utf8))
        output.rename(await demangled(output.mangledNames))
        let places = output.places.map { (address, places) in (address &- base, places) }
        return Dictionary(places) { first, _ in first }
    }

    private var linkedAddress: UInt64? {
        guard let data = FileManager.default.contents(atPath: image) else { return nil }
        return try? ImageLayout(data.bytes).linkedAddress
    }

    private func demangled(_ names: [String]) async -> [String: String] {
        guard !names.isEmpty,
            let text = try? await programs.run(
                "swift-demangle", ["--compact", "--simplified"] + names)
        else { return [:] }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        return Dictionary(zip(names, lines)) { first, _ in first }
    }
}
