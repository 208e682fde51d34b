import KernelSupport

/// Reads a tar archive: POSIX.1-2017's `ustar` and `pax` (pax, "ustar Interchange
/// Format", "pax Extended Header"), and of GNU's what is left of the time before
/// those, long names and large numbers. Nothing is copied: the entries tell where
/// in the archive things are.
///
/// Nothing in the archive is trusted. Every access is compared with its size.
public struct ArchiveReader {
    /// Where the next header is.
    public private(set) var position: UInt64 = 0

    private static let blockSize: UInt64 = 512

    public init() {}

    /// What the headers in front of an entry say of it.
    private struct Extension {
        var path: ArchiveRange? = nil
        var target: ArchiveRange? = nil
        var size: UInt64? = nil
        var time: FileTime? = nil
        var user: UInt32? = nil
        var group: UInt32? = nil
    }

    /// The next entry; `nil` at the end.
    public mutating func next(_ bytes: RawSpan) throws(ArchiveError) -> ArchiveEntry? {
        var extra = Extension()
        while true {
            let start = position
            if start == UInt64(bytes.byteCount) || isEnd(bytes, start) { return nil }
            guard bytes.contains(offset: start, count: Self.blockSize) else {
                throw .truncated(at: start)
            }
            guard hasRightSum(bytes, start), bytes.holds("ustar", at: start + 257) else {
                throw .damaged(at: start)
            }
            guard let size = number(bytes, start + 124, 12) else { throw .damaged(at: start) }
            let kind = bytes.value(at: start + 156, as: UInt8.self) ?? 0
            let isExtension = Self.extensionKinds.contains(kind)
            let count = isExtension ? size : extra.size ?? size
            let hasData = isExtension || kind == 0 || kind == UInt8(ascii: "0") || kind == UInt8(ascii: "7")
            let data = ArchiveRange(start: start + Self.blockSize, count: hasData ? count : 0)
            guard bytes.contains(offset: data.start, count: data.count) else {
                throw .truncated(at: start)
            }
            // The last block need not be whole.
            let blocks = (data.count + Self.blockSize - 1) / Self.blockSize
            position = min(data.start + blocks * Self.blockSize, UInt64(bytes.byteCount))
            switch kind {
            case UInt8(ascii: "x"):
                guard read(bytes, data, &extra) else { throw .damaged(at: start) }
            // What is said of all entries is nothing that matters here.
            case UInt8(ascii: "g"): break
            case UInt8(ascii: "L"): extra.path = text(bytes, data.start, data.count)
            case UInt8(ascii: "K"): extra.target = text(bytes, data.start, data.count)
            default: return try entry(bytes, at: start, kind, data, extra)
            }
        }
    }

    private static let extensionKinds: InlineArray<4, UInt8> = [
        UInt8(ascii: "x"), UInt8(ascii: "g"), UInt8(ascii: "L"), UInt8(ascii: "K"),
    ]

