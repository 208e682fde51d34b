import KernelSupport

/// A file system whose files are known beforehand and whose contents come from
/// functions: `/dev` and `/proc`. Nothing in it can be made, removed or renamed.
public final class SyntheticSystem: MountedSystem, Sendable {
    /// The root first.
    private let files: [SyntheticFile]
    private let time: FileTime
    /// `f_type` of Linux's statfs.
    private let number: UInt32

    /// Numbers of descriptors' entries are above this.
    private static let firstDescriptor: UInt32 = 1 << 24
    private static let mostDescriptors: UInt32 = 1 << 24

    /// - Parameters:
    ///   - files: Directories before what is in them; their places count from 1.
    ///   - number: What `statfs` calls the file system.
    public init(_ files: [SyntheticFile], number: UInt32, now: FileTime) {
        self.files = [SyntheticFile("", .directory)] + files
        self.number = number
        time = now
    }

    /// `/dev`, as Linux's `devtmpfs` says of itself.
    public static var deviceNumber: UInt32 { 0x0102_1994 }
    /// `/proc`.
    public static var processNumber: UInt32 { 0x9FA0 }

    public var root: Inode { inode(0) }

    private func inode(_ place: Int) -> Inode {
        Inode(kind: files[place].kind, index: UInt32(place), generation: 0)
    }

    private func file(_ inode: Inode) throws(Errno) -> SyntheticFile {
        guard Int(inode.index) < files.count else { throw .noSuchFileOrDirectory }
        return files[Int(inode.index)]
    }

    /// The descriptor that a file stands for: whoever opens the file duplicates it.
    public func descriptor(of inode: Inode) -> UInt32? {
        inode.index >= Self.firstDescriptor ? inode.index - Self.firstDescriptor : nil
    }

    public func isMadeWhenRead(_ inode: Inode) -> Bool {
        switch try? file(inode).contents {
        case .text, .lines: true
        default: false
        }
    }

    public func hasLines(_ inode: Inode) -> Bool {
        if case .lines = try? file(inode).contents { return true }
        return false
    }

    public func nextLine(of inode: Inode, _ place: inout ListPlace, _ text: inout TextWindow) -> Bool {
        guard case .lines(let next) = try? file(inode).contents else { return false }
        return next(&place, &text)
    }

    public func terminal(of inode: Inode) -> UInt64? {
        guard descriptor(of: inode) == nil, case .terminal(let minor) = try? file(inode).contents
        else { return nil }
        return minor
    }

    public func disk(of inode: Inode) -> Int? {
        guard descriptor(of: inode) == nil, case .disk(let number, _, _) = try? file(inode).contents
        else { return nil }
        return number
    }

    private func inode(descriptor: UInt32) -> Inode {
        Inode(kind: .characterDevice, index: Self.firstDescriptor + descriptor, generation: 0)
    }

    // MARK: - Names

    public func lookUp(_ name: borrowing FileName, in directory: Inode) throws(Errno) -> Inode {
        let above = try file(directory)
        switch above.contents {
        case .descriptors(let next):
            guard let number = Self.number(name.bytes), number < Self.mostDescriptors,
                next(number) == number
            else { throw .noSuchFileOrDirectory }
            return inode(descriptor: number)
        case .directory:
            for place in 1..<files.count where files[place].parent == Int(directory.index) {
                let text = files[place].name
                if name.bytes.byteCount == text.utf8CodeUnitCount, name.bytes.holds(text, at: 0),
                    files[place].isThere
                {
                    return inode(place)
                }
            }
            throw .noSuchFileOrDirectory
        default: throw .notDirectory
        }
    }

    /// A number without zeros in front.
    private static func number(_ text: RawSpan) -> UInt32? {
        guard text.byteCount <= 9, text.byteCount == 1 || text[0] != UInt8(ascii: "0") else {
            return nil
        }
        var value: UInt32 = 0
        for offset in 0..<text.byteCount {
            guard text[offset] >= UInt8(ascii: "0"), text[offset] <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + UInt32(text[offset] - UInt8(ascii: "0"))
        }
        return value
    }

    public func parent(of directory: Inode) throws(Errno) -> Inode { inode(try file(directory).parent) }

    public func name(of directory: Inode, _ body: (RawSpan) -> Void) throws(Errno) -> Inode {
        let file = try file(directory)
        withName(file, body)
        return inode(file.parent)
    }

    private func withName(_ file: SyntheticFile, _ body: (RawSpan) -> Void) {
        var name = InlineArray<64, UInt8>(repeating: 0)
        let count = min(file.name.utf8CodeUnitCount, name.count)
        for offset in 0..<count { name[offset] = file.name.byte(at: offset) }
        name.withBytes(0..<count, body)
    }

