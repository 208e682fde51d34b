import KernelFileSystem
import KernelMain
import KernelStreams
import KernelSupport

/// The bytes of a file, for the kernel's own use, as they were when it was read.
@safe public struct FileContents: ~Copyable {
    private let block: UnsafeMutableRawPointer
    private let count: Int
    /// The file is longer than was to be read.
    public let isCut: Bool

    /// Reads a regular file, without a descriptor; `nil`: there is none of that path, or no memory.
    ///
    /// - Parameter most: Bytes that are read at most.
    public init?(_ path: StaticString, most: Int) {
        guard let files = try? KernelFiles(), let opened = Self.open(path, files) else { return nil }
        let node = opened.node
        var data: OpenData? = nil
        if case .data(_, let open) = opened { data = open }
        guard node.kind == .regular, let size = try? files.status(of: node).size,
            let object = try? OpenFile.make(node, data)
        else {
            Self.close(node, data, files)
            return nil
        }
        defer { _ = OpenFile.close(object) }
        // One byte more than there are: a file that grows meanwhile is known by it.
        let room = max(0, min(Int(clamping: size), most)) + 1
        guard let block = unsafe kernelHeapAllocate(room, 16) else { return nil }
        let kind = data != nil ? RegularFile.kind : OtherFile.kind
        var transfer = unsafe Transfer(
            ApplicationBuffer(ofKernel: UnsafeMutableRawBufferPointer(start: block, count: room)))
        while transfer.remaining > 0 {
            let done = transfer.done
            let result = transfer.withAddress { kind.operations.read(object, $0) }
            if result <= 0 || transfer.done == done { break }
        }
        unsafe self.block = unsafe block
        count = min(transfer.done, room - 1)
        isCut = transfer.done == room
    }

    deinit { unsafe kernelHeapDeallocate(block) }

    public func withBytes<Result>(_ body: (RawSpan) -> Result) -> Result {
        unsafe body(UnsafeRawBufferPointer(start: block, count: count).bytes)
    }

    private static func open(_ path: StaticString, _ files: KernelFiles) -> OpenedFile? {
        try? unsafe files.withPathBlock { buffer throws(Errno) in
            let count = path.utf8CodeUnitCount
            for index in 0..<count { unsafe buffer[index] = path.byte(at: index) }
            var text = unsafe buffer.mutableBytes
            return try files.open(&text, count: count, from: files.root, [], mode: FileMode(0))
        }
    }

    private static func close(_ node: Node, _ data: OpenData?, _ files: KernelFiles) {
        if let data { files.close(node, data) } else { files.close(node) }
    }
}
