import KernelSupport

/// An entry of a directory's block (`struct ext2_dir_entry_2`), checked.
struct ExtendedEntry {
    /// The file's inode; 0: the entry is free.
    var number: UInt32
    /// Bytes until the next one.
    var length: Int
    var nameLength: Int
    var type: UInt8

    static var header: Int { 8 }

    /// Bytes that a name's entry needs.
    static func need(_ nameLength: Int) -> Int { (header + nameLength + 3) & ~3 }

    /// Bytes that it uses.
    var used: Int { number == 0 ? 0 : Self.need(nameLength) }

    /// - Returns: `nil`: there is none that makes sense.
    init?(_ bytes: RawSpan, at place: Int, hasTypes: Bool) {
        let start = UInt64(place)
        guard let number = bytes.value(at: start, as: UInt32.self),
            let length = bytes.value(at: start + 4, as: UInt16.self),
            let nameLength = bytes.value(at: start + 6, as: UInt8.self),
            let type = bytes.value(at: start + 7, as: UInt8.self)
        else { return nil }
        self.number = number
        self.length = Int(length)
        self.nameLength = Int(nameLength)
        self.type = hasTypes ? type : 0
        // Without types the name's length has 16 bits.
        guard hasTypes || type == 0, self.length >= Self.need(self.nameLength), self.length & 3 == 0,
            place + self.length <= bytes.byteCount, number == 0 || nameLength > 0
        else { return nil }
    }

    static func write(
        _ number: UInt32, length: Int, nameLength: Int, type: UInt8, to bytes: inout MutableRawSpan, at place: Int
    ) {
        let start = UInt64(place)
        _ = bytes.store(number, at: start)
        _ = bytes.store(UInt16(truncatingIfNeeded: length), at: start + 4)
        _ = bytes.store(UInt8(truncatingIfNeeded: nameLength), at: start + 6)
        _ = bytes.store(type, at: start + 7)
    }

    /// What an entry says of a file's kind (`EXT2_FT_`); 0: nothing.
    static func type(of kind: FileKind) -> UInt8 {
        switch kind {
        case .regular: 1
        case .directory: 2
        case .characterDevice: 3
        case .blockDevice: 4
        case .fifo: 5
        case .socket: 6
        case .symbolicLink: 7
        }
    }

    var kind: FileKind? {
        switch type {
        case 1: .regular
        case 2: .directory
        case 3: .characterDevice
        case 4: .blockDevice
        case 5: .fifo
        case 6: .socket
        case 7: .symbolicLink
        default: nil
        }
    }
}

/// Where an entry is.
struct EntryPlace {
    var block: UInt32
    var offset: Int
    /// The entry in front of it, in the same block.
    var previous: Int?
    var number: UInt32
}

/// Where there is room for one.
struct EntryRoom {
    var block: UInt32
    var offset: Int
}
