import Foundation
import KernelSupport

/// The instructions in an image's code that write the register of rights, outside of the
/// kernel's ways (docs/isolation.md): whoever executes one has the kernel's memory.
///
/// It looks for the bytes, whether an instruction begins there or not: what jumps there
/// decides that. XRSTOR is none of them, as the processor is told that it does not keep the register.
struct RightsScan {
    /// A place, and the function that it is in, if the image says so.
    struct Finding: Equatable {
        var address: UInt64
        var function: String?
    }

    private(set) var findings: [Finding] = []

    /// WRPKRU (Intel SDM 2D).
    private static let instruction: [UInt8] = [0x0F, 0x01, 0xEF]

    private struct Function {
        var range: Range<UInt64>
        var name: String
    }

    /// - Parameter image: An ELF64 image. What can't be read holds nothing; and of an image
    ///   without symbols nothing is said, as its own gates can't be told from others.
    init(_ image: Data) {
        let places = Self.places(in: image)
        let functions = Self.functions(of: image.bytes, around: places)
        if functions.isEmpty { return }
        for place in places {
            let function = functions.first { $0.range.contains(place) }?.name
            if let function, Self.isOurs(function) { continue }
            findings.append(Finding(address: place, function: function))
        }
    }

    /// Looks at a file, and tells the user.
    ///
    /// - Parameter isRequired: What is found is an error.
    static func check(_ path: String, isRequired: Bool) throws {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped),
            let message = RightsScan(data).message
        else { return }
        if isRequired { throw ToolError("--isolation require: \(message)") }
        Terminal.write("hermit: \(message)\n")
    }

    /// Words about what was found, for the user; `nil`: nothing was.
    var message: String? {
        if findings.isEmpty { return nil }
        let places = findings.prefix(3).map { finding in
            (finding.function.map { $0 + ", " } ?? "") + "0x" + String(finding.address, radix: 16)
        }
        return "the program can open the kernel's memory: its code has the bytes of WRPKRU at "
            + places.joined(separator: "; ") + (findings.count > 3 ? " and \(findings.count - 3) more places" : "")
    }

    /// The kernel's functions, and gates.
    private static func isOurs(_ function: String) -> Bool {
        function.hasPrefix(PublicInterface.prefix) || function.hasSuffix(EntryGate.isolatedSuffix)
    }

    /// Addresses of the bytes in executable segments.
    private static func places(in image: Data) -> [UInt64] {
        let file = image.bytes
        guard file.value(at: 0, as: UInt32.self) == 0x464C_457F,
            let table = file.value(at: 32, as: UInt64.self),
            let size = file.value(at: 54, as: UInt16.self),
            let count = file.value(at: 56, as: UInt16.self)
        else { return [] }
        var places: [UInt64] = []
        for i in 0..<UInt64(count) {
            let header = table &+ i * UInt64(size)
            guard file.value(at: header, as: UInt32.self) == 1,
                let flags = file.value(at: header &+ 4, as: UInt32.self), flags & 1 != 0,
                let start = file.value(at: header &+ 8, as: UInt64.self),
                let address = file.value(at: header &+ 16, as: UInt64.self),
                let length = file.value(at: header &+ 32, as: UInt64.self),
                file.contains(offset: start, count: length)
            else { continue }
            let first = image.startIndex + Int(start)
            var rest = first..<first + Int(length)
            while let found = image.range(of: Data(instruction), in: rest) {
                places.append(address &+ UInt64(found.lowerBound - first))
                rest = found.lowerBound + 1..<rest.upperBound
            }
        }
        return places
    }

    /// The functions that the image's table of symbols names and that have one of the places.
    private static func functions(of file: RawSpan, around places: [UInt64]) -> [Function] {
        guard let table = file.value(at: 40, as: UInt64.self),
            let size = file.value(at: 58, as: UInt16.self),
            let count = file.value(at: 60, as: UInt16.self)
        else { return [] }
        func section(_ index: UInt64) -> (type: UInt32, start: UInt64, size: UInt64, link: UInt32)? {
            let header = table &+ index &* UInt64(size)
            guard let type = file.value(at: header &+ 4, as: UInt32.self),
                let start = file.value(at: header &+ 24, as: UInt64.self),
                let length = file.value(at: header &+ 32, as: UInt64.self),
                let link = file.value(at: header &+ 40, as: UInt32.self)
            else { return nil }
            return (type, start, length, link)
        }
        var functions: [Function] = []
        for i in 0..<UInt64(count) {
            guard let symbols = section(i), symbols.type == 2, let names = section(UInt64(symbols.link)),
                file.contains(offset: symbols.start, count: symbols.size),
                file.contains(offset: names.start, count: names.size)
            else { continue }
            for entry in stride(from: symbols.start, to: symbols.start + symbols.size / 24 * 24, by: 24) {
                guard let kind = file.value(at: entry + 4, as: UInt8.self), kind & 0xF == 2,
                    let name = file.value(at: entry, as: UInt32.self), UInt64(name) < names.size,
                    let start = file.value(at: entry + 8, as: UInt64.self),
                    let length = file.value(at: entry + 16, as: UInt64.self),
                    length > 0, length <= UInt64.max - start,
                    places.contains(where: { $0 >= start && $0 - start < length })
                else { continue }
                var bytes: [UInt8] = []
                var next = names.start + UInt64(name)
                while next < names.start + names.size, let byte = file.value(at: next, as: UInt8.self), byte != 0 {
                    bytes.append(byte)
                    next += 1
                }
                functions.append(
                    Function(range: start..<start + length, name: String(decoding: bytes, as: UTF8.self)))
            }
        }
        return functions
    }
}
