import CMachine
import KernelDescriptors
import KernelFileSystem
import KernelMain
import KernelStreams
import KernelSupport

/// Files by paths and by descriptors, for the functions of the ABI. Each throws
/// what its namesake in `FileSystems` throws, and `EBADF`, `EFAULT`.
public enum Files {
    /// Runs `body` with a path in a buffer and where it starts.
    @inline(__always)
    static func at<Value>(
        _ base: PathBase, _ path: PathArgument,
        _ body: (KernelFiles, inout MutableRawSpan, Int, Node) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        let files = try KernelFiles()
        return try path.with(files) { (text, count) throws(Errno) in
            guard count > 0 else { throw .noSuchFileOrDirectory }
            let start = try start(
                isAbsolute: text.bytes.value(at: 0, as: UInt8.self) == UInt8(ascii: "/"), base, files)
            return try body(files, &text, count, start)
        }
    }

    /// The same with a path that is short, which is not copied far.
    ///
    /// - Returns: `nil`: it is not short, or can't be read, or `body` says so.
    @inline(__always)
    static func atShort<Value>(
        _ base: PathBase, _ path: PathArgument,
        _ body: (KernelFiles, inout ShortText, Node) throws(Errno) -> Value?
    ) throws(Errno) -> Value? {
        let files = try KernelFiles()
        return try path.withShort { (path) throws(Errno) in
            // That it is empty is told before anything of where it starts.
            guard path.count > 0 else { return nil }
            return try body(files, &path, try start(isAbsolute: path.isAbsolutePath, base, files))
        }
    }

    /// Where a path starts.
    @inline(__always)
    private static func start(
        isAbsolute: Bool, _ base: PathBase, _ files: KernelFiles
    ) throws(Errno) -> Node {
        // Where it begins with a slash, nothing else matters.
        if isAbsolute { return files.root }
        switch base {
        case .workingDirectory: return try files.workingDirectory
        case .descriptor(let number): return try directory(number)
        }
    }

    /// The directory that a descriptor stands for.
    ///
    /// - Throws: `EBADF`, `ENOTDIR`.
    static func directory(_ descriptor: Int32) throws(Errno) -> Node {
        try with(descriptor) { (_, _, file) throws(Errno) in
            guard file.node.kind == .directory else { throw .notDirectory }
            return file.node
        }
    }

    /// Runs `body` with an open file, which stays open meanwhile.
    ///
    /// - Throws: `EBADF`; `wrongKind`: the descriptor is no file's.
    static func with<Value>(
        _ descriptor: Int32, wrongKind: Errno = .notDirectory,
        _ body: (OpenFlags, UInt64, inout OpenFile) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        try Descriptors.with(descriptor, of: nil, wrongKind: wrongKind) { (kind, object, flags) throws(Errno) in
            guard kind == RegularFile.kind || kind == OtherFile.kind || kind == DiskFile.kind else { throw wrongKind }
            return try body(flags, object, &OpenFile[object])
        }
    }

    /// The file at a path's end.
    static func find(
        _ base: PathBase, _ path: PathArgument, follows: Bool
    ) throws(Errno) -> Node {
        let quick = try atShort(base, path) { (files, path, start) throws(Errno) in
            try files.quickFind(&path, from: start)
        }
        if let quick { return quick }
        return try at(base, path) { (files, text, count, start) throws(Errno) in
            try files.find(&text, count: count, from: start, follows: follows)
        }
    }

    // MARK: - Opening

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - access: What it is open for, and its status flags.
    ///   - mode: A new file's permissions, before the mask.
    /// - Throws: `EMFILE`, `ENFILE`, `ENOMEM`.
    public static func open(
        _ base: PathBase, _ path: PathArgument, _ request: OpenRequest, access: OpenFlags, mode: UInt32,
        closesOnExec: Bool
    ) throws(Errno) -> Int32 {
        let files = try KernelFiles()
        var text = ShortText()
        if path.fill(&text), text.count > 0 {
            let start = try start(isAbsolute: text.isAbsolutePath, base, files)
            // Of the two locks that are taken one after the other both want interrupts off.
            let interrupts = machine_disable_interrupts()
            let quick = files.quickOpen(&text, from: start, request)
            let number = openQuickly(quick, files, request, access, closesOnExec: closesOnExec)
            machine_restore_interrupts(interrupts)
            if let number { return number }
            if let (node, data) = quick {
                if request.contains(.truncate) {
                    do throws(Errno) { try files.truncate(data, to: 0) } catch {
                        files.close(node, data)
                        throw error
                    }
                }
                return try open(node, data, access, closesOnExec: closesOnExec)
            }
        }
        let opened = try at(base, path) { (files, text, count, start) throws(Errno) in
            try files.open(&text, count: count, from: start, request, mode: files.mode(mode))
        }
        if case .data(let node, let data) = opened {
            return try open(node, data, access, closesOnExec: closesOnExec)
        }
        let node = opened.node
        if node.system != .ram, let number = try files.system(node.system).descriptor(of: node.inode) {
            files.close(node)
            return try Descriptors.duplicate(Int32(bitPattern: number), closesOnExec: closesOnExec)
        }
        if node.system != .ram, let number = try files.system(node.system).terminal(of: node.inode) {
            files.close(node)
            return try Descriptors.openConsole(
                access, isTerminal: number == 0, closesOnExec: closesOnExec)
        }
        if node.system != .ram, let number = try files.system(node.system).disk(of: node.inode) {
            do throws(Errno) {
                return try DiskFile.open(number, opened, access, closesOnExec: closesOnExec)
            } catch {
                files.close(node)
                throw error
            }
        }
        if case .special = opened {
            if node.kind == .fifo { return try NamedPipes.open(node, access, closesOnExec: closesOnExec) }
            // A socket is connected to, not opened; a device has no driver.
            files.close(node)
            throw .noSuchAddressOrDevice
        }
        return try open(node, nil, access, closesOnExec: closesOnExec)
    }

    /// Makes a descriptor of a file in memory that was opened, if it was, where nothing else
    /// is to be done; `nil`, and nothing is done, where that is not so.
    @inline(__always)
    private static func openQuickly(
        _ opened: (Node, OpenData)?, _ files: KernelFiles, _ request: OpenRequest, _ access: OpenFlags,
        closesOnExec: Bool
    ) -> Int32? {
        guard let (node, data) = opened, !request.contains(.truncate),
            let object = OpenFile.makeQuickly(node, data, files)
        else { return nil }
        let number = Descriptors.openQuickly(
            RegularFile.kind, object: object, flags: access, closesOnExec: closesOnExec)
        if number == nil { OpenFile.free(object, files) }
        return number
    }

    /// Makes a descriptor of a file that was opened in its file system.
    ///
    /// - Parameter data: A regular file's in memory.
    @inline(never)
    private static func open(
        _ node: Node, _ data: OpenData?, _ access: OpenFlags, closesOnExec: Bool
    ) throws(Errno) -> Int32 {
        let object: UInt64
        do throws(Errno) { object = try OpenFile.make(node, data) } catch {
            try KernelFiles().close(node)
            throw error
        }
        if data == nil { OpenFile[object].lasts = access.contains(.dataLasts) }
        do throws(Errno) {
            return try Descriptors.open(
                data != nil ? RegularFile.kind : OtherFile.kind, object: object, flags: access,
                isObserved: false, closesOnExec: closesOnExec)
        } catch {
            _ = OpenFile.close(object)
            throw error
        }
    }
}
