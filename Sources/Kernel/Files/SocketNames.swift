import KernelFileSystem
import KernelMain
import KernelStreams
import KernelSupport

/// Files that are the names of sockets (POSIX, bind; Linux, unix(7)). Which socket
/// it is `KernelStreams` knows, by the file's key.
public enum SocketNames {
    /// Lets sockets have such names.
    public static func use() {
        Descriptors.setSocketFiles(
            SocketFiles(
                make: { SocketNames.make(&SocketAddress[$0]) },
                find: { SocketNames.find(&SocketAddress[$0]) }))
    }

    private static func make(_ address: inout SocketAddress) -> Int {
        OpenFile.outcome { () throws(Errno) in
            let node = try at(address) { (files, text, count, start) throws(Errno) in
                try files.makeSpecial(
                    .socket, device: 0, &text, count: count, from: start, mode: files.mode(0o777))
            }
            address.file = node.inode.key
            return 0
        }
    }

    private static func find(_ address: inout SocketAddress) -> Int {
        OpenFile.outcome { () throws(Errno) in
            let node = try at(address) { (files, text, count, start) throws(Errno) in
                try files.find(&text, count: count, from: start, follows: true)
            }
            guard node.kind == .socket, node.system == .ram else { throw .connectionRefused }
            address.file = node.inode.key
            return 0
        }
    }

    /// Runs `body` with the path in a buffer and where it starts.
    private static func at<Value>(
        _ address: SocketAddress,
        _ body: (KernelFiles, inout MutableRawSpan, Int, Node) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        let files = try KernelFiles()
        return try unsafe files.withPathBlock { buffer throws(Errno) in
            var text = unsafe buffer.mutableBytes
            let count = try address.withPath { path throws(Errno) in
                _ = text.copy(path, at: 0, count: UInt64(path.byteCount), to: 0)
                return path.byteCount
            }
            let isAbsolute = text.bytes.value(at: 0, as: UInt8.self) == UInt8(ascii: "/")
            return try body(
                files, &text, count, isAbsolute ? files.root : try files.workingDirectory)
        }
    }
}
