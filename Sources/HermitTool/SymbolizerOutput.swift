import Foundation

/// What `llvm-symbolizer --output-style=JSON` printed.
public struct SymbolizerOutput: Sendable {
    /// For every address the functions there, the innermost first: all but
    /// the last are inlined. Empty where nothing is known.
    public private(set) var places: [UInt64: [SourcePlace]] = [:]

    private struct Entry: Decodable {
        struct Symbol: Decodable {
            let FunctionName: String?
            let FileName: String?
            let Line: Int?
            let Column: Int?
            let StartAddress: String?
        }
        let Address: String?
        let Symbol: [Symbol]?
    }

    /// - Parameter json: Any bytes; what is no such output gives nothing.
    public init(json: Data) {
        guard let entries = try? JSONDecoder().decode([Entry].self, from: json) else { return }
        for entry in entries {
            guard let address = entry.Address.flatMap(Self.address), let symbols = entry.Symbol else {
                continue
            }
            let all = symbols.map { Self.place($0, at: address) }
            places[address] = Self.relevant(all)
        }
    }

    /// The linkage names that are Swift's, for a demangler.
    public var mangledNames: [String] {
        Set(places.values.joined().map(\.function).filter(Self.isMangled)).sorted()
    }

    /// Puts readable names in place of the linkage names.
    public mutating func rename(_ names: [String: String]) {
        places = places.mapValues { $0.map { place in
            var place = place
            place.function = names[place.function] ?? place.function
            return place
        } }
    }

    private static func address(_ text: String) -> UInt64? {
        guard text.hasPrefix("0x") else { return nil }
        return UInt64(text.dropFirst(2), radix: 16)
    }

    private static func place(_ symbol: Entry.Symbol, at address: UInt64) -> SourcePlace {
        var place = SourcePlace()
        place.function = symbol.FunctionName ?? ""
        if place.function.hasPrefix(PublicInterface.prefix) {
            place.function.removeFirst(PublicInterface.prefix.count)
            place.isKernel = true
        }
        if place.function.prefixMatch(of: /\$[sSe][0-9]+Kernel[A-Z]/) != nil { place.isKernel = true }
        place.file = symbol.FileName ?? ""
        place.line = max(symbol.Line ?? 0, 0)
        place.column = max(symbol.Column ?? 0, 0)
        if let start = symbol.StartAddress.flatMap(Self.address), start <= address {
            place.distance = address - start
        }
        return place
    }

    /// Without inlined functions that have no line, which the compiler made.
    private static func relevant(_ places: [SourcePlace]) -> [SourcePlace] {
        guard let last = places.last else { return [] }
        var places = places
        // What is inlined in the kernel is the kernel's.
        for index in places.indices where last.isKernel { places[index].isKernel = true }
        return places.dropLast().filter { $0.line > 0 || $0.failure != nil }
            + (last.function.isEmpty && last.line == 0 ? [] : [places[places.count - 1]])
    }

    static func isMangled(_ name: String) -> Bool {
        name.hasPrefix("$s") || name.hasPrefix("$S") || name.hasPrefix("$e")
    }
}
