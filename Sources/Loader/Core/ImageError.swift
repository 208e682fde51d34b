/// What is wrong with an image.
public enum ImageError: Error, Equatable, Sendable {
    case truncatedHeader
    case notELF
    case not64Bit
    case notLittleEndian
    case badVersion
    case wrongType
    case wrongMachine
    case badHeaderSize
    case headersOutside
    case headersNotLoaded
    case tooManyHeaders
    case tooManySegments
    case noSegments
    case segmentOutsideFile
    case fileSizeOverMemorySize
    case segmentTooLarge
    case badAlignment
    case overlappingSegments
    case writableCode
    case needsInterpreter
    case needsLibraries
    case badThreadStorage
    case badNote
    case noHermitNote
    case wrongHermitVersion
    case entryOutside
    case badDynamicSection
    case badRelocationTable
    /// With the relocation's type (System V ABI, AMD64 supplement, table 4.9).
    case unsupportedRelocation(UInt32)
    case relocationOutside
    case badSymbol
    case undefinedSymbol
    case fixedAddress
    case noRoom

    /// The fault in a few words, for one line on a console.
    public var message: StaticString {
        switch self {
        case .truncatedHeader: "the file is cut off inside its header"
        case .notELF: "not an ELF file"
        case .not64Bit: "a 32-bit ELF file; a Hermit image has 64 bits"
        case .notLittleEndian: "a big-endian ELF file"
        case .badVersion: "an unknown version of ELF"
        case .wrongType: "not a program: an object file, a core dump or something else"
        case .wrongMachine: "built for another processor than x86-64"
        case .badHeaderSize: "the ELF header has impossible sizes"
        case .headersOutside: "the file is cut off: its program headers lie behind its end"
        case .headersNotLoaded: "its headers are not in its first segment"
        case .tooManyHeaders: "more program headers than a Hermit image can have"
        case .tooManySegments: "more segments than the loader takes"
        case .noSegments: "there is nothing to load in it"
        case .segmentOutsideFile: "the file is cut off: a segment ends behind its end"
        case .fileSizeOverMemorySize: "a segment has more bytes in the file than in memory"
        case .segmentTooLarge: "a segment's address or size is impossible"
        case .badAlignment: "a segment's alignment is impossible"
        case .overlappingSegments: "segments overlap or are out of order"
        case .writableCode: "a segment is both writable and executable"
        case .needsInterpreter: "dynamically linked: it asks for a program interpreter"
        case .needsLibraries: "dynamically linked: it needs a shared library"
        case .badThreadStorage: "its thread-local storage is impossible"
        case .badNote: "a note is damaged"
        case .noHermitNote: "no HERMIT note: not linked with libhermit.a"
        case .wrongHermitVersion: "linked for another version of the boot protocol"
        case .entryOutside: "its entry point is not in its code"
        case .badDynamicSection: "its dynamic section is damaged"
        case .badRelocationTable: "its relocation table is damaged"
        case .unsupportedRelocation(5), .unsupportedRelocation(7):
            "dynamically linked: it has relocations for a shared library"
        case .unsupportedRelocation(16...18): "its thread-local storage needs a dynamic linker"
        case .unsupportedRelocation(37): "it has an indirect function, which the loader cannot choose"
        case .unsupportedRelocation: "a relocation of a kind that the loader does not know"
        case .relocationOutside: "a relocation lies outside of its writable data"
        case .badSymbol: "a relocation names a symbol that is not in the image"
        case .undefinedSymbol: "dynamically linked: a symbol is not defined in it"
        case .fixedAddress: "linked to a fixed address that is not free; link with -pie"
        case .noRoom: "too little memory to load it"
        }
    }
}
