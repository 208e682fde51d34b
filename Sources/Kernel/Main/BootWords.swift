import KernelSupport

/// The boot's command line, cut into words.
///
/// Words are separated by spaces; double quotes group, a backslash takes the
/// next byte as it is. The words before `--` are the kernel's, those behind it
/// the application's arguments. The line is unquoted where it lies, each word
/// ended by a zero byte, which never makes it longer.
@safe struct BootWords {
    private let base: UnsafeMutablePointer<UInt8>
    private let count: Int

    /// - Parameters:
    ///   - base: The line, in memory that is the kernel's to write.
    ///   - length: Its bytes; one more byte behind them may be written.
    init(unquoting base: UnsafeMutablePointer<UInt8>, length: Int) {
        var written = 0
        var isInWord = false
        var isQuoted = false
        var i = 0
        while i < length {
            let byte = unsafe base[i]
            i += 1
            switch byte {
            case 0x20 where !isQuoted:
                if isInWord {
                    unsafe base[written] = 0
                    written += 1
                }
                isInWord = false
                continue
            case 0x22:
                isQuoted.toggle()
                isInWord = true
                continue
            case 0x5C where i < length:
                unsafe base[written] = base[i]
                i += 1
            default:
                unsafe base[written] = byte
            }
            written += 1
            isInWord = true
        }
        if isInWord {
            unsafe base[written] = 0
            written += 1
        }
        unsafe self.base = base
        count = written
    }

    /// The same words after their memory is seen at another address.
    init(_ words: BootWords, movedBy offset: UInt64) {
        unsafe base = UnsafeMutablePointer(bitPattern: UInt(bitPattern: words.base) + UInt(offset))!
        count = words.count
    }

    /// One word: its bytes and the zero behind them.
    @safe struct Word {
        let start: UnsafePointer<UInt8>
        let length: Int

        /// Whether it starts with `prefix`.
        func hasPrefix(_ prefix: StaticString) -> Bool {
            guard length >= prefix.utf8CodeUnitCount else { return false }
            for i in 0..<prefix.utf8CodeUnitCount
            where unsafe start[i] != prefix.utf8Start[i] {
                return false
            }
            return true
        }

        static func == (a: Word, b: StaticString) -> Bool {
            a.length == b.utf8CodeUnitCount && a.hasPrefix(b)
        }

        func dropping(_ prefix: StaticString) -> Word {
            unsafe Word(
                start: start + prefix.utf8CodeUnitCount, length: length - prefix.utf8CodeUnitCount)
        }
    }

    /// Calls `body` with each word and whether it is the application's.
    func forEach(_ body: (Word, _ isArgument: Bool) -> Void) {
        var offset = 0
        var isArgument = false
        while offset < count {
            var length = 0
            while unsafe base[offset + length] != 0 { length += 1 }
            let word = unsafe Word(start: UnsafePointer(base + offset), length: length)
            if !isArgument && word == "--" {
                isArgument = true
            } else {
                body(word, isArgument)
            }
            offset += length + 1
        }
    }
}