    public func entries(
        of directory: Inode, from position: UInt64, _ body: (DirectoryEntryStatus, RawSpan) -> Bool
    ) throws(Errno) {
        var position = position
        var isTaken = true
        while isTaken {
            let isThere = try entry(of: directory, from: position) { entry, name in
                isTaken = body(entry, name)
                position = entry.next
            }
            guard isThere else { return }
        }
    }

    /// Runs `body` with the first entry at a position or behind it; `false` at the end.
    private func entry(
        of directory: Inode, from position: UInt64, _ body: (DirectoryEntryStatus, RawSpan) -> Void
    ) throws(Errno) -> Bool {
        let above = try file(directory)
        guard above.kind == .directory else { throw .notDirectory }
        if position < 2 {
            let dots = InlineArray<2, UInt8>(repeating: UInt8(ascii: "."))
            let inode = position == 0 ? directory : inode(above.parent)
            dots.withBytes(0..<Int(position) + 1) { name in
                body(DirectoryEntryStatus(inode: inode, next: position + 1), name)
            }
            return true
        }
        if case .descriptors(let next) = above.contents {
            guard position - 2 < UInt64(Self.mostDescriptors), let number = next(UInt32(position - 2)),
                number < Self.mostDescriptors
            else { return false }
            var digits = InlineArray<10, UInt8>(repeating: 0)
            let count = digits.withText { $0.append(UInt64(number)) }
            digits.withBytes(0..<count) { name in
                body(
                    DirectoryEntryStatus(inode: inode(descriptor: number), next: UInt64(number) + 3), name)
            }
            return true
        }
        guard position - 2 < UInt64(files.count) else { return false }
        for place in max(Int(position - 2), 1)..<max(files.count, 1)
        where files[place].parent == Int(directory.index) && files[place].isThere {
            withName(files[place]) { name in
                body(DirectoryEntryStatus(inode: inode(place), next: UInt64(place) + 3), name)
            }
            return true
        }
        return false
    }

    public func target(of link: Inode, _ body: (RawSpan) -> Void) throws(Errno) {
        guard case .link(let make) = try file(link).contents else { throw .invalidArgument }
        var text = InlineArray<1024, UInt8>(repeating: 0)
        let count = text.withText(make)
        text.withBytes(0..<count, body)
    }

    // MARK: - Status

    public func status(of inode: Inode) throws(Errno) -> InodeStatus {
        var status = InodeStatus(
            inode: inode, mode: FileMode(0o666), owner: FileOwner(), linkCount: 1, accessTime: time,
            modificationTime: time, changeTime: time)
        if descriptor(of: inode) != nil { return status }
        let file = try file(inode)
        status.mode = file.mode
        switch file.contents {
        case .directory, .descriptors:
            status.linkCount = 2
            for below in files.dropFirst() where below.kind == .directory && below.parent == Int(inode.index) {
                status.linkCount += 1
            }
        case .device(let device): status.device = device.number
        case .terminal(let minor): status.device = 5 << 8 | minor
        case .disk(_, let device, _): status.device = device
        case .text, .lines, .link: break
        }
        return status
    }

    public func status() throws(Errno) -> SystemStatus {
        var status = SystemStatus(kind: number)
        status.files = UInt64(files.count)
        return status
    }

    // MARK: - Contents

    public func truncate(_ inode: Inode, to size: Int64, now: FileTime) throws(Errno) {
        switch inode.kind {
        case .regular: throw .permissionDenied
        default: throw .invalidArgument
        }
    }

    public func read(
        _ inode: Inode, at offset: Int64, to bytes: inout MutableRawSpan
    ) throws(Errno) -> Int {
        switch try file(inode).contents {
        case .directory, .descriptors: throw .isDirectory
        case .link, .terminal, .disk: throw .invalidArgument
        case .device(let device): return try device.read(&bytes)
        case .text(let make):
            let size = bytes.byteCount
            var window = TextWindow(bytes._mutatingExtracting(0..<size), skip: max(offset, 0))
            make(&window)
            return window.count
        case .lines(let next):
            let size = bytes.byteCount
            var window = TextWindow(bytes._mutatingExtracting(0..<size), skip: max(offset, 0))
            var place = ListPlace()
            while window.count < size, next(&place, &window) {}
            return window.count
        }
    }

    public func write(_ inode: Inode, at offset: Int64, from bytes: RawSpan) throws(Errno) -> Int {
        guard case .device(let device) = try file(inode).contents else { throw .inputOutputError }
        return try device.write(bytes)
    }
}

extension InlineArray where Element == UInt8 {
    /// Fills the bytes with a text; its length.
    fileprivate mutating func withText(_ make: (inout TextWindow) -> Void) -> Int {
        withMutableBytes { (bytes) in
            let size = bytes.byteCount
            var window = TextWindow(bytes._mutatingExtracting(0..<size), skip: 0)
            make(&window)
            return window.count
        }
    }
}
