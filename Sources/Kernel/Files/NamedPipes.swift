import KernelDescriptors
import KernelFileSystem
import KernelMain
import KernelStreams
import KernelSupport

/// FIFOs that are opened by their names. What is in them is `KernelStreams`'; the
/// file is kept as long as an end is open.
enum NamedPipes {
    /// Opens one, which the caller has opened in its file system.
    static func open(_ node: Node, _ flags: OpenFlags, closesOnExec: Bool) throws(Errno) -> Int32 {
        let files = NamedPipeFiles(
            status: { NamedPipes.status($0, $1) }, close: { NamedPipes.close($0) })
        do throws(Errno) {
            return try Descriptors.openNamedPipe(
                node.inode.key, files, flags, closesOnExec: closesOnExec)
        } catch {
            try KernelFiles().close(node)
            throw error
        }
    }

    private static func node(_ key: UInt64) -> Node { Node(Inode(kind: .fifo, key: key), on: .ram) }

    private static func close(_ key: UInt64) -> Int {
        OpenFile.outcome { () throws(Errno) in
            try KernelFiles().close(node(key))
            return 0
        }
    }

    private static func status(_ key: UInt64, _ status: UInt) -> Int {
        OpenFile.outcome { () throws(Errno) in
            let node = node(key)
            let known = try KernelFiles().status(of: node)
            FileStatus[status].fill(known, node)
            return 0
        }
    }
}