    private func entry(
        _ bytes: RawSpan, at start: UInt64, _ kind: UInt8, _ data: ArchiveRange, _ extra: Extension
    ) throws(ArchiveError) -> ArchiveEntry {
        guard let mode = number(bytes, start + 100, 8), let user = number(bytes, start + 108, 8),
            let group = number(bytes, start + 116, 8), let time = number(bytes, start + 136, 12)
        else { throw .damaged(at: start) }
        var entry = ArchiveEntry(
            kind: .regular, mode: FileMode(UInt32(truncatingIfNeeded: mode)),
            owner: FileOwner(
                user: extra.user ?? UInt32(truncatingIfNeeded: user),
                group: extra.group ?? UInt32(truncatingIfNeeded: group)),
            time: extra.time ?? FileTime(seconds: Int64(bitPattern: time), nanoseconds: 0))
        switch kind {
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): entry.kind = .regular
        case UInt8(ascii: "1"): entry.kind = .hardLink
        case UInt8(ascii: "2"): entry.kind = .symbolicLink
        case UInt8(ascii: "5"): entry.kind = .directory
        case UInt8(ascii: "6"): entry.kind = .special(.fifo, device: 0)
        case UInt8(ascii: "3"), UInt8(ascii: "4"):
            guard let major = number(bytes, start + 329, 8), let minor = number(bytes, start + 337, 8)
            else { throw .damaged(at: start) }
            let device = (major & 0xFFF) << 8 | minor & 0xFF | (minor & 0xFFF00) << 12
            entry.kind = .special(
                kind == UInt8(ascii: "3") ? .characterDevice : .blockDevice, device: device)
        default: throw .unknown(at: start)
        }
        entry.data = data
        if let path = extra.path {
            entry.path = path
        } else {
            entry.path = text(bytes, start, 100)
            // GNU's older format has other things where the prefix is.
            if bytes.holds("\0", at: start + 262) { entry.prefix = text(bytes, start + 345, 155) }
        }
        entry.target = extra.target ?? text(bytes, start + 157, 100)
        return entry
    }

    // MARK: - Fields

    /// Whether a block of zeros is here.
    private func isEnd(_ bytes: RawSpan, _ start: UInt64) -> Bool {
        guard bytes.contains(offset: start, count: Self.blockSize) else { return false }
        var offset: UInt64 = 0
        while offset < Self.blockSize {
            guard bytes.value(at: start + offset, as: UInt64.self) == 0 else { return false }
            offset += 8
        }
        return true
    }

    /// Whether the bytes' sum, with blanks in place of it, is what the header says.
    private func hasRightSum(_ bytes: RawSpan, _ start: UInt64) -> Bool {
        guard let said = number(bytes, start + 148, 8) else { return false }
        // Four sums of two bytes each side by side, which 64 words do not fill.
        let lanes: UInt64 = 0x00FF_00FF_00FF_00FF
        var sums: UInt64 = 0
        var offset: UInt64 = 0
        while offset < Self.blockSize {
            let word = bytes.value(at: start + offset, as: UInt64.self) ?? 0
            sums += word & lanes + word >> 8 & lanes
            offset += 8
        }
        var sum = sums & 0xFFFF + sums >> 16 & 0xFFFF + sums >> 32 & 0xFFFF + sums >> 48
        for offset in 148..<156 as Range<UInt64> {
            sum += UInt64(UInt8(ascii: " "))
            sum -= UInt64(bytes.value(at: start + offset, as: UInt8.self) ?? 0)
        }
        return sum == said
    }

    /// The bytes up to the first zero.
    private func text(_ bytes: RawSpan, _ start: UInt64, _ most: UInt64) -> ArchiveRange {
        var count: UInt64 = 0
        while count < most, let byte = bytes.value(at: start + count, as: UInt8.self), byte != 0 {
            count += 1
        }
        return ArchiveRange(start: start, count: count)
    }

    /// A number: octal digits between blanks or zeros, or binary where the first
    /// byte's highest bit is set; `nil`: neither, or it is negative.
    private func number(_ bytes: RawSpan, _ start: UInt64, _ count: UInt64) -> UInt64? {
        guard let first = bytes.value(at: start, as: UInt8.self),
            bytes.contains(offset: start, count: count)
        else { return nil }
        if first & 0x80 != 0 {
            guard first & 0x7F == 0 else { return nil }
            var value: UInt64 = 0
            for offset in 1..<count {
                guard value >> 55 == 0 else { return nil }
                value = value << 8 | UInt64(bytes.value(at: start + offset, as: UInt8.self) ?? 0)
            }
            return value
        }
        var value: UInt64 = 0
        var hasEnded = false
        var hasBegun = false
        for offset in 0..<count {
            let byte = bytes.value(at: start + offset, as: UInt8.self) ?? 0
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "7"):
                guard !hasEnded, value >> 60 == 0 else { return nil }
                value = value << 3 | UInt64(byte - UInt8(ascii: "0"))
                hasBegun = true
            case 0, UInt8(ascii: " "): hasEnded = hasBegun
            default: return nil
            }
        }
        return value
    }

    // MARK: - Extended headers

    /// Reads the records `LENGTH KEY=VALUE\n`; `false`: one is damaged.
    private func read(_ bytes: RawSpan, _ data: ArchiveRange, _ extra: inout Extension) -> Bool {
        var start = data.start
        let end = data.start + data.count
        while start < end {
            var length: UInt64 = 0
            var offset = start
            while offset < end, let byte = bytes.value(at: offset, as: UInt8.self), byte.isDigit {
                guard length < 1 << 32 else { return false }
                length = length * 10 + UInt64(byte - UInt8(ascii: "0"))
                offset += 1
            }
            guard length > offset - start + 2, length <= end - start, bytes.holds(" ", at: offset),
                bytes.holds("\n", at: start + length - 1)
            else { return false }
            let key = offset + 1
            let last = start + length - 1
            offset = key
            while offset < last, !bytes.holds("=", at: offset) { offset += 1 }
            guard offset < last else { return false }
            let value = ArchiveRange(start: offset + 1, count: last - offset - 1)
            guard read(bytes, ArchiveRange(start: key, count: offset - key), value, &extra) else {
                return false
            }
            start += length
        }
        return true
    }

    private func read(
        _ bytes: RawSpan, _ key: ArchiveRange, _ value: ArchiveRange, _ extra: inout Extension
    ) -> Bool {
        func isKey(_ name: StaticString) -> Bool {
            key.count == UInt64(name.utf8CodeUnitCount) && bytes.holds(name, at: key.start)
        }
        if isKey("path") {
            extra.path = value
        } else if isKey("linkpath") {
            extra.target = value
        } else if isKey("size") {
            guard let (size, _) = decimal(bytes, value) else { return false }
            extra.size = size
        } else if isKey("mtime") {
            guard let (seconds, nanoseconds) = decimal(bytes, value) else { return false }
            extra.time = FileTime(seconds: Int64(clamping: seconds), nanoseconds: nanoseconds)
        } else if isKey("uid") {
            guard let (user, _) = decimal(bytes, value) else { return false }
            extra.user = UInt32(truncatingIfNeeded: user)
        } else if isKey("gid") {
            guard let (group, _) = decimal(bytes, value) else { return false }
            extra.group = UInt32(truncatingIfNeeded: group)
        }
        return true
    }

    /// A decimal number, and the billionths behind its point.
    private func decimal(
        _ bytes: RawSpan, _ range: ArchiveRange
    ) -> (whole: UInt64, billionths: UInt32)? {
        var whole: UInt64 = 0
        var billionths: UInt32 = 0
        var weight: UInt32 = 100_000_000
        var isBehindPoint = false
        guard range.count > 0 else { return nil }
        for offset in range.start..<range.start + range.count {
            guard let byte = bytes.value(at: offset, as: UInt8.self) else { return nil }
            if byte == UInt8(ascii: "."), !isBehindPoint {
                isBehindPoint = true
                continue
            }
            // A time before 1970 is of no use here.
            guard byte.isDigit else { return nil }
            let digit = byte - UInt8(ascii: "0")
            if isBehindPoint {
                billionths += UInt32(digit) * weight
                weight /= 10
            } else {
                guard whole < 1 << 59 else { return nil }
                whole = whole * 10 + UInt64(digit)
            }
        }
        return (whole, billionths)
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
}

extension InlineArray where Element == UInt8 {
    fileprivate func contains(_ byte: UInt8) -> Bool {
        for index in 0..<count where self[index] == byte { return true }
        return false
    }
}
